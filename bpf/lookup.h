/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs share: the maps, and from a destination to the rule that decides and what comes of it. For BPF
 * alone; the walk and the decision themselves are plain C in walk.h and decide.h.
 */
#ifndef LSMCTL_LOOKUP_H
#define LSMCTL_LOOKUP_H

#include "kernel.h"
#include "walk.h"
#include "decide.h"

/* In .bss, which is one memory-mapped array: programs read it without a lookup, commands store single words. */
struct shared shared;

/* The tables: each outer map has a slot for the generation in force and one for the next. */
struct arena_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct chunk)); /* by size: clang leaves the type out */
};

struct rules_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct rule)); /* by size: clang leaves the type out */
};

struct counters_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct counters)); /* by size: clang leaves the type out */
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

/* Once a call, so that no call sees two rulesets. The clock is looked at only while there is a trial. */
static __always_inline __u32 generation_now(void)
{
	return shared.config.trial_until ? generation_at(&shared.config, bpf_ktime_get_boot_ns())
					 : shared.config.generation;
}

/* A generation, and the chunk of its arena that was looked at last. */
struct generation {
	void *arena;
	void *rules;
	const struct chunk *chunk;
	__u32 chunk_number;
	__u32 number;
};

/* Opens the one with this number. NULL: it is not there, which never is so. */
static __always_inline const struct header *generation_open(struct generation *g, __u32 number)
{
	__u32 slot = number & 1, first = 0;

	g->number = number;
	g->chunk_number = first;
	g->arena = bpf_map_lookup_elem(&arenas, &slot);
	g->rules = bpf_map_lookup_elem(&rules, &slot);
	if (!g->arena || !g->rules)
		return NULL;
	g->chunk = bpf_map_lookup_elem(g->arena, &first);
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

/*
 * A call, in as few numbers as a function of its own may have. Such a function the verifier looks at once, however
 * often it is called and whatever with; 5.10 knows no pointers here.
 */
struct asked {
	__u64 ip_high, ip_low;
	__u32 sought; /* port | proto << 17 | raw << 26 | lowest bit of generation << 27 */
};

static __always_inline struct asked ask_for(const struct decision *d, const union ip *ip)
{
	return (struct asked){
		.ip_high = ip->d[0],
		.ip_low = ip->d[1],
		.sought = d->port | d->proto << 17 | d->raw << 26 | (d->generation & 1) << 27,
	};
}

static __always_inline __u32 generation_of(const struct asked *a)
{
	return a->sought >> 27 & 1;
}

static __always_inline struct query query_of(const struct asked *a)
{
	return (struct query){
		.ip = {.d = {a->ip_high, a->ip_low}},
		.port = a->sought & 0x1ffff,
		.proto = a->sought >> 17 & 0x1ff,
		.raw = a->sought >> 26 & 1,
	};
}

/* Apart from the loop that calls it, whose ways would be many for the verifier. */
__noinline int extra_over(__u32 extra, __u32 number)
{
	struct generation g;
	const struct extra *e = generation_open(&g, number) ? (const struct extra *)line_at(&g, extra) : NULL;

	return e && extra_is_over(e, bpf_ktime_get_boot_ns());
}

static __always_inline int is_over(struct generation *g, __u32 extra)
{
	return extra_over(extra, g->number);
}

/* One subject's say, as walk() gives it. */
static __always_inline __u64 subject_says(struct generation *g, const struct header *header, const struct asked *a,
					  __u32 kind, __u64 id)
{
	const struct query q = query_of(a);
	__u32 root = subject_root(g, header, kind, id, !ip_is_v4(&q.ip));
	__u32 leaf = trie_leaf(g, root, &q.ip);

	return walk(g, leaf, &q);
}

/*
 * The same, of one that few rules are for. No cgroup has the id 0: it could not be read, so that nobody knows whose
 * rules would have decided.
 */
__noinline __u64 ask_subject(__u64 ip_high, __u64 ip_low, __u32 sought, __u32 kind, __u64 id)
{
	const struct asked a = {ip_high, ip_low, sought};
	struct generation g;
	const struct header *header = generation_open(&g, generation_of(&a));

	if (kind == SUBJECT_CGROUP && !id)
		return FOUND_BROKEN;
	return header ? subject_says(&g, header, &a, kind, id) : FOUND_BROKEN;
}

/* The id of an ancestor. Functions of their own, so that no part of the one that does not fit this kernel is executed.
 */
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

/* A cgroup first, then those around it. Up to the root: a process cannot leave them by going deeper. */
static __always_inline __u64 ask_cgroups(const struct asked *a, const struct cgroup *cgroup)
{
	int depth = BPF_CORE_READ(cgroup, level);

	if (depth >= CGROUP_DEPTH)
		return FOUND_BROKEN;
	for (int up = 0; up < CGROUP_DEPTH; up++) {
		__u32 level = (__u32)(depth - up);
		__u64 id, found;

		if (level >= CGROUP_DEPTH)
			break;
		if (bpf_core_field_exists(cgroup->ancestors))
			id = ancestor_id(cgroup, level);
		else
			id = ancestor_id_before_6_1((const void *)cgroup, level);
		found = ask_subject(a->ip_high, a->ip_low, a->sought, SUBJECT_CGROUP, id);
		if (found)
			return found;
	}
	return 0;
}

static __always_inline const struct cgroup *current_cgroup(void)
{
	const struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, cgroups, dfl_cgrp);
}

