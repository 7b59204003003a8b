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
	__uint(value_size, sizeof(struct line)); /* by size: clang leaves the type out */
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

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VERDICTS);
	__type(key, __u32);
	__type(value, __u64);
} totals SEC(".maps");

/* Once a call, so that no call sees two rulesets. The clock is looked at only while there is a trial. */
static __always_inline __u32 generation_now(void)
{
	return shared.config.trial_until ? generation_at(&shared.config, bpf_ktime_get_boot_ns())
					 : shared.config.generation;
}

struct generation {
	void *arena;
	void *rules;
	__u32 number;
};

static __always_inline const struct line *line_at(const struct generation *g, __u32 line)
{
	return bpf_map_lookup_elem(g->arena, &line);
}

static __always_inline const struct rule *rule_at(const struct generation *g, __u32 slot)
{
	return bpf_map_lookup_elem(g->rules, &slot);
}

/* A call, in as few numbers as a function of its own may have. */
struct asked {
	__u64 ip_high, ip_low;
	__u32 sought; /* port | proto << 17 | raw << 26 */
	__u32 generation;
};

static __always_inline struct asked ask_for(const struct decision *d, const union ip *ip)
{
	return (struct asked){
		.ip_high = (__u64)ip->w[0] << 32 | ip->w[1],
		.ip_low = (__u64)ip->w[2] << 32 | ip->w[3],
		.sought = d->port | d->proto << 17 | d->raw << 26,
		.generation = d->generation,
	};
}

static __always_inline union ip ip_of(__u64 high, __u64 low)
{
	union ip ip = {.w = {(__u32)(high >> 32), (__u32)high, (__u32)(low >> 32), (__u32)low}};

	return ip;
}

/*
 * The two halves of the walk. Functions of their own, of numbers only, so that the verifier looks at each once, however
 * often it is called and whatever it was called with; 5.10 knows no pointers here.
 */
__noinline __u32 leaf_under(__u64 ip_high, __u64 ip_low, __u32 root, __u32 generation)
{
	__u32 slot = generation & 1;
	struct generation g = {.arena = bpf_map_lookup_elem(&arenas, &slot)};
	const union ip ip = ip_of(ip_high, ip_low);

	return g.arena ? trie_leaf(&g, root, &ip) : REF_BROKEN;
}

/* Apart from the loop that calls it, whose ways would be many for the verifier. */
__noinline int extra_over(__u32 extra, __u32 generation)
{
	__u32 slot = generation & 1;
	void *arena = bpf_map_lookup_elem(&arenas, &slot);
	const struct extra *e = arena ? bpf_map_lookup_elem(arena, &extra) : NULL;

	return e && extra_is_over(e, bpf_ktime_get_boot_ns());
}

static __always_inline int is_over(const struct generation *g, __u32 extra)
{
	return extra_over(extra, g->number);
}

/* The ref of the rule that decides, from a leaf on, 0 for none. sought: see struct asked. */
__noinline __u32 rule_behind(__u64 ip_high, __u64 ip_low, __u32 leaf, __u32 sought, __u32 generation)
{
	const struct query q = {.ip = ip_of(ip_high, ip_low),
				.port = sought & 0x1ffff,
				.proto = sought >> 17 & 0x1ff,
				.raw = sought >> 26 & 1};
	__u32 slot = generation & 1;
	struct generation g = {.arena = bpf_map_lookup_elem(&arenas, &slot),
			       .rules = bpf_map_lookup_elem(&rules, &slot),
			       .number = generation};

	return g.arena && g.rules ? walk(&g, leaf, &q) : REF_BROKEN;
}

/* The root of a subject's rules: 0 when it has none. */
__noinline __u32 subject_root_of(__u32 kind, __u64 id, __u32 family, __u32 generation)
{
	__u32 slot = generation & 1;
	struct generation g = {.arena = bpf_map_lookup_elem(&arenas, &slot)};
	const struct header *header = g.arena ? (const struct header *)line_at(&g, 0) : NULL;

	return header ? subject_root(&g, header, kind, id, family) : REF_BROKEN;
}

