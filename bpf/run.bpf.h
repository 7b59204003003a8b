/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a run may reach: see run.h. Every decision about a destination asks narrow() after the rules, so a call of a run
 * passes only if both the run and the host's policy let it pass. While no run is there, it
 * reads one word of the configuration. For BPF only.
 *
 * Fail closed: a run without an entry, a map that is not there and an ancestor that cannot be read refuse the call.
 */
#ifndef LSMCTL_RUN_BPF_H
#define LSMCTL_RUN_BPF_H

#include "run.h"
#include "decide.h"
#include "place.bpf.h"
#include "program.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, RUNS);
	__type(key, __u64);
	__type(value, struct run);
} runs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, RUN_PREFIXES);
	__type(key, struct run_key);
	__type(value, struct run_rule);
} run_rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, RUN_SOCKETS);
	__type(key, struct run_socket);
	__type(value, __u64);
} run_sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, RUN_SEEN);
	__type(key, struct run_call);
	__type(value, struct run_seen);
} run_seen SEC(".maps");

static __always_inline bool is_running(void)
{
	return shared.config.special.running;
}

/* Returns the run that these cgroups are in, or 0. */
static __always_inline __u64 run_of(const struct caller *caller)
{
	__u64 top, run;
	__u32 depth;

	if (!is_running())
		return 0; /* no run is there */
	depth = depth_of(caller);
	if (depth < RUN_LEVEL - 1)
		return 0; /* a process of the root, in no run */
	top = id_at(caller, RUN_LEVEL - 1);
	if (top && top != shared.config.run_root)
		return 0; /* in another cgroup, and only root can take a process of a run there */
	run = top && depth >= RUN_LEVEL ? id_at(caller, RUN_LEVEL) : 0;
	return run ? run : RUN_LOST;
}

/* Returns the current process's run, or 0. Separate, so that its stack is free again. */
__noinline __u64 current_run(void)
{
	const struct caller caller = current_caller();

	return run_of(&caller);
}

/* Returns the verdict of a run on a destination. A separate function, so that the verifier checks the loop once. */
__noinline __u32 ask_run(__u64 ip_high, __u64 ip_low, __u32 call, __u64 run)
{
	const struct run_key key = {.len = RUN_KEY_BITS + 128, .run = run, .ip = {.d = {ip_high, ip_low}}};
	const struct run *entry = bpf_map_lookup_elem(&runs, &run);
	const struct run_rule *rule;

	if (!entry)
		return VERDICT_BLOCK;
	rule = bpf_map_lookup_elem(&run_rules, &key);
	for (__u32 i = 0; rule && i < RUN_RANGES; i++) {
		const struct run_ports *ports = &rule->at[i];

		if (i >= rule->n)
			break;
		if (!(ports_differ(ports->lo, ports->hi, call_port(call)) | proto_differs(ports->proto, call)))
			return VERDICT_ALLOW;
	}
	return entry->audit ? VERDICT_AUDIT : VERDICT_BLOCK;
}

static __always_inline __u64 by_run(__u32 verdict)
{
	return action_make(verdict, EPERM, 0, PROTO_ANY, 0) | (__u64)BY_RUN << BY_SHIFT;
}

/*
 * Returns what decides about a destination when the rules have `found` that: it, or the run. A refusal by the run is
 * never left to a rule, which mode audit could turn into a pass.
 */
__noinline __u64 narrow(__u64 ip_high, __u64 ip_low, __u32 call, __u64 found)
{
	__u64 run = current_run();
	__u32 verdict = run ? ask_run(ip_high, ip_low, call, run) : VERDICT_ALLOW;

	if (verdict == VERDICT_ALLOW || (verdict == VERDICT_AUDIT && action_verdict(found >> 32) != VERDICT_ALLOW))
		return found;
	return by_run(verdict) << 32 | NO_SLOT;
}

/* True for a run that only records. One that cannot be told refuses. */
__noinline int is_audited(__u64 run)
{
	const struct run *entry = bpf_map_lookup_elem(&runs, &run);

	return entry && entry->audit;
}

static const struct run_seen unseen; /* for new entries: no stack has room for it */

/* Counts a call of a run. Returns its entry; NULL: no room, which is counted. */
static __always_inline struct run_seen *note(const struct run_call *call)
{
	struct run *run = bpf_map_lookup_elem(&runs, &call->run);
	struct run_seen *seen;

	if (!run)
		return NULL; /* nobody will read it */
	if (call->verdict != VERDICT_ALLOW)
		__sync_fetch_and_add(&run->refused, 1);
	seen = bpf_map_lookup_elem(&run_seen, call);
	if (!seen && run->recorded < RUN_SEEN_OF_1 && !bpf_map_update_elem(&run_seen, call, &unseen, BPF_NOEXIST)) {
		__sync_fetch_and_add(&run->recorded, 1);
		seen = bpf_map_lookup_elem(&run_seen, call);
	} else if (!seen) {
		seen = bpf_map_lookup_elem(&run_seen, call); /* another thread was first */
	}
	if (!seen) {
		__sync_fetch_and_add(&run->unrecorded, 1);
		return NULL;
	}
	seen->last = bpf_ktime_get_boot_ns();
	if (!seen->first)
		seen->first = seen->last;
	__sync_fetch_and_add(&seen->count, 1);
	return seen;
}

/* Notes whose call it is, the first time. */
static __always_inline void note_process(struct run_seen *seen)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32, n = draft_open(tgid);
	struct call_event_draft *draft = draft_at(n);

	seen->pid = tgid;
	if (!draft)
		return; /* no room: the path stays unknown */
	put_program(n, tgid, seen->last);
	__builtin_memcpy(seen->program, draft->call.program, sizeof(seen->program));
	draft_close(draft);
}

/* The rest of a call to record beside its destination, in one number. */
static __always_inline __u32 note_of(__u32 verdict, enum run_kind kind, __u32 hook)
{
	return verdict | kind << 2 | hook << 5;
}

/* Records a decision about a system call of the current process. */
__noinline int note_call(__u64 ip_high, __u64 ip_low, __u32 call, __u32 what)
{
	struct run_call seen_call = {
		.run = current_run(),
		.ip = {.d = {ip_high, ip_low}},
		.port = call_port(call),
		.proto = call_proto(call),
		.verdict = what & 3,
		.kind = what >> 2 & 7,
	};
	struct run_seen *seen;

	if (!seen_call.run)
		return 0;
	if (seen_call.kind == RUN_NO_IP)
		seen_call.port = what >> 5;
	bpf_get_current_comm(seen_call.comm, sizeof(seen_call.comm));
	seen = note(&seen_call);
	if (seen && !seen->pid)
		note_process(seen);
	return 0;
}

static __always_inline void note_decision(const struct decision *d, __u32 verdict)
{
	enum run_kind kind = !d->judged ? RUN_NO_IP : action_by(d->action) == BY_RUN ? RUN_REFUSED : RUN_CALL;

	note_call(d->ip.d[0], d->ip.d[1], d->call, note_of(verdict, kind, d->hook));
}

#endif
