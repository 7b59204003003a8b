/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gives the existing cgroups their places before a generation is published: see struct places. New cgroups get theirs
 * from the programs (bpf/cgroup.bpf.h), from the first store here on. So from then on no process is in a cgroup that
 * lacks its place in either generation.
 */
#ifndef LSMCTL_TABLE_BIND_H
#define LSMCTL_TABLE_BIND_H

#include "store.h"

/*
 * Fills the map of the idle slot, whose arena is in its place already. When the generation in force has the same
 * places, its map serves both. 0 or -errno: then nothing has changed for the generation in force.
 */
int bind_places(struct tables *t, struct mapped *arena, __u32 slot);

/* Drops the map of a slot that no program uses any more, unless the other slot has the same. */
void bind_forget(struct tables *t, __u32 slot);

/*
 * Returns the number of cgroups for which a subject of the open generation is now, or -1 when it cannot be read. Counts
 * once for all subjects.
 */
int64_t bind_now(struct tables *t, uint32_t subject);

/* The cgroups of the generation that did not fit: the programs refuse their calls. */
uint32_t bind_lost(const struct config *config, __u32 generation);

#endif
