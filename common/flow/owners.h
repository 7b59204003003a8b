/* SPDX-License-Identifier: GPL-2.0-only */
/* Which process has a connection, and what rules ask about it: once a process, which often has many. */
#ifndef LSMCTL_FLOW_OWNERS_H
#define LSMCTL_FLOW_OWNERS_H

#include "base/hash.h"
#include "host/holders.h"
#include "host/process.h"
#include "flow.h"

struct owner {
	pid_t pid;
	uint32_t gid;		      /* NO_GID: unknown */
	uint64_t exe;		      /* exe_id() of its program; 0: unknown */
	char name[PROCESS_NAME_SIZE]; /* from outside: escape it */
};

/* The caller zeroes it, and frees it with owners_free(). */
struct owners {
	struct holders holders;
	struct owner *at;
	size_t n;
	struct hash by_pid;
};

/* Looks into all processes, again the second time. prog: see holders_find(). -1 with the error set. */
int owners_find(struct owners *owners, int prog, struct error *err);
/*
 * Sets the process of a flow, its group and its program. *known: false when a program may have the socket, and no
 * process has it that is known. -1 with the error set.
 */
int owners_set(struct owners *owners, struct flow *flow, bool *known, struct error *err);
/* Returns the name of a flow's process: "" when it has none, or has ended. */
const char *owners_name(const struct owners *owners, const struct flow *flow);
void owners_free(struct owners *owners);

#endif
