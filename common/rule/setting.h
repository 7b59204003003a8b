/* SPDX-License-Identifier: GPL-2.0-only */
/* The settings of a policy, by name. */
#ifndef LSMCTL_RULE_SETTING_H
#define LSMCTL_RULE_SETTING_H

#include <stddef.h>
#include "bpf/abi.h"
#include "base/error.h"

#define SETTING_SIZE 1024 /* room for any value, NUL included */

/*
 * Gives the setting with this name ("default", "mode", "strict", "backstop", "answers", "names", "resolvers" or
 * "name-keep") this value. -1 with the error set, and nothing changed.
 */
int setting_set(struct settings *settings, const char *name, const char *value, struct error *err);
/* setting_name(): the i-th name, NULL past the last. setting_value(): its current value; uses text if it must. */
const char *setting_name(size_t i);
const char *setting_value(const struct settings *settings, size_t i, char text[SETTING_SIZE]);
/* Returns the field of JSON for a setting with this name: it has no '-', and "names" is taken by those looked up. */
const char *setting_field(const char *name);
/* Returns all its values, then NULL; of "resolvers" those that are words, of "name-keep" the one after load. */
const char *const *setting_values(size_t i);

/* Addresses as text, with ", " or the like between them. Returns text. */
const char *resolvers_format(const struct resolvers *resolvers, const char *between, char text[SETTING_SIZE]);

#endif
