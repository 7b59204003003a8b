/* SPDX-License-Identifier: GPL-2.0-only */
/* Walks the version 2 hierarchy from its real root, also where only a part of it is mounted. */
#ifndef LSMCTL_HOST_CGROUP_TREE_H
#define LSMCTL_HOST_CGROUP_TREE_H

#include <stdbool.h>
#include <stdint.h>

/* Opens the root cgroup, mounted or not (>= 0, close it), or returns -errno. */
int cgroup_tree_open(void);

/*
 * Waits until each mkdir(2) that has begun to make a cgroup has made it visible, or has failed: the kernel holds one
 * lock on all cgroups meanwhile. 0 or -errno.
 */
int cgroup_tree_wait(int root);

/*
 * Calls each(name, id, arg) for every child of the cgroup at a path ("a/b"; ".": the root) with this id, until it
 * returns non-zero. Returns that value, or -errno. A cgroup that was removed has no children.
 */
int cgroup_tree_each(int root, const char *path, uint64_t id, int (*each)(const char *name, uint64_t id, void *arg),
		     void *arg);

/* True when the cgroup at this path has this id. */
bool cgroup_tree_has(int root, const char *path, uint64_t id);

#endif
