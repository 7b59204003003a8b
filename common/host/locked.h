/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the policy of a pin directory is locked: see policy/lock.h. */
#ifndef LSMCTL_HOST_LOCKED_H
#define LSMCTL_HOST_LOCKED_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"

struct locked {
	bool on;
	bool has_key;	  /* false: only a reboot unlocks it */
	uint64_t since;	  /* CLOCK_REALTIME, ns */
	uint32_t refused; /* calls that were refused since; while off: the map for which locking failed */
};

/* Asks the program LOCK_STATE_PROG, whose fd this is. When it does not answer, it is off. */
struct locked locked_ask(int prog);

/* Sets ERR_LOCKED with what the user can do. Returns -1. */
int locked_error(const struct locked *locked, struct error *err);

#endif
