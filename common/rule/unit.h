/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units of systemd's system manager as subjects of rules. A rule for a unit has the name of the unit's cgroup in place
 * of a path, without a slash: it stands for a cgroup of that name at the root or below slices only. Below anything
 * else, such as user@1000.service, others than the system manager may choose the names.
 */
#ifndef LSMCTL_RULE_UNIT_H
#define LSMCTL_RULE_UNIT_H

#include "subject.h"

/*
 * Accepts the name of a unit, which may have one '*'. Adds ".service" to a name without a suffix, as systemctl does.
 * Does not check that the unit exists.
 */
int unit_parse(const char *name, char cgroup[CGROUP_SIZE], struct error *err);

/* Returns the name of the unit that has a cgroup of this name. Borrows it. */
const char *unit_name(const char *cgroup);

/* Accepts a user, and sets the path of the slice for all that belongs to the logins of this user. */
int user_slice_parse(const char *user, char cgroup[CGROUP_SIZE], struct error *err);

#endif
