/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much of a watcher's ring each may have, for BPF alone: see struct flood. While the ring is less than half full a
 * process may fill it fast. Fuller, each uid gets so little that many of them have room: what floods by one rule takes
 * twenty seconds for the next quarter, and minutes for the last. Races between processors lose a count or two.
 */
#ifndef LSMCTL_FLOOD_H
#define LSMCTL_FLOOD_H

#include "lookup.h"

enum flood_level {
	FLOOD_PROCESS,
	FLOOD_RULE,
	FLOOD_UID,
};

/* Events in an eighth of a second. More are lost for a watcher whose ring is that full, and counted as that. */
#define FLOOD_MOST 256 /* of a process, in a ring that is less than half full */

/* In a fuller one. */
#define FLOOD_PROCESS_MOST 8
#define FLOOD_RULE_MOST	   16
#define FLOOD_UID_MOST	   32

/* In its last quarter. The uid's is the same, since what floods by one rule is counted there up to that rule's most. */
#define FLOOD_PROCESS_LAST 1
#define FLOOD_RULE_LAST	   2

/* With this event; of a level that a narrower one kept it from: 0. */
struct flood_counts {
	__u16 n[FLOOD_LEVELS];
};

static __always_inline __u16 count_cell(struct flood *cell, __u16 tick)
{
	struct flood now = *cell;

	if (now.tick != tick)
		now = (struct flood){.tick = tick};
	if (now.n < FLOOD_MOST + 1)
		now.n++;
	*cell = now;
	return now.n;
}

/* A function of its own, since it is called for each level. The hashes: of the uid, and of all that is counted. */
static __noinline __u32 count_flood(__u32 level, __u64 uid, __u64 what, __u16 tick)
{
	__u16 n = FLOOD_MOST + 1, there;

	if (level >= FLOOD_LEVELS)
		return 0;
#pragma clang loop unroll(full)
	for (__u32 row = 0; row < FLOOD_ROWS; row++) {
		__u32 cell = (uid >> 8 * row & (FLOOD_UIDS - 1)) * FLOOD_CELLS + (what >> 8 * row & (FLOOD_CELLS - 1));

		barrier_var(cell); /* the verifier keeps no bounds of what is joined of two */
		there = count_cell(&shared.floods[level][row][cell & (FLOOD_UIDS * FLOOD_CELLS - 1)], tick);
		n = there < n ? there : n;
	}
	return n;
}

/* The high bits of a product are the good ones. Nobody who floods knows the time of the load to the nanosecond. */
static __always_inline __u64 flood_hash(__u64 what)
{
	return ((what ^ shared.config.loaded_at) * 0x9e3779b97f4a7c15ull) >> 40;
}

static __always_inline struct flood_counts count_floods(const struct event *event)
{
	__u64 uid = flood_hash(event->uid), rule = event->rule_id | (__u64)event->uid << 32;
	__u64 process = rule * 0x9e3779b97f4a7c15ull + event->tgid;
	__u16 tick = event->time >> LAST_HIT_SHIFT;
	struct flood_counts counts = {};

	counts.n[FLOOD_PROCESS] = count_flood(FLOOD_PROCESS, uid, flood_hash(process + event->verdict), tick);
	if (counts.n[FLOOD_PROCESS] <= FLOOD_PROCESS_MOST)
		counts.n[FLOOD_RULE] =
			count_flood(FLOOD_RULE, uid, flood_hash(rule * 0x9e3779b97f4a7c15ull + event->verdict), tick);
	if (counts.n[FLOOD_RULE] && counts.n[FLOOD_RULE] <= FLOOD_RULE_MOST)
		counts.n[FLOOD_UID] = count_flood(FLOOD_UID, uid, 0, tick);
	return counts;
}

/* Whether a ring that is so full has no room for it. used, size: bytes. */
static __always_inline bool is_flood(const struct flood_counts *counts, __u64 used, __u64 size)
{
	bool last = used * 4 > size * 3;

	if (used * 2 <= size)
		return counts->n[FLOOD_PROCESS] > FLOOD_MOST;
	return counts->n[FLOOD_PROCESS] > (last ? FLOOD_PROCESS_LAST : FLOOD_PROCESS_MOST) ||
	       counts->n[FLOOD_RULE] > (last ? FLOOD_RULE_LAST : FLOOD_RULE_MOST) ||
	       counts->n[FLOOD_UID] > FLOOD_UID_MOST;
}

#endif
