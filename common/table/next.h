/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps of the next generation, before it is in force: for publish.c. */
#ifndef LSMCTL_TABLE_NEXT_H
#define LSMCTL_TABLE_NEXT_H

#include <pthread.h>
#include "store_impl.h"

/* A map for a slot of an outer map; fd -1: empties the slot. */
struct put {
	int outer, fd;
	__u32 slot;
	int ret;
};

/* One map for each outer map. Three threads wait at the same time. */
struct puts {
	struct put of[3];
	pthread_t threads[3];
	bool started[3];
};

/* inner NULL: empties the slots. */
void puts_begin(struct puts *puts, struct tables *t, __u32 slot, const struct mapped *inner);
int puts_end(struct puts *puts);

/*
 * Waits until no program decides by the old generation: puts the same map into the slot again, since the kernel then
 * waits. When the kernel has no memory for that, a membarrier waits for the same.
 */
int wait_for_programs(const struct tables *t, const struct mapped *arena, __u32 slot);

/* Room that edits have used up is doubled the next time, so that many edits make new maps seldom. */
uint32_t doublings_after(const struct tables *t);

/* Opens the kept maps of a slot that are large enough, or makes new ones: *is_new. 0 or -errno. */
int next_make(const struct tables *t, __u32 slot, uint32_t lines, uint32_t rules, uint32_t doublings,
	      struct mapped made[3], bool *is_new);
/* Copies into an inner map. Zeroes the rest of the map. 0 or -errno. */
int next_fill(struct mapped *map, const void *from, size_t size, bool is_new);
/* The same from another map. Unmaps all of it. */
int next_copy(struct mapped *map, struct mapped *from, size_t size, bool is_new);

/* Notes the map ids, for later commands to find the maps. 0 or -errno. */
int next_note_ids(__u32 ids[3], const struct mapped *made);

/*
 * Copies the counters of the rules that stay: NULL without memory. Hits during the switch are added when no program
 * uses the old generation. origin[slot] is 1 + the rule's old slot, or 0; NULL: a rule stays in its slot.
 */
struct counter *counters_copy(struct tables *t, const uint32_t *origin, uint32_t n);
void counters_paste(struct tables *t, struct mapped made[3], const struct counter *copy, const uint32_t *origin,
		    uint32_t n);
void counters_add_late(struct tables *t, struct mapped made[3], const struct counter *copy, const uint32_t *origin,
		       uint32_t n);

#endif
