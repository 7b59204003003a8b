/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between the BPF programs and the commands: the layout of every pinned map. Included by both sides.
 *
 * Whoever changes a struct or the meaning of a field here changes LSMCTL_LAYOUT too. The first two words of
 * struct config never move, so that any binary can read which layout it has met.
 */
#ifndef LSMCTL_ABI_H
#define LSMCTL_ABI_H

#include <linux/types.h>

#define LSMCTL_MAGIC  0x4c534d43u /* "LSMC" */
#define LSMCTL_LAYOUT 1u

#define COMMENT_SIZE 128 /* bytes, the final NUL included */
#define VERSION_SIZE 32

#define NO_SLOT	    0xffffffffu /* where a slot is expected: there is no rule */
#define PENDING_ALL 0xffffffffu /* in config.pending: any slot */

/* What the programs do with a call. OFF is zero, so that a program that nobody has told anything denies nothing. */
enum state {
	STATE_OFF,    /* attached but not published: a load that has not finished, or an unload that has begun */
	STATE_CANARY, /* refuse only the destination in config.canary: load's test that the hooks are called */
	STATE_ON,     /* decide by the rules */
};

enum verdict {
	VERDICT_ALLOW,
	VERDICT_BLOCK,
	VERDICT_AUDIT, /* let through, count as "would have been blocked" */
	VERDICTS,
};

enum mode {
	MODE_ENFORCE,
	MODE_AUDIT, /* every block is treated as VERDICT_AUDIT */
	MODES,
};

enum attach {
	ATTACH_LSM,
	ATTACH_FMOD_RET,
	ATTACHES,
};

/* What a canary call gets instead of the connection: an errno that no network path returns. Linux: ENOTRECOVERABLE. */
#define CANARY_ERRNO 131

/* The one element of the map "config": writable only under the exclusive lock on the pin directory. */
struct config {
	__u32 magic;	       /* LSMCTL_MAGIC */
	__u32 layout;	       /* LSMCTL_LAYOUT */
	__u32 state;	       /* enum state */
	__u32 default_verdict; /* enum verdict, never VERDICT_AUDIT */
	__u32 mode;	       /* enum mode */
	__u32 attach;	       /* enum attach */
	__u32 max_rules;       /* elements in rules, counters and trie */
	__u32 last_id;	       /* the newest rule's id; ids are not used twice */
	__u32 pending;	       /* slot + 1 of a rule whose trie entry is being changed, PENDING_ALL: any, 0: none */
	__u32 pad;
	__u64 canary;	   /* the first 8 bytes of the sockaddr_in of a canary call */
	__u64 loaded_at;   /* CLOCK_REALTIME, ns */
	__u64 events_lost; /* decisions that could not be recorded for a watcher */
	char version[VERSION_SIZE];
};

/* An address in the one 128-bit space: IPv4 is ::ffff:a.b.c.d. Network byte order. */
union ip {
	__u8 b[16];
	__be32 w[4];
};

/* Key of the map "trie" (BPF_MAP_TYPE_LPM_TRIE); the value is a __u32, the rule's slot. */
struct trie_key {
	__u32 len; /* bits, 0 to 128 */
	union ip ip;
};

/*
 * An element of the map "rules". A slot whose id is 0 is free. The action is one word, so that a change of verdict and
 * errno is seen whole or not at all; a program looks at nothing else here.
 */
struct rule {
	__u32 id;
	__u32 action; /* see action_make() */
	union ip ip;
	__u8 len;	  /* bits, 0 to 128 */
	__u8 has_comment; /* its text is in the map "comments", a hash from slot to char[COMMENT_SIZE] */
	__u8 pad[6];
};

/* An element of the map "counters", at the rule's slot. Only the programs write here while the rule exists. */
struct counter {
	__u64 hits;
	__u64 last_hit; /* CLOCK_BOOTTIME, ns; 0: never */
};

_Static_assert(sizeof(union ip) == 16, "an address is 128 bits");
_Static_assert(sizeof(struct trie_key) == 20, "the kernel compares the key's bytes: no padding");
_Static_assert(sizeof(struct rule) == 32, "values of a mapped array are packed at 8 bytes");
_Static_assert(sizeof(struct counter) == 16, "values of a mapped array are packed at 8 bytes");
_Static_assert(sizeof(struct config) == 96, "a change here is a change of LSMCTL_LAYOUT");

/* The map "totals" (per CPU) counts decisions by the verdict that came out: totals[VERDICT_BLOCK] were refused. */

static inline __u32 action_make(enum verdict verdict, int error)
{
	return (__u32)verdict | (__u32)error << 8;
}

static inline enum verdict action_verdict(__u32 action)
{
	return (enum verdict)(action & 0xff);
}

/* The errno that a blocked call gets, positive. */
static inline int action_errno(__u32 action)
{
	return (int)(action >> 8 & 0xff);
}

#endif
