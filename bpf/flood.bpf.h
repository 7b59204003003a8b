/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits how much of a watcher's ring each process and uid can fill, for BPF only: see FLOOD_LEVELS. A ring less than
 * half full takes events fast. In a fuller ring each uid gets so little that many uids have room: a flood by one rule
 * needs twenty seconds for the next quarter, and minutes for the last. A race between processors loses a count or two.
 */
#ifndef LSMCTL_FLOOD_H
#define LSMCTL_FLOOD_H

#include "lookup.bpf.h"

enum flood_level {
	FLOOD_PROCESS,
	FLOOD_RULE,
	FLOOD_UID,
};

/* Events in an eighth of a second. Further events are lost for a watcher with a ring that full, and counted as lost. */
#define FLOOD_MOST 256 /* for a process, in a ring less than half full */

/* In a fuller ring. */
#define FLOOD_PROCESS_MOST 8
#define FLOOD_RULE_MOST	   16
#define FLOOD_UID_MOST	   32

/*
 * In its last quarter. The uid's limit is the same, since the flood of one rule counts for the uid up to that rule's
 * limit.
 */
#define FLOOD_PROCESS_LAST 1
#define FLOOD_RULE_LAST	   2

/* Bits of a hash for each row: no two rows use the same bits. */
#define FLOOD_BITS 10
_Static_assert(FLOOD_CELLS == 1 << FLOOD_BITS && FLOOD_UIDS <= FLOOD_CELLS, "a row has its bits of the hash");

/* Counts with this event; 0 for a level that a narrower one kept it from. */
struct flood_counts {
	__u32 n[FLOOD_LEVELS];
};

/* tick: in the high half, as in the cell. */
static __always_inline __u32 count_cell(__u32 *cell, __u32 tick)
{
	__u32 n = *cell ^ tick;

	if (n > FLOOD_MOST + 1)
		n = 0; /* of another unit */
	n += n <= FLOOD_MOST;
	*cell = tick | n;
	return n;
}

/* A separate function, so that the verifier checks it once for all levels. uid and what are hashes: flood_hash(). */
__noinline __u32 count_flood(__u32 level, __u64 uid, __u64 what, __u32 tick)
{
	__u32 n = FLOOD_MOST + 1, there;

	if (level >= FLOOD_LEVELS)
		return 0;
#pragma clang loop unroll(full)
	for (__u32 row = 0; row < FLOOD_ROWS; row++) {
		__u32 part = uid >> FLOOD_BITS * row & (FLOOD_UIDS - 1);
		__u32 cell = part * FLOOD_CELLS + (what >> FLOOD_BITS * row & (FLOOD_CELLS - 1));

		barrier_var(cell); /* the verifier loses the bounds of a value with two origins */
		there = count_cell(&shared.floods[level][row][cell & (FLOOD_UIDS * FLOOD_CELLS - 1)], tick);
		n = there < n ? there : n;
	}
	return n;
}

/*
 * Takes the high bits of a product, which are well mixed. A flooding process does not know the load time to the
 * nanosecond.
 */
static __always_inline __u64 flood_hash(__u64 what)
{
	return ((what ^ shared.config.loaded_at) * 0x9e3779b97f4a7c15ull) >> (64 - FLOOD_ROWS * FLOOD_BITS);
}

/* In how full a ring an event is one too many: bits. */
#define FLOOD_IN_ANY  1
#define FLOOD_IN_HALF 2 /* one more than half full */
#define FLOOD_IN_LAST 4 /* in its last quarter */

/* Counts an event. A separate function, so that its cases do not multiply those of each watcher. */
__noinline __u32 count_floods(__u32 tgid, __u32 rule_id, __u32 uid, __u32 verdict, __u64 time)
{
	__u64 uid_hash = flood_hash(uid), rule = rule_id | (__u64)uid << 32;
	__u64 process = rule * 0x9e3779b97f4a7c15ull + tgid;
	__u32 tick = time >> LAST_HIT_SHIFT << 16;
	struct flood_counts counts = {};
	__u32 floods = 0;

	counts.n[FLOOD_PROCESS] = count_flood(FLOOD_PROCESS, uid_hash, flood_hash(process + verdict), tick);
	if (counts.n[FLOOD_PROCESS] <= FLOOD_PROCESS_MOST)
		counts.n[FLOOD_RULE] =
			count_flood(FLOOD_RULE, uid_hash, flood_hash(rule * 0x9e3779b97f4a7c15ull + verdict), tick);
	if (counts.n[FLOOD_RULE] && counts.n[FLOOD_RULE] <= FLOOD_RULE_MOST)
		counts.n[FLOOD_UID] = count_flood(FLOOD_UID, uid_hash, uid_hash, tick);
	if (counts.n[FLOOD_PROCESS] > FLOOD_MOST)
		floods |= FLOOD_IN_ANY;
	if (counts.n[FLOOD_PROCESS] > FLOOD_PROCESS_MOST || counts.n[FLOOD_RULE] > FLOOD_RULE_MOST ||
	    counts.n[FLOOD_UID] > FLOOD_UID_MOST)
		floods |= FLOOD_IN_HALF;
	if (counts.n[FLOOD_PROCESS] > FLOOD_PROCESS_LAST || counts.n[FLOOD_RULE] > FLOOD_RULE_LAST ||
	    counts.n[FLOOD_UID] > FLOOD_UID_MOST)
		floods |= FLOOD_IN_LAST;
	return floods;
}

/*
 * Returns a bit of floods that tells whether a ring with this fill has room for the event. used, size: bytes. A
 * separate function, for the same reason.
 */
__noinline __u32 flood_limit(__u64 used, __u64 size)
{
	return used * 2 <= size ? FLOOD_IN_ANY : used * 4 <= size * 3 ? FLOOD_IN_HALF : FLOOD_IN_LAST;
}

#endif
