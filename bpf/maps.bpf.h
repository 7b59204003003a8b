/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps of the rules, for BPF only, and the accessors that walk.h needs. */
#ifndef LSMCTL_MAPS_H
#define LSMCTL_MAPS_H

#include "kernel.bpf.h"
#include "filter.h"
#include "walk.h"

/* In .bss, a single memory-mapped array: programs read it without a lookup, commands store single words. */
struct shared shared;

/* The tables: each outer map has one slot for the generation in force and one for the next. */
struct arena_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct chunk)); /* a size: clang omits the type */
};

struct rules_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct rule)); /* a size: clang omits the type */
};

struct counters_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct counters)); /* a size: clang omits the type */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct arena_map);
} arenas SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct rules_map);
} rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct counters_map);
} counters SEC(".maps");

/* From the ids of cgroups to their places: see struct places. */
struct bound_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u32);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct bound_map);
} cgroups SEC(".maps");

/* Called once for each call, so that no call sees two rulesets. Reads the clock only during a trial. */
static __always_inline __u32 generation_now(void)
{
	return shared.config.trial_until ? generation_at(&shared.config, bpf_ktime_get_boot_ns())
					 : shared.config.generation;
}

/* A generation, with the last chunk used of its arena. */
struct generation {
	void *arena;
	void *rules;
	const struct chunk *chunk;
	__u32 chunk_number;
	__u32 number;
};

/*
 * Opens the generation with this number. NULL: missing, which cannot happen. One key for all lookups, here and in
 * others: the verifier takes a walk that has written another place of the stack for another one, and follows both.
 */
static __always_inline const struct header *generation_open(struct generation *g, __u32 number)
{
	__u32 key = number & 1;

	g->number = number;
	g->chunk_number = 0;
	g->arena = bpf_map_lookup_elem(&arenas, &key);
	g->rules = bpf_map_lookup_elem(&rules, &key);
	if (!g->arena || !g->rules)
		return NULL;
	key = 0;
	g->chunk = bpf_map_lookup_elem(g->arena, &key);
	return (const struct header *)g->chunk;
}

static __always_inline const struct line *line_at(struct generation *g, __u32 line)
{
	__u32 number = line / CHUNK_LINES;

	if (number != g->chunk_number) {
		const struct chunk *chunk = bpf_map_lookup_elem(g->arena, &number);

		if (!chunk)
			return NULL;
		g->chunk = chunk;
		g->chunk_number = number;
	}
	return &g->chunk->lines[line % CHUNK_LINES];
}

static __always_inline const struct rule *rule_at(struct generation *g, __u32 slot)
{
	return bpf_map_lookup_elem(g->rules, &slot);
}

#endif
