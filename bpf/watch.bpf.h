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

/* A separate function: 5.10 needs loops that jump back, and clang makes longer ones fall through. */
static __noinline void tell_watcher(const struct event *event, __u32 size, __u32 slot, __u32 floods)
{
	struct watcher *watcher = &shared.watchers[slot & (WATCHERS - 1)];
	void *ring = bpf_map_lookup_elem(&rings, &slot);
	__u64 flags = BPF_RB_NO_WAKEUP;

	if (!ring)
		return; /* the watcher has gone */
	if (event->time - watcher->woken > WATCH_PAUSE) {
		watcher->woken = event->time;
		flags = BPF_RB_FORCE_WAKEUP;
	}
	if (floods & flood_limit(bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA),
				 bpf_ringbuf_query(ring, BPF_RB_RING_SIZE)) ||
	    bpf_ringbuf_output(ring, (void *)event, size, flags)) {
		__sync_fetch_and_add(&watcher->lost, 1);
		__sync_fetch_and_add(&shared.config.events_lost, 1);
	}
}

/* size: of the event, or of the whole report that it begins. */
static __always_inline void tell_watchers(const struct event *event, __u32 size)
{
	__u32 floods = count_floods(event->tgid, event->rule_id, event->uid, event->verdict, event->time);

	/* Kernels before 6.2 accept a loop only when it jumps back; clang makes this one fall through to its head. */
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < WATCHERS; i++) {
		if (shared.watchers[i].verdicts & 1u << (event->verdict & 3))
			tell_watcher(event, size, i, floods);
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

static __always_inline struct event event_of(__u64 ip_high, __u64 ip_low, __u32 call, __u32 slot, __u32 told)
{
	__u32 which = call_generation(call);
	struct event event = {
		.time = bpf_ktime_get_boot_ns(),
		.ip = {.d = {ip_high, ip_low}},
		.verdict = told & 3,
		.error = told >> TOLD_ERROR_SHIFT & 0x7f,
		.hook = told >> TOLD_HOOK_SHIFT & 0x1f,
		.no_ip = told >> TOLD_NO_IP_SHIFT & 1,
		.by_run = told >> TOLD_RUN_SHIFT & 1,
		.proto = call_proto(call),
		.port = call_port(call),
	};
	void *inner = bpf_map_lookup_elem(&rules, &which);
	const struct rule *rule = inner && slot != NO_SLOT ? bpf_map_lookup_elem(inner, &slot) : NULL;

	if (rule)
		event.rule_id = rule->id;
	return event;
}

/* Adds the program to an event of the current thread, and reports it. Without room for the path, watchers get no path.
 */
static __always_inline void tell_draft(const struct event *event, __u64 id)
{
	bool for_learners =
		shared.config.special.watching & LEARNING && event->verdict != VERDICT_BLOCK && !event->no_ip;
	struct call_event_draft *draft = draft_open(id);

	if (!draft) {
		if (for_learners)
			lose_learned();
		tell_watchers(event, sizeof(*event));
		return;
	}
	draft->call.event = *event;
	put_program(id);
	if (for_learners)
		tell_learners(draft);
	tell_watchers(&draft->call.event, sizeof(draft->call));
	draft_close(id);
}

/* Reports a decision about a system call of the current process. */
__noinline int tell_of_call(__u64 ip_high, __u64 ip_low, __u32 call, __u32 slot, __u32 told)
{
	struct event event = event_of(ip_high, ip_low, call, slot, told);
	__u64 pid = bpf_get_current_pid_tgid(), ids = bpf_get_current_uid_gid();

	event.name = name_for_current(ip_high, ip_low, event.time);
	event.pid = pid;
	event.tgid = pid >> 32;
	event.uid = ids;
	event.gid = ids >> 32;
	event.cgroup = bpf_get_current_cgroup_id();
	if (filter_has_kind(&shared, SUBJECT_EXE))
		event.exe = current_exe();
	bpf_get_current_comm(event.comm, sizeof(event.comm));
	tell_draft(&event, pid);
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
	tell_watchers(&event, sizeof(event));
	return 0;
}

#endif
