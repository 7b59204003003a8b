/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by store.c, publish.c and read.c. No other file includes it. */
#ifndef LSMCTL_TABLE_STORE_IMPL_H
#define LSMCTL_TABLE_STORE_IMPL_H

#include <linux/bpf.h>
#include "store.h"

/* The inner maps of a generation, in the order of config.inner[]. */
enum {
	ARENA,
	RULES,
	COUNTERS
};

extern const char *const store_names[3]; /* names of the outer maps, without "map_" */
extern const __u32 store_value_sizes[3]; /* value sizes of the inner maps, bytes */

#define INNER_FLAGS (BPF_F_MMAPABLE | BPF_F_INNER_MAP)

/* 0 or -errno. */
int store_map_info(int fd, struct bpf_map_info *info);
/* Opens inner map `which` of a slot. *max: its number of entries. 0 or -errno. */
int store_open_inner(const struct tables *t, __u32 slot, int which, struct mapped *map, __u32 *max);

/* Opens the generation t->generation. 0 or -errno. */
int store_open_generation(struct tables *t);
void store_close_generation(struct tables *t);

/* True when the maps are small enough for a reader to copy and for the next generation but one to use again. */
bool store_is_small(const struct mapped *arena, const struct mapped *rules, const struct mapped *counters);

/* Returns the pair of counters with the slot's counter, or NULL. */
struct counters *store_counters_at(struct mapped *map, uint32_t slot);
void store_set_counter(struct mapped *map, uint32_t slot, const struct counter *counter);

#endif
