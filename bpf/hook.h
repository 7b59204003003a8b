/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LSMCTL_HOOK_H
#define LSMCTL_HOOK_H

/* The places of decisions: see common/host/hooks.h. */
enum hook {
	HOOK_CONNECT,
	HOOK_SENDMSG,
	HOOK_SETSOCKOPT,
	HOOK_CREATE,
	HOOK_SCTP,
	HOOK_POST_CREATE,
	HOOK_BIND,
	HOOKS,		     /* the number of security hooks */
	HOOK_EGRESS = HOOKS, /* packets, by the backstop */
	HOOK_INGRESS,	     /* remembers who sent datagrams, and decides nothing */
	HOOK_MKDIR,	     /* gives a new cgroup its place, and decides nothing */
	HOOK_RMDIR,	     /* forgets a removed cgroup */
	HOOK_NAMES_QUERY,    /* remembers queries to name servers, and decides nothing */
	HOOK_NAMES_LEARN,    /* learns from their answers which addresses a name has, and decides nothing */
	PROGRAMS,
};

#endif
