/* SPDX-License-Identifier: GPL-2.0-only */
/* As whom the command of a run is started. */
#ifndef LSMCTL_RUN_USER_H
#define LSMCTL_RUN_USER_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/error.h"

struct run_user {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* owned */
	size_t n_groups;
	char *name, *home, *shell; /* owned */
};

/*
 * Looks up a user by name or number; NULL: the one who called sudo or doas, or who runs this process, if not root.
 * Refuses root unless root is true: root can leave a cgroup.
 */
int run_user_find(struct run_user *user, const char *name, bool root, struct error *err);
void run_user_free(struct run_user *user);

#endif
