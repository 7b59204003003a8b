/* SPDX-License-Identifier: GPL-2.0-only */
/* Starts the command of a run, and stands between it and whoever started lsmctl. */
#ifndef LSMCTL_RUN_CHILD_H
#define LSMCTL_RUN_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "base/error.h"
#include "user.h"

struct child_wish {
	char *const *argv; /* ends with NULL */
	const struct run_user *user;
	const int *keep; /* descriptors to keep besides 0 to 2, in ascending order */
	size_t n_keep;
	bool new_privs; /* let setuid programs and file capabilities work */
};

/* As env(1): nothing was started, or the command. */
#define CHILD_FAILED	125
#define CHILD_NOT_RUN	126
#define CHILD_NOT_FOUND 127

/*
 * Call it first: blocks the signals that child_wait() handles, so that none is lost. Undone in the child.
 */
void child_prepare(void);

/*
 * Starts the command in a cgroup: it is in there from its first instant (kernel 5.7). Returns its process; or -1 with
 * the error set, and *status as above.
 */
pid_t child_start(const struct child_wish *wish, int cgroup_fd, int *status, struct error *err);

/*
 * Waits for the command to end. Passes signals on, and stops when it stops. tick: called ten times a second, unless
 * NULL. Returns its exit status, or 128 and the number of the signal that ended it.
 */
int child_wait(pid_t child, void (*tick)(void *arg), void *arg);

#endif
