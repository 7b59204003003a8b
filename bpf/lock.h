/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between the programs of the lock and the commands. It is no part of the policy's layout: the command
 * that locks brings its own programs, and they go with unlock.
 *
 * Commands ask by a command number of bpf(2) that the kernel does not have: security_bpf() sees the kernel's copy of
 * what was asked, and answers with an errno that no other bpf(2) call returns. Without these programs it is EINVAL.
 */
#ifndef LSMCTL_LOCK_H
#define LSMCTL_LOCK_H

#include <linux/types.h>

#define LOCK_COMMAND 0x4d43 /* bit 16 is the kernel's own */

#define LOCK_DONE    132 /* Linux: ERFKILL */
#define LOCK_REFUSED 130 /* Linux: EOWNERDEAD */

enum lock_op {
	LOCK_LEARN_DIR = 1, /* fd: the pin directory, by one of its mounts */
	LOCK_LEARN_MAP,	    /* fd: a map; refs: the references to it that there are to be at LOCK_CLOSE */
	LOCK_CLOSE,	    /* lock, if all maps have as many references as they are to have */
	LOCK_OPEN,	    /* unlock, by the key */
};

#define LOCK_KEY_WORDS 4 /* 256 bits, random */

/* What is asked, in the place of union bpf_attr. */
struct lock_question {
	__u32 op; /* enum lock_op */
	__s32 fd;
	__u32 refs;
	__u32 pad;
	__u64 key[LOCK_KEY_WORDS]; /* as a number: its first bytes are the highest */
};

#define LOCK_MAPS   32
#define LOCK_PROGS  48
#define LOCK_MOUNTS 2
#define LOCK_LINKS  8

enum lock_state {
	LOCK_OFF,
	LOCK_ON,
};

/* A map that nobody may open. */
struct lock_map {
	__u64 at; /* its address in the kernel, which only the programs read */
	__u32 id;
	__u32 refs;
};

/* The map of the programs, which no process has after LOCK_CLOSE. The command fills in what it does not learn itself.
 */
struct lock {
	__u32 state;	 /* enum lock_state */
	__u32 owner;	 /* the process that may ask for all but LOCK_OPEN */
	__u64 since;	 /* CLOCK_REALTIME, ns */
	__u64 refused;	 /* calls refused since */
	__u64 turns;	 /* how often LOCK_CLOSE was tried */
	__u32 has_key;	 /* 0: only a reboot unlocks */
	__u32 odd;	 /* the index of the map for which LOCK_CLOSE refused */
	__u32 digest[8]; /* SHA-256 of the key */
	__u32 n_maps, n_mounts, n_progs, n_links;
	struct lock_map maps[LOCK_MAPS];
	__u32 progs[LOCK_PROGS]; /* ids of the programs that may use these maps */
	__u32 links[LOCK_LINKS]; /* ids of the links to cgroups */
	__u64 dir, dentry;	 /* the pin directory's inode and directory entry, in the kernel */
	__u64 mounts[LOCK_MOUNTS];
};

/* The answer of the program lock_state, in the control block of its context. */
struct lock_answer {
	__u32 state;
	__u32 has_key;
	__u32 since[2]; /* the low word first */
	__u32 refused;	/* off: the index of the map for which LOCK_CLOSE refused */
};

#define LOCK_STATE_PROG "lock_state"

_Static_assert(sizeof(struct lock_question) <= 96, "the kernel copies no more than its union bpf_attr");
_Static_assert(sizeof(struct lock_answer) == 5 * sizeof(__u32), "a control block");

#endif
