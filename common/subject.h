/* SPDX-License-Identifier: GPL-2.0-only */
/* Whom a rule is for, and the set it is in, as people write them. Each is checked alone, for commands that ask for one.
 */
#ifndef LSMCTL_SUBJECT_H
#define LSMCTL_SUBJECT_H

#include "rule.h"

/* A user's name, or a number up to 4294967294. The number wins over a user whose name is that number. */
/* USER or USER-USER: *to is *from, or more. Names may have a '-' in them: one that could mean two things is refused. */
int uids_parse(const char *word, uint32_t *from, uint32_t *to, struct error *err);

int uid_parse(const char *word, uint32_t *uid, struct error *err);

/*
 * A cgroup as its path in the hierarchy: /sys/fs/cgroup before it and slashes behind it are dropped, so that what a
 * shell completes and what systemd-cgls shows both work. "/" is every process. Whether it is there is not looked at.
 */
#define CGROUP_MOUNTPOINT "/sys/fs/cgroup"
int cgroup_parse(const char *path, char cgroup[CGROUP_SIZE], struct error *err);

/* Letters, digits, '-', '_' and '.', not '-' first; shorter than SET_SIZE. */
int set_parse(const char *word, char set[SET_SIZE], struct error *err);

#endif
