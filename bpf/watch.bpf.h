/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports decisions to watchers and learners, for BPF only. The decision is already made, and nothing here can change
 * it: what cannot be recorded is counted as lost. Without watchers it costs a read of one word.
 */
#ifndef LSMCTL_WATCH_H
#define LSMCTL_WATCH_H

#include "lookup.bpf.h"
#include "flood.bpf.h"
#include "named.bpf.h"
#include "program.bpf.h"

struct ring_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536); /* each watcher chooses its own size */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, WATCHERS);
	__type(key, __u32);
	__array(values, struct ring_map);
} rings SEC(".maps");

struct learned_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* each learner chooses its own size */
	__uint(key_size, sizeof(struct learned));
	__uint(value_size, sizeof(__u64));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, LEARNERS);
	__type(key, __u32);
	__array(values, struct learned_map);
} learned SEC(".maps");

static __always_inline bool is_watched(__u32 verdict)
{
	return shared.config.special.watching && shared.config.special.watching & (1u << (verdict & 3) | LEARNING);
}

static __always_inline struct watcher *watcher_at(__u32 slot)
{
	return &shared.watchers[slot & (WATCHERS - 1)];
}

static __always_inline void lose(__u32 slot)
{
	__sync_fetch_and_add(&watcher_at(slot)->lost, 1);
	__sync_fetch_and_add(&shared.config.events_lost, 1);
}

/* Returns the flags for a record in a watcher's ring. */
static __always_inline __u64 wake(struct watcher *watcher, __u64 now)
{
	if (now - watcher->woken <= WATCH_PAUSE)
		return BPF_RB_NO_WAKEUP;
	watcher->woken = now;
	return BPF_RB_FORCE_WAKEUP;
}

/* Whether a watcher's ring has room for an event of which count_floods() says this. Otherwise counts it as lost. */
__noinline int has_room(__u32 slot, __u32 floods)
{
	void *ring = bpf_map_lookup_elem(&rings, &slot);

	if (!ring || !(floods & flood_limit(bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA),
					    bpf_ringbuf_query(ring, BPF_RB_RING_SIZE))))
		return 1;
	lose(slot);
	return 0;
}

/*
 * Counts an event. Returns which watchers get it: bits 1 << slot. For the others it is lost. Unrolls the loop: kernels
 * before 6.2 accept one only when it jumps back, and clang makes this one fall through to its head.
 */
__noinline __u32 takers_of(__u32 tgid, __u32 rule_id, __u32 uid, __u32 verdict, __u64 time)
{
	__u32 floods = count_floods(tgid, rule_id, uid, verdict, time);
	__u32 takers = verdict < VERDICTS ? shared.wanting[verdict] : 0;

	if (!floods)
		return takers; /* as nearly always: no ring is so full */
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < WATCHERS; i++) {
		if (takers & 1u << i && !has_room(i, floods))
			takers &= ~(1u << i);
	}
	return takers;
}

/* Separate functions, so that what comes before is not verified again for each watcher. */
static __noinline void tell_event(const struct event *event, __u32 slot)
{
	void *ring = bpf_map_lookup_elem(&rings, &slot);

	/* Without a ring the watcher has gone. */
	if (ring && bpf_ringbuf_output(ring, (void *)event, sizeof(*event), wake(watcher_at(slot), event->time)))
		lose(slot);
}

/* Without a draft, when all are in use, the event is lost. */
__noinline int tell_draft(__u32 n, __u32 slot)
{
	const struct call_event_draft *draft = draft_at(n);
	void *ring = bpf_map_lookup_elem(&rings, &slot);
	struct call_event *record;

	if (!ring)
		return 0; /* the watcher has gone */
	/* A record of its own size is filled in place: bpf_ringbuf_output() copies byte by byte. */
	record = draft ? bpf_ringbuf_reserve(ring, sizeof(*record), 0) : NULL;
	if (!record) {
		lose(slot);
		return 0;
	}
	*record = draft->call;
	bpf_ringbuf_submit(record, wake(watcher_at(slot), draft->call.event.time));
	return 0;
}

/* Tells watchers of an event without a process. */
static __always_inline void tell_watchers(const struct event *event)
{
	__u32 takers = takers_of(event->tgid, event->rule_id, event->uid, event->verdict, event->time);

#pragma clang loop unroll(full)
	for (__u32 i = 0; i < WATCHERS; i++) {
		if (takers & 1u << i)
			tell_event(event, i);
	}
}

static __always_inline void tell_learners(struct call_event_draft *draft)
{
	const struct event *event = &draft->call.event;
	struct learned *key = &draft->learned;
	const __u64 one = 1;

	*key = (struct learned){.ip = event->ip,
				.cgroup = event->cgroup,
				.uid = event->uid,
				.port = event->port,
				.proto = event->proto,
				.gid = event->gid,
				.name = event->name};
	__builtin_memcpy(key->comm, event->comm, sizeof(key->comm));
	if (event->fits)
		__builtin_memcpy(key->program, draft->call.program, sizeof(key->program));

	for (__u32 i = 0; i < LEARNERS; i++) {
		__u32 slot = i;
		void *inner = bpf_map_lookup_elem(&learned, &slot);
		__u64 *count = inner ? bpf_map_lookup_elem(inner, key) : NULL;

		if (count)
			__sync_fetch_and_add(count, 1);
		else if (inner && bpf_map_update_elem(inner, key, &one, BPF_NOEXIST))
			__sync_fetch_and_add(&shared.unlearned[i], 1);
	}
}

