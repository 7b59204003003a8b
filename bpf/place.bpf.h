/* SPDX-License-Identifier: GPL-2.0-only */
/* From a process to the place of its cgroup, for BPF only. */
#ifndef LSMCTL_PLACE_BPF_H
#define LSMCTL_PLACE_BPF_H

#include "maps.bpf.h"
#include "place.h"

/*
 * Whose cgroups. Which member tells them is a constant wherever this is used: each type of program lacks helpers that
 * another needs.
 */
struct caller {
	bool quick;		     /* the current process, whose ancestors the kernel tells quickly, from 6.1 on */
	struct __sk_buff *skb;	     /* or the ids in the packet of a test */
	const struct cgroup *cgroup; /* or this one and those above it */
	__u32 depth;		     /* the level of its own cgroup: see depth_of() */
};

/* Returns the id of an ancestor. Separate functions, so that the one for other kernels never runs. */
static __noinline __u64 ancestor_id(const struct cgroup *cgroup, __u32 level)
{
	struct cgroup *ancestor = NULL;

	bpf_probe_read_kernel(&ancestor, sizeof(ancestor), &cgroup->ancestors[level]);
	return BPF_CORE_READ(ancestor, kn, id);
}

static __noinline __u64 ancestor_id_before_6_1(const struct cgroup___before_6_1 *cgroup, __u32 level)
{
	__u64 id = 0;

	bpf_probe_read_kernel(&id, sizeof(id), &cgroup->ancestor_ids[level]);
	return id;
}

/* 0: it cannot be read. */
static __always_inline __u64 id_at(const struct caller *caller, __u32 level)
{
	const struct cgroup *cgroup = caller->cgroup;
	__u64 id = 0;

	if (caller->skb) {
		bpf_skb_load_bytes(caller->skb, sizeof(struct test_call) + level * sizeof(id), &id, sizeof(id));
		return id;
	}
	if (caller->quick)
		return bpf_get_current_ancestor_cgroup_id((int)level);
	if (bpf_core_field_exists(cgroup->ancestors))
		return ancestor_id(cgroup, level);
	return ancestor_id_before_6_1((const void *)cgroup, level);
}

/*
 * True from 6.1 on. There the programs may read what bpf_get_current_task_btf() leads to, without a copy, and
 * bpf_get_current_ancestor_cgroup_id() tells the current process's cgroups.
 */
static __always_inline bool reads_current(void)
{
	const struct cgroup *cgroup = NULL;

	return bpf_core_field_exists(cgroup->ancestors);
}

static __always_inline struct caller current_caller(void)
{
	const struct task_struct *task = (void *)bpf_get_current_task();
	const struct cgroup *cgroup;

	if (reads_current())
		return (struct caller){.quick = true};
	cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	return (struct caller){.cgroup = cgroup, .depth = (__u32)BPF_CORE_READ(cgroup, level)};
}

static __always_inline __u32 depth_of(const struct caller *caller)
{
	const struct task_struct *typed;

	if (!caller->quick)
		return caller->depth;
	typed = bpf_get_current_task_btf();
	return (__u32)typed->cgroups->dfl_cgrp->level;
}

/* Returns the byte of the filter for a cgroup. */
static __always_inline __u8 *placed_at(__u64 id)
{
	return &shared.placed[placed_hash(id) & ((1u << FILTER_PLACED_BITS) - 1)];
}

/* Returns the place of a cgroup in this slot, 0 or PLACE_BROKEN. */
static __always_inline __u32 place_of(__u32 slot, __u64 id)
{
	const __u32 *there;
	void *bound;

	if (!*placed_at(id))
		return 0;
	bound = bpf_map_lookup_elem(&cgroups, &slot);
	if (!bound)
		return PLACE_BROKEN;
	there = bpf_map_lookup_elem(bound, &id);
	return there ? *there : 0;
}

#define LEVEL_HALVES 5 /* of CGROUP_DEPTH, down to one level */

/*
 * Returns the place of the deepest of these cgroups that has one, none deeper than `depth`. PLACE_LOST: unknown. A
 * cgroup has a place only if all above it have one, so this halves the levels that are left: a deep process takes five
 * lookups at most, and one is enough where nothing near has a place.
 */
static __always_inline __u32 find_place(const struct caller *caller, __u32 number, __u32 depth)
{
	__u32 slot = number & 1, low = 0, high = depth, place = 1, there;
	__u64 id;

	if (!shared.config.bound[slot])
		return PLACE_LOST;
	/* The kernel tells by itself of a quick caller that it has no such level. */
	if (!caller->quick || high > 1) {
		__u32 own = depth_of(caller);

		high = own < high ? own : high;
	}
	for (int i = 0; i < LEVEL_HALVES; i++) {
		__u32 middle = (low + high + 1) / 2;

		if (low >= high)
			break;
		id = id_at(caller, middle);
		if (!id && !caller->quick)
			return PLACE_LOST;
		there = place_of(slot, id);
		if (there == PLACE_BROKEN)
			return PLACE_LOST;
		if (there) {
			place = there;
			low = middle;
		} else {
			high = middle - 1;
		}
	}
	if (!low && (shared.config.unbound[0] | shared.config.unbound[1])) {
		place = place_of(slot, ROOT_CGROUP);
		place = place ? place : PLACE_LOST;
	}
	/* The mark is about children that had no room. The cgroup's own processes are not among them. */
	return place & PLACE_LOST && depth_of(caller) == low ? place & ~PLACE_LOST : place;
}

#endif