/* One subject's say. */
static __always_inline __u32 ask_subject(const struct asked *a, __u32 kind, __u64 id)
{
	bool v6 = a->ip_high || (__u32)(a->ip_low >> 32) != MAPPED_PREFIX;
	__u32 root = subject_root_of(kind, id, v6, a->generation);

	__u32 leaf = root ? leaf_under(a->ip_high, a->ip_low, root, a->generation) : 0;

	return leaf ? rule_behind(a->ip_high, a->ip_low, leaf, a->sought, a->generation) : 0;
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
static __always_inline __u32 ask_cgroups(const struct asked *a, const struct cgroup *cgroup)
{
	int depth = BPF_CORE_READ(cgroup, level);

	if (depth >= CGROUP_DEPTH)
		return REF_BROKEN;
	for (int up = 0; up < CGROUP_DEPTH; up++) {
		__u32 level = (__u32)(depth - up), ref;
		__u64 id;

		if (level >= CGROUP_DEPTH)
			break;
		if (bpf_core_field_exists(cgroup->ancestors))
			id = ancestor_id(cgroup, level);
		else
			id = ancestor_id_before_6_1((const void *)cgroup, level);
		ref = ask_subject(a, SUBJECT_CGROUP, id);
		if (ref)
			return ref;
	}
	return 0;
}

/* Which subjects some rule is about, and everyone; NULL: the tables are not what they must be. */
static __always_inline const struct header *header_of(__u32 generation)
{
	__u32 slot = generation & 1;
	struct generation g = {.arena = bpf_map_lookup_elem(&arenas, &slot)};

	return g.arena ? (const struct header *)line_at(&g, 0) : NULL;
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

static __always_inline __u32 ask_cgroups_of(const struct asked *a, __u64 owner)
{
	const struct cgroup *cgroup = cgroup_of(owner);

	return cgroup ? ask_cgroups(a, cgroup) : ask_subject(a, SUBJECT_CGROUP, ROOT_CGROUP);
}

/*
 * The ref of the rule for a destination that some rule mentions, 0 for none: subjects from narrow to wide. They are the
 * current process's, or the owner's, a socket, where it is not current that sends. is_current is a constant: programs
 * of one type have not got the helpers that those of the other need.
 */
static __always_inline __u32 ask_subjects(const struct asked *a, bool is_current, __u64 owner)
{
	const struct header *header = header_of(a->generation);
	__u32 ref = 0;

	if (!header)
		return REF_BROKEN;
	if (header->cgroups)
		ref = is_current ? ask_cgroups(a, current_cgroup()) : ask_cgroups_of(a, owner);
	if (!ref && header->uids)
		ref = ask_subject(a, SUBJECT_UID, is_current ? (__u32)bpf_get_current_uid_gid() : uid_of(owner));
	return ref ? ref : ask_subject(a, SUBJECT_EVERYONE, 0);
}

__noinline __u32 rule_in_tables(__u64 ip_high, __u64 ip_low, __u32 sought, __u32 generation)
{
	const struct asked a = {ip_high, ip_low, sought, generation};

	return ask_subjects(&a, true, 0);
}

/* The same for what a socket sends, whoever is current. */
__noinline __u32 rule_in_tables_for(__u64 ip_high, __u64 ip_low, __u32 sought, __u32 generation, __u64 owner)
{
	const struct asked a = {ip_high, ip_low, sought, generation};

	return ask_subjects(&a, false, owner);
}

/* Whether any rule mentions the destination: nearly every call ends here. */
static __always_inline bool is_mentioned4(__be32 addr)
{
	__u32 bit = be32(addr) >> (shared.config.filter_shift[0] & 31);

	return shared.filter4[bit / 32 % FILTER_WORDS(FILTER4_BITS)] >> bit % 32 & 1;
}

static __always_inline bool is_mentioned(const union ip *ip)
{
	__u32 bit, word;

	if (ip_is_v4(ip))
		return is_mentioned4(ip->w[3]);
	bit = be32(ip->w[0]) >> (shared.config.filter_shift[1] & 31);
	word = shared.filter6[bit / 32 % FILTER_WORDS(FILTER6_BITS)];
	return word >> bit % 32 & 1;
}

static __always_inline __u64 default_action(const struct decision *d)
{
	return action_make(shared.config.settings[d->generation & 1].default_verdict, EPERM, 0, PROTO_ANY, 0);
}

/* A ref that is not 0 to the slot and action of its rule. */
static __always_inline __u32 rule_of(const struct decision *d, __u32 ref, __u64 *action)
{
	__u32 slot = d->generation & 1;
	void *inner = bpf_map_lookup_elem(&rules, &slot);
	const struct rule *rule = NULL;

	slot = ref & ~REF_LEAF;
	if (inner && ref != REF_BROKEN)
		rule = bpf_map_lookup_elem(inner, &slot);
	if (!rule) {
		/* The tables are not what they must be, or a cgroup is too deep: closed. */
		*action = action_make(VERDICT_BLOCK, EPERM, 0, PROTO_ANY, 0);
		return NO_SLOT;
	}
	*action = rule->action;
	return slot;
}

static __u32 rule_for(const struct decision *d, const union ip *ip, __u64 *action)
{
	struct asked a;
	__u32 ref;

	*action = default_action(d);
	if (!is_mentioned(ip))
		return NO_SLOT;
	a = ask_for(d, ip);
	ref = rule_in_tables(a.ip_high, a.ip_low, a.sought, a.generation);
	return ref ? rule_of(d, ref, action) : NO_SLOT;
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
	found->last_hit[which] = last_hit_of(bpf_ktime_get_boot_ns());
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

static __always_inline void count_total(__u32 verdict)
{
	__u64 *total = bpf_map_lookup_elem(&totals, &verdict);

	if (total)
		*total += 1;
}

#endif
