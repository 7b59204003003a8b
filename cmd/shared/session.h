/* SPDX-License-Identifier: GPL-2.0-only */
/* Opens the rules of the loaded policy for one command. */
#ifndef LSMCTL_SHARED_SESSION_H
#define LSMCTL_SHARED_SESSION_H

#include "host/pins.h"
#include "policy/keeper.h"
#include "table/ruleset.h"
#include "cmd.h"

/* The rules of the policy, open under the lock. */
struct session {
	struct pins pins;
	struct ruleset *rules;
	struct policy_keeper keeper; /* for a command that writes: so the session stays where it is */
};

/* Opens pins and rules with the lock for this access, and completes what a killed writer left. On success, close it. */
int session_open(struct session *session, const struct invocation *inv, enum ruleset_access access, struct error *err);
/* Closing twice is harmless. */
void session_close(struct session *session);
/* Returns -1. When nothing is loaded, says whether a policy decides whose pins are not here. */
int session_missing(const struct invocation *inv, struct error *err);

/*
 * Opens, releases the lock, lets write() print to `to`, and closes. Prints the rules as of one moment, and lets no
 * command wait for a reader of `to` or for a name server.
 */
int session_print(const struct invocation *inv, FILE *to, void (*write)(struct ruleset *rules, FILE *to, void *arg),
		  void *arg, struct error *err);

#endif
