/* SPDX-License-Identifier: GPL-2.0-only */
/* How the policy that is loaded stands, read in one go under the lock. */
#ifndef LSMCTL_STATUS_H
#define LSMCTL_STATUS_H

#include "cmd.h"
#include "../common/loader.h"
#include "../common/truth.h"

struct status {
	struct config config;
	struct settings settings;
	uint64_t trial_left; /* ns */
	uint32_t rules;
	struct program_info programs[HOOKS + 1]; /* the backstop is the last */
	size_t n;				 /* as many are told of */
	struct truth truth;
};

/* try: see whether the kernel asks the programs, by calls through them. */
int status_read(struct session *session, struct status *status, bool try, struct error *err);

/* Whether the policy is in force: nothing speaks against it. */
bool status_in_force(const struct status *status);

#endif
