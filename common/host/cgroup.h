/* SPDX-License-Identifier: GPL-2.0-only */
/* Converts between paths of version 2 cgroups and the kernel's ids. */
#ifndef LSMCTL_HOST_CGROUP_H
#define LSMCTL_HOST_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

/* Returns where the version 2 hierarchy is mounted, or NULL. */
const char *cgroup_mount_point(void);

/*
 * Opens a cgroup by its id (>= 0, close it), or returns -1 with errno set. mounted: any directory of the hierarchy. The
 * kernel opens cgroups outside of a cgroup namespace too.
 */
int cgroup_open_by_id(int mounted, uint64_t id, int flags);

/*
 * Returns the id (the inode number of the directory) for an absolute path in the hierarchy, or 0 when it does not
 * exist.
 */
uint64_t cgroup_id(const char *path);

/*
 * Copies the path of the cgroup with this id. Returns false when it does not exist (any more), or when this process
 * lacks the right to ask.
 */
bool cgroup_path(uint64_t id, char *path, size_t size);

/*
 * Calls each(name, has_others, arg) for every direct child of the cgroup at this path. has_others: the child has
 * children.
 */
void cgroup_each(const char *path, void (*each)(const char *name, bool has_others, void *arg), void *arg);

/*
 * Calls each(path, name, arg) for every cgroup at the root or below slices only: those are of units of the system
 * manager, or of nobody's.
 */
void cgroup_each_unit(void (*each)(const char *path, const char *name, void *arg), void *arg);

/* Opens the root cgroup (>= 0, close it), or returns -1 with the error set. who: what needs it, in the plural. */
int cgroup_open_root(const char *who, struct error *err);

/* Opens the cgroup with this path from the root (>= 0, close it), or returns -1 with errno set. */
int cgroup_open(const char *path);

/*
 * Copies the cgroup path of this process: "" without a version 2 hierarchy, or outside this process's cgroup namespace.
 */
void cgroup_own(char *path, size_t size);
/* The same of another process ("812"). -1: outside this process's cgroup namespace. */
int cgroup_of(const char *process, char *path, size_t size);

#endif
