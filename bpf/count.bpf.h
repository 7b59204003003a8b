/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of rules, and the totals, for BPF only. */
#ifndef LSMCTL_COUNT_H
#define LSMCTL_COUNT_H

#include "maps.bpf.h"
#include "decide.h"

/* Returns last_hit_of() the time. Reads the clock once in each tick of the kernel's timer. */
static __always_inline __u32 last_hit_now(void)
{
	__u64 jiffies = bpf_jiffies64() << 32, tick = shared.tick;

	if (tick >> 32 != jiffies >> 32) {
		tick = jiffies | last_hit_of(bpf_ktime_get_boot_ns());
		shared.tick = tick;
	}
	return tick;
}

static __always_inline void count_hit(const struct decision *d)
{
	__u32 slot = call_generation(d->call), pair = d->slot / 2, which = d->slot % 2;
	struct counters *found;
	void *inner;

	if (d->slot == NO_SLOT)
		return;
	inner = bpf_map_lookup_elem(&counters, &slot);
	found = inner ? bpf_map_lookup_elem(inner, &pair) : NULL;
	if (!found)
		return;
	__sync_fetch_and_add(&found->hits[which], 1);
	found->last_hit[which] = last_hit_now();
}

static __always_inline void count_total(enum hook hook, __u32 verdict)
{
	__u32 processor = bpf_get_smp_processor_id() & (TOTALS - 1);
	struct total *totals;

	/* This is &shared.totals. In C, clang would add the offset by an instruction of its own. */
	asm("%0 = shared + %1 ll" : "=r"(totals) : "i"(__builtin_offsetof(struct shared, totals)));
	__sync_fetch_and_add(&totals[processor].decided[hook][verdict < VERDICTS ? verdict : VERDICT_BLOCK], 1);
}

#endif
