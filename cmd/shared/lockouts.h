/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stops working on this host when its default blocks: name servers, DHCP and discovery, ping; and under strict,
 * DHCP clients. Found under the lock, told after it, on standard error alone: no change of the outcome.
 */
#ifndef LSMCTL_SHARED_LOCKOUTS_H
#define LSMCTL_SHARED_LOCKOUTS_H

#include <stdbool.h>
#include <stddef.h>
#include "table/ruleset.h"

#define LOCKOUTS 8

/* The caller zeroes it. */
struct lockouts {
	char *text[LOCKOUTS];
	size_t n, more; /* more: counted only */
	bool loopback;	/* set by the caller: the command itself keeps loopback reachable */
};

/* Looks for rules that allow what this host needs, for anybody. Adds a text for each need without one. */
void lockouts_by_default(struct lockouts *lockouts, struct ruleset *rules);

/* Adds a text for each process that uses packet sockets. */
void lockouts_by_strict(struct lockouts *lockouts);

/* Both, where these settings begin to block. */
void lockouts_by_change(struct lockouts *lockouts, struct ruleset *rules, const struct settings *before,
			const struct settings *now);

/* Prints the texts, unless quiet, and frees them. */
void lockouts_tell(struct lockouts *lockouts, bool quiet);

#endif
