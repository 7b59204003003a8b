/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program by which commands read the maps while they are locked, when nobody may have an fd of one, and by which
 * watchers say what they want. It is attached to nothing, and run only by BPF_PROG_TEST_RUN. It writes only words that
 * decide nothing. Only lsmctl.bpf.c includes this.
 */
#ifndef LSMCTL_PEEK_BPF_H
#define LSMCTL_PEEK_BPF_H

#include "peek.h"

static __always_inline int show(struct __sk_buff *skb, __u32 at, const void *from, __u32 size)
{
	return bpf_skb_store_bytes(skb, at, from, size, 0) ? -EINVAL : 0;
}

static __always_inline int peek_shared(struct __sk_buff *skb, const struct peek *q)
{
	__u64 at = q->at;

	if (at > sizeof(shared) - PEEK_SIZE)
		return -EINVAL;
	return show(skb, 0, (const char *)&shared + at, PEEK_SIZE);
}

static __always_inline int peek_arena(struct __sk_buff *skb, const struct peek *q)
{
	__u32 slot = q->slot, number = q->at / sizeof(struct chunk), at = q->at & (sizeof(struct chunk) - PEEK_SIZE);
	void *arena = bpf_map_lookup_elem(&arenas, &slot);
	const char *chunk = arena ? bpf_map_lookup_elem(arena, &number) : NULL;

	return chunk ? show(skb, 0, chunk + at, PEEK_SIZE) : -EINVAL;
}

/* Stops at the end of the array: what follows in the packet is not of it. */
static __always_inline int peek_rules(struct __sk_buff *skb, const struct peek *q)
{
	__u32 slot = q->slot;
	void *inner = bpf_map_lookup_elem(&rules, &slot);

	for (__u32 i = 0; inner && i < PEEK_RULES; i++) {
		__u32 index = q->at + i;
		const struct rule *rule = bpf_map_lookup_elem(inner, &index);

		if (!rule)
			break;
		show(skb, i * sizeof(*rule), rule, sizeof(*rule));
	}
	return inner ? 0 : -EINVAL;
}

static __always_inline int peek_counters(struct __sk_buff *skb, const struct peek *q)
{
	__u32 slot = q->slot;
	void *inner = bpf_map_lookup_elem(&counters, &slot);

	for (__u32 i = 0; inner && i < PEEK_COUNTERS; i++) {
		__u32 index = q->at + i;
		const struct counters *two = bpf_map_lookup_elem(inner, &index);

		if (!two)
			break;
		show(skb, i * sizeof(*two), two, sizeof(*two));
	}
	return inner ? 0 : -EINVAL;
}

static __always_inline int peek_run(struct __sk_buff *skb, const struct peek *q)
{
	__u64 id = q->at;
	const struct run *run = bpf_map_lookup_elem(&runs, &id);

	return run ? show(skb, 0, run, sizeof(*run)) : -EINVAL;
}

/* A watcher in a slot wants these verdicts, and no others. */
static __always_inline void watch_for(__u32 slot, __u32 verdicts)
{
	shared.watchers[slot].lost = 0;
	shared.watchers[slot].verdicts = verdicts;
	for (__u32 i = 0; i < VERDICTS; i++) {
		shared.wanting[i] &= ~(1u << slot);
		shared.wanting[i] |= (verdicts >> i & 1) << slot;
	}
}

static __always_inline int want(const struct peek *q)
{
	if (q->what == PEEK_LEARN) {
		shared.unlearned[q->slot & (LEARNERS - 1)] = 0;
	} else if (q->what == PEEK_WATCH) {
		watch_for(q->slot & (WATCHERS - 1), q->verdicts);
	}
	shared.config.special.watching = q->watching;
	return 0;
}

SEC("tc")
int peek(struct __sk_buff *skb)
{
	struct peek q;

	if (bpf_skb_load_bytes(skb, 0, &q, sizeof(q)))
		return -EINVAL;
	switch (q.what) {
	case PEEK_SHARED:
		return peek_shared(skb, &q);
	case PEEK_ARENA:
		return peek_arena(skb, &q);
	case PEEK_RULES_AT:
		return peek_rules(skb, &q);
	case PEEK_COUNTERS_AT:
		return peek_counters(skb, &q);
	case PEEK_RUN:
		return peek_run(skb, &q);
	case PEEK_WATCH:
	case PEEK_LEARN:
	case PEEK_WATCHING:
		return want(&q);
	}
	return -EINVAL;
}

#endif
