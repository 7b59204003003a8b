/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The subject and the set of a rule, as users write them. Each function parses one value, for commands that take only
 * that.
 */
#ifndef LSMCTL_RULE_SUBJECT_H
#define LSMCTL_RULE_SUBJECT_H

#include "rule.h"

/*
 * Users and groups: kind is SUBJECT_UID or SUBJECT_GID. Accepts a name, or a number up to 4294967294. A number is
 * always an id, even when a user or a group has it as a name.
 */
int id_parse(enum subject_kind kind, const char *word, uint32_t *id, struct error *err);
/* Accepts NAME or NAME-NAME, with *from <= *to. Names may contain '-': refuses a word with two meanings. */
int ids_parse(enum subject_kind kind, const char *word, uint32_t *from, uint32_t *to, struct error *err);

/* Returns "uid" or "gid", for ranges too. */
const char *ids_word(enum subject_kind kind);

#define ID_NAME_SIZE 256
/* Copies the name that a user or a group has now; "": none. From outside: escape it. */
void id_name(enum subject_kind kind, uint32_t id, char name[ID_NAME_SIZE]);

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

/* True for the kinds whose subjects have a path. */
static inline bool subject_has_path(enum subject_kind kind)
{
	return kind == SUBJECT_CGROUP || kind == SUBJECT_EXE;
}

/* Returns the number of a rule's subject, as struct subject has it; 0 for cgroups, which have a path alone. */
uint64_t subject_id(const struct rule_spec *rule);

/* A process, as far as rules tell them apart. */
struct who {
	uint32_t uid, gid;  /* real; UINT32_MAX: unknown */
	const char *cgroup; /* its path; NULL: unknown */
	uint64_t exe;	    /* exe_id() of its program; 0: unknown */
};

/* True when a rule is for such a process. */
bool subject_covers(const struct rule_spec *rule, const struct who *who);

/* Accepts letters, digits, '-', '_' and '.', without '-' first; shorter than SET_SIZE. */
int set_parse(const char *word, char set[SET_SIZE], struct error *err);

#endif
