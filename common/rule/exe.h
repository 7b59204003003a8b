/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs as subjects of rules, by the paths of their files. */
#ifndef LSMCTL_RULE_EXE_H
#define LSMCTL_RULE_EXE_H

#include "rule.h"

/*
 * Accepts the absolute path of a program. Follows the symbolic links of what is there, for the kernel knows only the
 * file at their end. The program need not exist.
 */
int exe_parse(const char *word, char exe[CGROUP_SIZE], struct error *err);

/* For a new rule that a person types: refuses what is there and can never be a process's program. */
int exe_check(const char *exe, struct error *err);
/* True for a script, of which the kernel sees only the interpreter. */
bool exe_is_script(const char *exe);

/* True when no file has this path now. */
bool exe_is_missing(const char *exe);

/* Where the path leads now, when that is another place: "" or to. */
bool exe_leads_elsewhere(const char *exe, char to[CGROUP_SIZE]);

/* The step from what was followed so far, 0 at the end of a path, to one name more: see struct exe_name. Never 0. */
uint64_t exe_step(uint64_t from, const char *name, size_t len);

/*
 * Calls each for every name of a path, from its end, until it returns non-zero. Returns that value. *id: of the whole
 * path, as in the tables.
 */
int exe_each_name(const char *exe, int (*each)(uint64_t from, const char *name, size_t len, uint64_t to, void *arg),
		  void *arg, uint64_t *id);

/* Returns the id of a path. */
uint64_t exe_id(const char *exe);

#endif
