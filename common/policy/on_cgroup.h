/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs on the root cgroup: HOOK_EGRESS (needed.h), HOOK_INGRESS (answers.h), HOOK_NAMES_LEARN (names.h). Each
 * is attached only while some setting needs it. The caller holds the exclusive lock.
 */
#ifndef LSMCTL_POLICY_ON_CGROUP_H
#define LSMCTL_POLICY_ON_CGROUP_H

#include <stdbool.h>
#include "base/error.h"
#include "host/hooks.h"
#include "host/pins.h"

/* Attaches the program. 1: attached now; 0: was attached before; -1 with the error set. */
int on_cgroup_attach(const struct pins *pins, enum hook hook, struct error *err);

/* Removes the pin, so that the kernel detaches the program. 1: done; 0: there was none; -1 with the error set. */
int on_cgroup_detach(const struct pins *pins, enum hook hook, struct error *err);

/* Replaces the attached program by this binary's. Packets never pass without one of the two. */
int on_cgroup_renew(const struct pins *pins, enum hook hook, bool check_only, struct error *err);

#endif
