/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs: commands that reach, with all that they start, only what was said for them: `lsmctl run`. The layout of their
 * maps, which are apart from the ruleset. Both sides include it, like abi.h.
 *
 * Each run has a cgroup of its own right below RUN_ROOT, which root owns: so a process without privilege cannot leave
 * it, and one read of the ancestor at RUN_LEVEL tells a call's run. Its id is that cgroup's id, which the kernel never
 * uses again. A run whose entries are missing reaches nothing.
 */
#ifndef LSMCTL_RUN_H
#define LSMCTL_RUN_H

#include "abi.h"

#define RUN_ROOT_NAME "lsmctl-run"
#define RUN_ROOT      "/" RUN_ROOT_NAME /* a cgroup right below the root of the hierarchy */
#define RUN_LEVEL     2			/* of a run's cgroup */
#define RUN_LOST      (~0ull)		/* in place of an id: below RUN_ROOT, in no run that can be told */

#define RUNS	      4096u    /* at a time */
#define RUN_PREFIXES  1048576u /* of all runs */
#define RUN_RANGES    32       /* of ports, for one prefix */
#define RUN_SOCKETS   4096u    /* of all runs */
#define RUN_SEEN      65536u   /* distinct calls that are recorded, of all runs */
#define RUN_SEEN_OF_1 8192u    /* of one run, so that none uses up the room of the others */
#define RUN_PATH_SIZE 112      /* the longest name of a Unix socket is 108 bytes */

/* "runs": from the id to the run. */
struct run {
	__u32 audit;	  /* 1: refuse nothing, and record what would have been refused */
	__u32 recorded;	  /* distinct calls */
	__u64 refused;	  /* calls, or with audit those that would have been */
	__u64 unrecorded; /* calls that had no room */
};

/*
 * "run_rules": a trie of prefixes, from a run and an address to what of it may be reached. Only the longest prefix is
 * found: so it has the ports of the shorter ones too.
 */
struct run_key {
	__u32 len; /* bits that count from here on: RUN_KEY_BITS and those of the prefix */
	__u32 zero;
	__u64 run;
	union ip ip;
};

#define RUN_KEY_BITS 96

struct run_ports {
	__u16 lo, hi; /* 0-65535: any port, or no port */
	__u16 proto;  /* or PROTO_ANY */
	__u16 pad;
};

struct run_rule {
	__u32 n;
	__u32 pad;
	struct run_ports at[RUN_RANGES];
};

/* "run_sockets": Unix sockets made outside that a run may connect to. The value is 1. */
struct run_socket {
	__u64 run;
	__u64 inode;  /* of the socket's name */
	__u64 device; /* as the kernel numbers it: see run_device() */
};

static inline __u64 run_device(__u32 major, __u32 minor)
{
	return (__u64)major << 20 | minor;
}

/* What a recorded call is, and who refused it. */
enum run_kind {
	RUN_CALL,     /* allowed, or refused by the host's policy */
	RUN_REFUSED,  /* refused by the run */
	RUN_NO_IP,    /* refused for the kind of call, whatever the destination; port: enum hook */
	RUN_UNIX,     /* a Unix socket made outside */
	RUN_PROCESS,  /* a look into a process outside, as debuggers take */
	RUN_TERMINAL, /* typing into the terminal */
	RUN_DEVICE,   /* a device that reaches out without a socket */
	RUN_KINDS,
};

/* "run_seen": the distinct calls of runs. */
struct run_call {
	__u64 run;
	union ip ip; /* RUN_UNIX: device and inode, or how an abstract name starts; RUN_PROCESS: the number, in w[0] */
	__u32 port;  /* or NO_PORT */
	__u16 proto;
	__u8 verdict; /* enum verdict */
	__u8 kind;    /* enum run_kind */
	char comm[16];
};

struct run_seen {
	__u64 count;
	__u64 first, last; /* CLOCK_BOOTTIME, ns */
	__u32 pid;	   /* of the first call: the process, in the initial pid namespace; 0: unknown */
	__u32 pad;
	char path[RUN_PATH_SIZE]; /* RUN_UNIX: the socket's name; RUN_PROCESS: the process's; RUN_DEVICE: its last part
				   */
	char program[PROGRAM_SIZE]; /* of the first call: see struct call_event */
};

_Static_assert(sizeof(struct run_key) == 32 && sizeof(struct run_call) == 48 && sizeof(struct run_socket) == 24,
	       "no holes, which would be of the kernel's stack");

#endif
