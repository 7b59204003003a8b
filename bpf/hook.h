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
	HOOK_EXEC,	     /* notes which program a process starts, and decides nothing */
	HOOK_FILE_FREE,	     /* forgets a program that no process runs any more */
	HOOK_PRCTL,	     /* keeps processes from seeming to run another program */
	PROGRAMS,
	HOOK_UNIX_CONNECT = PROGRAMS, /* of runs, from here on: connections to Unix sockets of others */
	HOOK_UNIX_SEND,		      /* datagrams to such */
	HOOK_PTRACE,		      /* looks into processes outside */
	HOOK_IOCTL,		      /* typing into the terminal */
	HOOK_FILE_OPEN,		      /* devices that reach out without a socket */
	HOOK_NAMES,		      /* the number of those with a name */
};

#endif