/* The one that a socket was made in; NULL: the root. A number is no pointer that the verifier wants to know. */
static __always_inline const struct cgroup *cgroup_of(__u64 owner)
{
	const struct sock___before_5_15 *before = (const void *)owner;
	const struct sock *sk = (const void *)owner;
	__u64 val;

	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return BPF_CORE_READ(sk, sk_cgrp_data.cgroup);
	val = BPF_CORE_READ(before, sk_cgrp_data.val);
	return val & 3 ? NULL : (const struct cgroup *)val; /* as sock_cgroup_ptr() */
}

static __always_inline __u32 uid_of(__u64 owner)
{
	const struct sock *sk = (const void *)owner;

	return BPF_CORE_READ(sk, sk_uid.val);
}

static __always_inline __u64 ask_cgroups_of(const struct asked *a, __u64 owner)
{
	const struct cgroup *cgroup = cgroup_of(owner);

	return cgroup ? ask_cgroups(a, cgroup)
		      : ask_subject(a->ip_high, a->ip_low, a->sought, SUBJECT_CGROUP, ROOT_CGROUP);
}

/* The ranges that a uid is in. No function of its own: the stack of 5.10 has no room for one more. */
static __always_inline __u64 ask_ranges(struct generation *g, const struct header *header, const struct asked *a,
					__u32 uid)
{
	for (__u32 i = 0; i < UID_RANGES; i++) {
		__u64 id, found;

		if (i >= header->ranges)
			break;
		id = uids_at(g, header, i);
		if (!id)
			return FOUND_BROKEN;
		found = uids_have(id, uid) ? ask_subject(a->ip_high, a->ip_low, a->sought, SUBJECT_UIDS, id) : 0;
		if (found)
			return found;
	}
	return 0;
}

/*
 * What the tables say of a destination that some rule mentions, as walk(): subjects from narrow to wide. They are the
 * current process's, or the owner's, a socket, where it is not current that sends. is_current is a constant: programs
 * of one type have not got the helpers that those of the other need.
 */
static __always_inline __u64 ask_subjects(const struct asked *a, bool is_current, __u64 owner)
{
	struct generation g;
	const struct header *header = generation_open(&g, generation_of(a));
	__u64 found = 0;

	if (!header)
		return FOUND_BROKEN;
	if (header->cgroups)
		found = is_current ? ask_cgroups(a, current_cgroup()) : ask_cgroups_of(a, owner);
	if (!found && header->uids) {
		__u32 uid = is_current ? (__u32)bpf_get_current_uid_gid() : uid_of(owner);

		found = ask_subject(a->ip_high, a->ip_low, a->sought, SUBJECT_UID, uid);
		if (!found && header->ranges)
			found = ask_ranges(&g, header, a, uid);
	}
	return found ? found : subject_says(&g, header, a, SUBJECT_EVERYONE, 0);
}

