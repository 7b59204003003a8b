/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks the rules of one subject about a destination: for its address, and for its names (ruled.h). For BPF only. See
 * lookup.bpf.h for the form, and for the subjects.
 */
#ifndef LSMCTL_SUBJECT_H
#define LSMCTL_SUBJECT_H

#include "maps.bpf.h"
#include "ruled.bpf.h"

static __always_inline int is_over(struct generation *g, __u32 extra)
{
	const struct extra *e = NULL;
	const struct chunk *lines;
	__u32 key = g->number & 1;
	void *arena;

	arena = bpf_map_lookup_elem(&arenas, &key); /* not the struct's, which takes more stack */
	key = extra / CHUNK_LINES;
	lines = arena ? bpf_map_lookup_elem(arena, &key) : NULL;
	if (lines)
		e = (const struct extra *)&lines->lines[extra % CHUNK_LINES];
	return e ? extra_is_over(e, bpf_ktime_get_boot_ns()) : -1;
}

static __always_inline void *rules_of(__u32 number)
{
	__u32 key = number & 1;

	return bpf_map_lookup_elem(&rules, &key);
}

/*
 * The verifier looks at each step of a loop anew. So a walk takes its first steps in ask_rules(), where nearly every
 * walk ends, and others in walk_on(), a function of its own that the verifier checks once.
 */
#define WALK_FIRST 8
#define WALK_MORE  12

/* What a part of a walk has found: nothing yet, it goes on at the ref below. No rule's action has such a length. */
#define GOES_ON (0xffffffffull << 32)

/* Returns what the next steps find, or where they go on. */
__noinline __u64 walk_on(__u64 ip_high, __u64 ip_low, __u32 call, __u32 ref)
{
	const struct query q = {.ip = {.d = {ip_high, ip_low}}, .call = call};
	struct generation g = {.number = call_generation(call), .rules = rules_of(call_generation(call))};
	__u64 found;

	if (!g.rules)
		return FOUND_BROKEN;
	found = walk_part(&g, &ref, &q, WALK_MORE);
	return ref ? GOES_ON | ref : found;
}

/* Goes on as walk() does, for as many steps or a few more. */
static __always_inline __u64 walk_rest(const struct query *q, __u32 ref, __u32 steps)
{
	for (__u32 i = 0; i < (steps + WALK_MORE - 1) / WALK_MORE; i++) {
		__u64 found = walk_on(q->ip.d[0], q->ip.d[1], q->call, ref);

		if (found < GOES_ON)
			return found;
		ref = found;
	}
	return FOUND_BROKEN;
}

/*
 * Walks the rules of one subject. Returns what walk() returns. id: of a cgroup, the subject's index. A separate
 * function, so that the verifier checks the walk once.
 */
__noinline __u64 ask_rules(__u64 ip_high, __u64 ip_low, __u32 call, __u32 kind, __u64 id)
{
	const struct query q = {.ip = {.d = {ip_high, ip_low}}, .call = call};
	const struct header *header;
	struct generation g;
	__u32 ref;
	__u64 found;

	header = generation_open(&g, call_generation(call));
	if (!header)
		return FOUND_BROKEN;
	ref = subject_root(&g, header, kind, id, ip_v4_mask(&q.ip) + 1);
	ref = trie_leaf(&g, ref, &q.ip);
	found = walk_part(&g, &ref, &q, WALK_FIRST);
	return ref ? walk_rest(&q, ref, WALK_STEPS - WALK_FIRST) : found;
}

/* Above a call: the kind of a subject; whether its address is local. */
#define KIND_SHIFT  32
#define LOCAL_SHIFT 63

/* A separate function, so that its many cases do not multiply those of who calls it. */
__noinline int is_local(__u64 ip_high, __u64 ip_low)
{
	const union ip ip = {.d = {ip_high, ip_low}};

	return ip_is_local(&ip);
}

/*
 * An address that a rule for a name lets through keeps the name, but not beyond keep_most after the last answer. rank:
 * of the rule.
 */
