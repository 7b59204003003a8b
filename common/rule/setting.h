/* SPDX-License-Identifier: GPL-2.0-only */
/* The settings of a policy, by name. */
#ifndef LSMCTL_RULE_SETTING_H
#define LSMCTL_RULE_SETTING_H

#include <stddef.h>
#include "bpf/abi.h"
#include "base/error.h"

/*
 * Returns the setting with this name ("default", "mode", "strict", "backstop" or "answers"), and its value in
 * *choice. NULL with the error set.
 */
__u32 *setting_parse(struct settings *settings, const char *name, const char *value, __u32 *choice, struct error *err);
/* setting_name(): the i-th name, NULL past the last. setting_value(): its current value. */
const char *setting_name(size_t i);
const char *setting_value(const struct settings *settings, size_t i);
/* Returns all its values, then NULL. */
const char *const *setting_values(size_t i);

#endif