/* The rest of a report beside call and rule, in one number. */
#define TOLD_ERROR_SHIFT 2
#define TOLD_HOOK_SHIFT	 9
#define TOLD_NO_IP_SHIFT 14
#define TOLD_RUN_SHIFT	 15

static __always_inline __u32 told_of(const struct decision *d, __u32 verdict)
{
	__u32 error = verdict == VERDICT_BLOCK ? action_errno(d->action) : 0;

	__u32 run = action_by(d->action) == BY_RUN;

	return verdict | error << TOLD_ERROR_SHIFT | d->hook << TOLD_HOOK_SHIFT | !d->judged << TOLD_NO_IP_SHIFT |
	       run << TOLD_RUN_SHIFT;
}

/* Counts a decision as lost for whoever learns. */
static __always_inline void lose_learned(void)
{
	for (__u32 i = 0; i < LEARNERS; i++)
		__sync_fetch_and_add(&shared.unlearned[i], 1);
}

static __always_inline __u32 rule_id_of(__u32 which, __u32 slot)
{
	void *inner = bpf_map_lookup_elem(&rules, &which);
	const struct rule *rule = inner && slot != NO_SLOT ? bpf_map_lookup_elem(inner, &slot) : NULL;

	return rule ? rule->id : 0;
}

/* What there is in an event whoever caused it. */
static __always_inline void put_event(struct event *event, __u64 ip_high, __u64 ip_low, __u32 call, __u32 told)
{
	__builtin_memset(event, 0, sizeof(*event));
	event->ip.d[0] = ip_high;
	event->ip.d[1] = ip_low;
	event->verdict = told & 3;
	event->error = told >> TOLD_ERROR_SHIFT & 0x7f;
	event->hook = told >> TOLD_HOOK_SHIFT & 0x1f;
	event->no_ip = told >> TOLD_NO_IP_SHIFT & 1;
	event->by_run = told >> TOLD_RUN_SHIFT & 1;
	event->proto = call_proto(call);
	event->port = call_port(call);
}

/*
 * Reports a decision about a system call of the current process. Finds out first whether anybody takes it: the rest is
 * most of the work.
 */
__noinline int tell_of_call(__u64 ip_high, __u64 ip_low, __u32 call, __u32 slot, __u32 told)
{
	__u64 now = bpf_ktime_get_boot_ns(), pid = bpf_get_current_pid_tgid();
	__u32 rule_id = rule_id_of(call_generation(call), slot), tgid = pid >> 32, uid = current_id(SUBJECT_UID);
	__u32 verdict = told & 3, takers, n;
	bool for_learners = shared.config.special.watching & LEARNING && verdict != VERDICT_BLOCK &&
			    !(told >> TOLD_NO_IP_SHIFT & 1);
	struct call_event_draft *draft;
	struct event *event;

	takers = takers_of(tgid, rule_id, uid, verdict, now);
	if (!takers && !for_learners)
		return 0;
	n = draft_open(tgid);
	draft = draft_at(n);
	if (!draft && for_learners)
		lose_learned();
	if (draft) {
		event = &draft->call.event;
		put_event(event, ip_high, ip_low, call, told);
		event->time = now;
		event->rule_id = rule_id;
		event->name = name_for_current(ip_high, ip_low, now);
		event->pid = pid;
		event->tgid = tgid;
		event->uid = uid;
		event->gid = current_id(SUBJECT_GID);
		event->cgroup = bpf_get_current_cgroup_id();
		if (filter_has_kind(&shared, SUBJECT_EXE))
			event->exe = current_exe();
		bpf_get_current_comm(event->comm, sizeof(event->comm));
		event->fits = put_program(n, tgid, now);
		if (for_learners)
			tell_learners(draft);
	}
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < WATCHERS; i++) {
		if (takers & 1u << i)
			tell_draft(n, i);
	}
	if (draft)
		draft_close(draft);
	return 0;
}

static __always_inline void tell(const struct decision *d, __u32 verdict)
{
	tell_of_call(d->ip.d[0], d->ip.d[1], d->call, d->slot, told_of(d, verdict));
}

/*
 * The program by which `lsmctl cut` tells watchers what it closed: only programs can write into their rings. A socket
 * filter without an attachment, run only by BPF_PROG_TEST_RUN.
 */
SEC("socket")
int tell_cut(struct __sk_buff *skb)
{
	struct event event;

	if (bpf_skb_load_bytes(skb, 0, &event, sizeof(event)))
		return -EINVAL;
	event.time = bpf_ktime_get_boot_ns();
	tell_watchers(&event);
	return 0;
}

#endif