static __always_inline void keep_ruled(struct ruled *there, __u64 rank, __u32 generation)
{
	const struct settings *settings = &shared.config.settings[generation & 1];
	__u32 now = seconds_now(), keep_least = settings_keep_least(settings), keep_most = settings_keep_most(settings);

	for (__u32 i = 0; i < RULED_IDS; i++) {
		struct ruled_id *at = &there->at[i];
		__u32 until = now + keep_least, most = at->asked + keep_most;

		until = until < most ? until : most;
		if (name_rank(0, at->id) == rank && at->until > now && at->until < until)
			at->until = until;
	}
}

/*
 * Asks the rules of one subject, for an address and for its names. Refuses when a name is missing here. call: with the
 * kind. A separate function, so that the verifier checks it once. It and what it calls have little on the stack: that
 * of 5.10 is full.
 */
__noinline __u64 ask_both(__u64 ip_high, __u64 ip_low, __u64 call, __u64 id, __u64 socket)
{
	const union ip ip = {.d = {ip_high, ip_low}}, resolvers = name_ip(RESOLVERS_ID);
	__u64 best = ask_rules(ip_high, ip_low, call, call >> KIND_SHIFT, id), best_rank;
	struct ruled *there;

	if (decides_alone(best))
		return best;
	asm volatile("" : "+r"(call)); /* computes anew what it needs of it: the stack has no room */
	if (is_ruled_resolver(&ip, call_generation(call))) {
		__u64 found;

		asm volatile("" : "+r"(call));
		found = ask_rules(resolvers.d[0], resolvers.d[1], call, call >> KIND_SHIFT, id);
		if (is_broken(found) || is_for_name(found))
			return found; /* as a rule for exactly the address would */
	}
	if (!may_have_name(&ip))
		return best;
	if (!socket)
		return FOUND_BROKEN; /* nobody can tell which names the address has: see judge_ip() */
	best_rank = address_rank(best, ip_v4_mask(&ip) & 1);
	call |= (__u64)is_local(ip_high, ip_low) << LOCAL_SHIFT;
	there = find_ruled(ip_high, ip_low, call_asks(call) ? socket : net_of_socket(socket));
	if (!there)
		return best; /* another address has the same hash, or this one was forgotten */
	if (there->lost > seconds_now())
		return FOUND_BROKEN;
	for (__u32 i = 0; i < RULED_IDS; i++) {
		__u32 until = *(const volatile __u32 *)&there->at[i].until; /* first: see rule_address() */
		__u64 name = there->at[i].id, named, rank;
		union ip as;

		if (!name || until <= seconds_now())
			continue;
		as = name_ip(name);
		named = ask_rules(as.d[0], as.d[1], call, call >> KIND_SHIFT & 0xff, id);
		if (!is_broken(named) && !holds_for(named, call >> LOCAL_SHIFT))
			continue;
		rank = name_rank(named, name);
		if (rank > best_rank) {
			best = named;
			best_rank = rank;
		}
	}
	if (!call_asks(call))
		keep_ruled(there, best_rank, call_generation(call));
	return best;
}

/* False when no rule is for a subject. Only a command that publishes rules writes the filter. */
static __always_inline bool has_rules(__u32 kind, __u64 id)
{
	if (kind == SUBJECT_EVERYONE)
		return filter_has_kind(&shared, kind);
	return kind == SUBJECT_CGROUP || filter_has_subject(&shared, kind, id);
}

static __always_inline __u64 ask_subject(const struct query *q, __u32 kind, __u64 id)
{
	if (!has_rules(kind, id))
		return 0;
	if (!shared.config.special.ruled) /* no rule is for a name or for "resolvers" */
		return ask_rules(q->ip.d[0], q->ip.d[1], q->call, kind, id);
	return ask_both(q->ip.d[0], q->ip.d[1], q->call | (__u64)kind << KIND_SHIFT, id, q->socket);
}

#endif
