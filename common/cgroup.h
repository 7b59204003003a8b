/* SPDX-License-Identifier: GPL-2.0-only */
/* Cgroups of the version 2 hierarchy: from a path to the id that the kernel knows it by, and back. */
#ifndef LSMCTL_CGROUP_H
#define LSMCTL_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "error.h"

/* The id (its directory's inode number) of an absolute path in the hierarchy, or 0 when there is none. */
uint64_t cgroup_id(const char *path);

/* The path of the cgroup with this id. False: there is none (any more), or this process may not ask. */
bool cgroup_path(uint64_t id, char *path, size_t size);

/* Calls each(name, has_others, arg) for every cgroup right below the one at this path; with whether more are below. */
void cgroup_each(const char *path, void (*each)(const char *name, bool has_others, void *arg), void *arg);

/* Open on the cgroup that all others are in (>= 0, close it), or -1 with the error set. */
int cgroup_open_root(struct error *err);

/* The path of this process, or "" where there is no such hierarchy, or this process's namespace does not show it. */
void cgroup_own(char *path, size_t size);

#endif
