/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program for `lsmctl test`: a socket filter without an attachment, run only by BPF_PROG_TEST_RUN. It decides a
 * hypothetical call with the same functions and subjects, in the same order, as the hooks, and counts nothing. Only
 * lsmctl.bpf.c includes this.
 */
#ifndef LSMCTL_ASK_H
#define LSMCTL_ASK_H

#include "peek.bpf.h"

/* Separate functions, so that their cases and those of the loops around them do not multiply each other. */

/* Returns what the same subject has after that rule. Behind a rule for a name, the rules for the address count. */
__noinline __u64 ask_behind(__u64 ip_high, __u64 ip_low, __u64 call, __u64 id, __u32 ref)
{
	const struct query q = {.ip = {.d = {ip_high, ip_low}}, .call = call};
	const struct rule *rule;
	struct generation g;

	if (!generation_open(&g, call_generation(call)))
		return FOUND_BROKEN;
	rule = rule_at(&g, ref & ~REF_LEAF);
	if (rule && ip_is_name(&rule->ip))
		return ask_rules(ip_high, ip_low, call, call >> KIND_SHIFT, id);
	return rule ? walk_rest(&q, rule->next, WALK_STEPS) : FOUND_BROKEN;
}

/* Asks one subject, as if it had no rule with this ref. call: with the kind. */
__noinline __u64 ask_without(__u64 ip_high, __u64 ip_low, __u64 call, __u64 id, __u32 ref)
{
	const struct query q = {.ip = {.d = {ip_high, ip_low}}, .call = call, .socket = is_ruled() ? current_net() : 0};
	__u64 found = ask_subject(&q, call >> KIND_SHIFT, id);

	return found && (__u32)found == ref ? ask_behind(ip_high, ip_low, call, id, ref) : found;
}

/* Returns the place of the cgroups in a packet, as current_place() does. depth: of the last. */
__noinline __u32 place_in_packet(struct __sk_buff *skb, __u32 generation, __u32 depth)
{
	const struct caller caller = {.skb = skb, .depth = depth};

	return place_in(generation, &caller);
}

/* A call that subjects are asked about, one after the other. */
struct asking {
	struct test_call call;
	__u32 bits; /* call_make() */
	__u32 ref;  /* of a rule that does not count; 0: all do */
};

static __always_inline __u64 ask(const struct asking *a, __u32 kind, __u64 id)
{
	return ask_without(a->call.ip.d[0], a->call.ip.d[1], a->bits | (__u64)kind << KIND_SHIFT, id, a->ref);
}

/* Asks as ask_place() does. */
static __always_inline __u64 ask_its_place(const struct asking *a, struct __sk_buff *skb)
{
	__u32 generation = call_generation(a->bits), place = place_in_packet(skb, generation, a->call.cgroups - 1);

	if (place & PLACE_LOST)
		return FOUND_BROKEN;
	for (__u32 i = 0; i < PLACE_SUBJECTS; i++) {
		__u32 subject = place ? place_subject(place, i, generation) : 0;
		__u64 found;

		if (!subject)
			break;
		if (subject == PLACE_BROKEN)
			return FOUND_BROKEN;
		found = ask(a, SUBJECT_CGROUP, subject);
		if (found)
			return found;
	}
	return 0;
}

/* Asks as ask_ids() does: a user or a group, then the ranges with it. */
static __always_inline __u64 ask_all_ids(const struct asking *a, __u32 kind, __u32 id)
{
	__u64 found = ask(a, kind, id);

	for (__u32 i = 0; i < ID_RANGES && !found; i++) {
		__u64 range = range_in(call_generation(a->bits), range_list(kind), i);

		if (range == NO_RANGE)
			break;
		if (!range)
			return FOUND_BROKEN;
		if (range_has(range, id))
			found = ask(a, range_kind(kind), range);
	}
	return found;
}

/* Asks as look_up() does, for the ids, cgroups and program in a packet. Without the rule with this ref. */
__noinline __u64 ask_all(struct __sk_buff *skb, __u32 call, __u32 ref)
{
	struct asking a = {.bits = call, .ref = ref};
	__u64 found = 0;

	if (bpf_skb_load_bytes(skb, 0, &a.call, sizeof(a.call)))
		return FOUND_BROKEN;
	if (filter_has_kind(&shared, SUBJECT_CGROUP) && a.call.cgroups)
		found = ask_its_place(&a, skb);
	if (!found)
		found = ask_all_ids(&a, SUBJECT_UID, a.call.uid);
	if (!found)
		found = ask_all_ids(&a, SUBJECT_GID, a.call.gid);
	if (!found && a.call.exe)
		found = ask(&a, SUBJECT_EXE, a.call.exe);
	return found ? found : ask(&a, SUBJECT_EVERYONE, 0);
}

SEC("socket")
int test(struct __sk_buff *skb)
{
	struct decision d = {.slot = NO_SLOT};
	__u64 found = 0, runner_up = 0, action;
	struct test_call call;
	__u32 verdict;

	if (bpf_skb_load_bytes(skb, 0, &call, sizeof(call)))
		return -EINVAL;
	d.call = call_make(call.port & 0x1ffff, call.proto & 0x1ff, call.raw & 1, generation_now()) | CALL_ASKS;
	d.action = default_action(&d);
	if (stands_for_name(&call.ip))
		found = FOUND_BROKEN;
	else if (may_be_ruled(&call.ip) || is_mentioned(&call.ip, call_port(d.call)))
		found = ask_all(skb, d.call, 0);
	if (found) {
		d.slot = found_rule(found, &d.action);
		runner_up = d.slot == NO_SLOT ? 0 : ask_all(skb, d.call, found);
	}
	verdict = verdict_of(&d);
	skb->cb[0] = verdict;
	skb->cb[1] = (__u32)-outcome(&d, verdict);
	skb->cb[2] = d.slot;
	skb->cb[3] = runner_up ? found_rule(runner_up, &action) : NO_SLOT;
	skb->cb[4] = found && d.slot == NO_SLOT;
	return 0;
}

#endif
