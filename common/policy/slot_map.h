/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps that are there only while some settings need them: each a hash in the only slot of a pinned outer map of
 * its name. A word of the configuration has the map's id; 0: it is not there. The caller holds the exclusive lock.
 */
#ifndef LSMCTL_POLICY_SLOT_MAP_H
#define LSMCTL_POLICY_SLOT_MAP_H

#include <linux/types.h>
#include "host/pins.h"

struct slot_map {
	const char *name;
	__u32 key_size, value_size, room; /* bytes, bytes, entries */
	__u32 type;			  /* enum bpf_map_type */
};

/* Sets the id of the map with this fd. 0 or -errno. */
int slot_map_id(int fd, __u32 *id);

/* Opens the map with this id (>= 0, close it). -1: it is not there. A killed command may have left the id of one that
 * is gone. */
int slot_map_open(__u32 id);

/* Puts an empty map into its slot, unless one is there. *id follows: without it, the next command does so again. 0 or
 * -errno. */
int slot_map_need(const struct pins *pins, const struct slot_map *map, __u32 *id);

/* Takes the map out of its slot. What fails is left to the next command. */
void slot_map_drop(const struct pins *pins, const struct slot_map *map, __u32 *id);

#endif
