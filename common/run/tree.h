/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cgroups of runs: RUN_ROOT and, right below it, one for each run. Root owns them, so that no process without
 * privilege leaves one. The process that started a run holds a lock on its cgroup, and the kernel releases the lock
 * when that process ends in any way.
 */
#ifndef LSMCTL_RUN_TREE_H
#define LSMCTL_RUN_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include "bpf/run.h"
#include "base/error.h"

struct tree {
	int fd;	     /* of the cgroup, with the lock; -1: closed */
	uint64_t id; /* of the cgroup: the run's */
	char name[NAME_MAX + 1];
};

#define TREE_CLOSED ((struct tree){.fd = -1})

/* Opens RUN_ROOT, which it makes (>= 0, close it); sets its id. -1 with the error set. */
int tree_root(uint64_t *id, struct error *err);

/* Opens RUN_ROOT if it is there (>= 0, close it). Else -1. */
int tree_root_open(void);
/* Removes RUN_ROOT unless a run is there. */
void tree_root_remove(void);

/* Makes the cgroup of a new run, and locks it. */
int tree_make(struct tree *tree, int root_fd, struct error *err);

/* Opens the cgroup of a run whose starter is gone, and locks it. false: it is not there, or its starter lives. */
bool tree_adopt(struct tree *tree, int root_fd, const char *name);
void tree_close(struct tree *tree);

/* Returns whether a process is in it. An unreadable one has some. */
bool tree_is_populated(const struct tree *tree);

/* Kills all processes in it, and waits until they are gone. -1 with the error set: some do not go. */
int tree_kill(const struct tree *tree, struct error *err);

/* Removes the cgroup. 0 or -errno. */
int tree_remove(const struct tree *tree, int root_fd);

/* Calls each(name, arg) for every run below RUN_ROOT. Returns their number; TREES_UNKNOWN: not all could be read. */
#define TREES_UNKNOWN SIZE_MAX
size_t trees_each(int root_fd, void (*each)(const char *name, void *arg), void *arg);

#endif
