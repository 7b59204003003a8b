/* SPDX-License-Identifier: GPL-2.0-only */
/* The question to the program "peek": a whole packet, PEEK_SIZE bytes, of which the answer takes the place. */
#ifndef LSMCTL_PEEK_H
#define LSMCTL_PEEK_H

#include "abi.h"

#define PEEK_PROG "peek"

enum peek_what {
	PEEK_SHARED,	  /* at: bytes; PEEK_SIZE bytes from there */
	PEEK_ARENA,	  /* the same of the arena in a slot; at: a multiple of PEEK_SIZE */
	PEEK_RULES_AT,	  /* at: an index; PEEK_RULES values from there, as far as there are */
	PEEK_COUNTERS_AT, /* the same */
	PEEK_RUN,	  /* at: a run's id; its struct run */
	PEEK_WATCH,	  /* a watcher in a slot wants these verdicts; what it lost is 0 again */
	PEEK_LEARN,	  /* a learner in a slot: what it lost is 0 again */
	PEEK_WATCHING,	  /* only the sum: config.special.watching */
};

struct peek {
	__u32 what; /* enum peek_what */
	__u32 slot;
	__u64 at;
	__u32 verdicts;
	__u32 watching; /* config.special.watching from here on */
};

#define PEEK_SIZE     2048 /* of a page, which a test run takes, the kernel keeps some for itself */
#define PEEK_RULES    51
#define PEEK_COUNTERS 85

_Static_assert(PEEK_RULES * sizeof(struct rule) <= PEEK_SIZE && PEEK_COUNTERS * sizeof(struct counters) <= PEEK_SIZE,
	       "an answer fits the packet");

#endif