__noinline __u64 look_up(__u64 ip_high, __u64 ip_low, __u32 sought)
{
	const struct asked a = {ip_high, ip_low, sought};

	return ask_subjects(&a, true, 0);
}

/* The same for what a socket sends, whoever is current. */
__noinline __u64 look_up_for(__u64 ip_high, __u64 ip_low, __u32 sought, __u64 owner)
{
	const struct asked a = {ip_high, ip_low, sought};

	return ask_subjects(&a, false, owner);
}

/* A bit of a filter. The place of its word is reckoned in bytes, which takes fewer instructions. */
static __always_inline bool filter_bit(const __u32 *filter, __u32 words, __u32 bit)
{
	const __u32 *word = (const void *)filter + (bit / 8 & (words - 1) * sizeof(*word));

	return *word >> bit % 32 & 1;
}

/* Whether any rule mentions the destination: nearly every call ends here. */
static __always_inline bool is_mentioned4(__be32 addr)
{
	return filter_bit(shared.filter4, FILTER_WORDS(FILTER4_BITS),
			  be32(addr) >> (shared.config.filter_shift[0] & 31));
}

static __always_inline bool is_mentioned(const union ip *ip)
{
	if (ip_is_v4(ip))
		return is_mentioned4(ip->w[3]);
	return filter_bit(shared.filter6, FILTER_WORDS(FILTER6_BITS),
			  be32(ip->w[0]) >> (shared.config.filter_shift[1] & 31));
}

static __always_inline __u64 default_action(const struct decision *d)
{
	return action_make(shared.config.settings[d->generation & 1].default_verdict, EPERM, 0, PROTO_ANY, 0);
}

/* The slot and action of what was found, which is not 0. */
static __always_inline __u32 found_rule(__u64 found, __u64 *action)
{
	*action = found >> 32;
	return (__u32)found == REF_BROKEN ? NO_SLOT : (__u32)found & ~REF_LEAF;
}

static __u32 rule_for(const struct decision *d, const union ip *ip, __u64 *action)
{
	struct asked a;
	__u64 found;

	*action = default_action(d);
	if (!is_mentioned(ip))
		return NO_SLOT;
	a = ask_for(d, ip);
	found = look_up(a.ip_high, a.ip_low, a.sought);
	return found ? found_rule(found, action) : NO_SLOT;
}

/* As last_hit_of() the time. The clock is looked at once in each tick of the kernel's timer. */
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
	__u32 slot = d->generation & 1, pair = d->slot / 2, which = d->slot % 2;
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

/* Subtracts, and does not negate: the verifier of 6.12 keeps the bounds of the one and not of the other. */
static __always_inline int refuse(__u32 error)
{
	__s64 ret = 0;

	asm volatile("%0 -= %1" : "+r"(ret) : "r"((__u64)error));
	return (int)ret;
}

/* What the mode makes of a decision. */
static __always_inline __u32 verdict_of(const struct decision *d)
{
	__u32 verdict = action_verdict(d->action);

	return verdict == VERDICT_BLOCK && shared.config.settings[d->generation & 1].mode == MODE_AUDIT ? VERDICT_AUDIT
													: verdict;
}

/* What the hook returns. */
static __always_inline int outcome(const struct decision *d, __u32 verdict)
{
	__u32 error = action_errno(d->action);

	if (verdict == VERDICT_ALLOW || verdict == VERDICT_AUDIT)
		return 0; /* a rule or the default says allow, or says only to take note */
	return error ? refuse(error) : -EPERM;
}

static __always_inline void count_total(enum hook hook, __u32 verdict)
{
	struct total *total = &shared.totals[bpf_get_smp_processor_id() & (TOTALS - 1)];

	__sync_fetch_and_add(&total->decided[hook][verdict < VERDICTS ? verdict : VERDICT_BLOCK], 1);
}

#endif
