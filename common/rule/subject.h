/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The subject and the set of a rule, as users write them. Each function parses one value, for commands that take only
 * that.
 */
#ifndef LSMCTL_RULE_SUBJECT_H
#define LSMCTL_RULE_SUBJECT_H

#include "rule.h"

/* Accepts a user name, or a number up to 4294967294. A number is always a uid, even when a user has it as a name. */
/* Accepts USER or USER-USER, with *from <= *to. User names may contain '-': refuses a word with two meanings. */
int uids_parse(const char *word, uint32_t *from, uint32_t *to, struct error *err);

int uid_parse(const char *word, uint32_t *uid, struct error *err);

/*
 * Accepts the path of a cgroup in the hierarchy, in which each name may have one '*'. Drops a leading /sys/fs/cgroup
 * and trailing slashes, so that paths from shell completion and from systemd-cgls both work. "/" covers every process.
 * Does not check that the cgroup exists.
 */
#define CGROUP_MOUNTPOINT "/sys/fs/cgroup"
int cgroup_parse(const char *path, char cgroup[CGROUP_SIZE], struct error *err);

#define UNIT_SLICE ".slice" /* how the names of slices end */

/* True when a rule's cgroup is a unit, and not a path: see unit.h. */
bool cgroup_is_unit(const char *cgroup);

/* True when at most one cgroup can have this path. */
bool cgroup_is_literal(const char *cgroup);

/* True when a name of so many bytes is that of a path in a rule, which may have one '*'. */
bool cgroup_name_fits(const char *wanted, size_t len, const char *name, size_t size);

/* True when a rule for a cgroup is for the cgroup at a path, or for one above it. */
bool cgroup_covers(const char *cgroup, const char *path);

/* True when a rule is for a process of this user in the cgroup at a path; cgroup NULL: unknown. */
bool subject_covers(const struct rule_spec *rule, uint32_t uid, const char *cgroup);

/* Accepts letters, digits, '-', '_' and '.', without '-' first; shorter than SET_SIZE. */
int set_parse(const char *word, char set[SET_SIZE], struct error *err);

#endif
