/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program for `lsmctl test`: a socket filter without an attachment, run only by BPF_PROG_TEST_RUN. It decides a
 * hypothetical call with the same functions and subjects, in the same order, as the hooks, and counts nothing. Only
 * lsmctl.bpf.c includes this.
 */
#ifndef LSMCTL_ASK_H
#define LSMCTL_ASK_H

#include "peek.bpf.h"

struct answers {
	__u64 first;	 /* as walk() returns it: the deciding rule, or 0 */
	__u64 runner_up; /* the rule that decides without it, or 0 */
};

/* Returns what the same subject has after that rule. */
__noinline __u64 look_behind(__u64 ip_high, __u64 ip_low, __u32 call, __u32 ref)
{
	const struct query q = {.ip = {.d = {ip_high, ip_low}}, .call = call};
	const struct rule *rule;
	struct generation g;

	if (!generation_open(&g, call_generation(call)))
		return FOUND_BROKEN;
	rule = rule_at(&g, ref & ~REF_LEAF);
	return rule ? walk(&g, rule->next, &q) : FOUND_BROKEN;
}

/* Behind a rule for a name, the rules for the address count. */
__noinline int is_for_a_name(__u32 ref, __u32 generation)
{
	const struct rule *rule;
	struct generation g;

	if (ref == REF_BROKEN || !generation_open(&g, generation))
		return false;
	rule = rule_at(&g, ref & ~REF_LEAF);
	return rule && ip_is_name(&rule->ip);
}

/* Asks one subject. Returns true when the answer is complete. */
static __always_inline bool ask(struct answers *answers, const struct query *q, __u32 kind, __u64 id)
{
	__u64 found = ask_subject(q, kind, id);

	if (!answers->first) {
		answers->first = found;
		if (found && is_for_a_name(found, call_generation(q->call)))
			found = ask_rules(q->ip.d[0], q->ip.d[1], q->call, kind, id);
		else if (found)
			found = look_behind(q->ip.d[0], q->ip.d[1], q->call, found);
	}
	answers->runner_up = found;
	return found;
}

/* Asks as ask_place() does. Returns true when the answer is complete. */
static __always_inline bool ask_its_place(struct answers *answers, const struct query *q, const struct test_call *call,
					  struct __sk_buff *skb)
{
	const struct caller caller = {.skb = skb, .depth = call->cgroups - 1};
	__u32 place = place_in(call_generation(q->call), &caller);

	for (__u32 i = 0; i <= PLACE_SUBJECTS && !(place & PLACE_LOST); i++) {
		__u32 subject = place ? place_subject(place, i, call_generation(q->call)) : 0;

		if (!subject)
			return false;
		if (subject == PLACE_BROKEN)
			break;
		if (ask(answers, q, SUBJECT_CGROUP, subject))
			return true;
	}
	answers->first = FOUND_BROKEN;
	return true;
}

/* Asks as ask_ids() does: a user or a group, then the ranges with it. Returns true when the answer is complete. */
static __always_inline bool ask_all_ids(struct answers *answers, const struct query *q, __u32 kind, __u32 id)
{
	if (ask(answers, q, kind, id))
		return true;
	for (__u32 i = 0; i < ID_RANGES; i++) {
		__u64 range = range_in(call_generation(q->call), range_list(kind), i);

		if (range == NO_RANGE)
			return false;
		if (!range) {
			answers->first = FOUND_BROKEN;
			return true;
		}
		if (range_has(range, id) && ask(answers, q, range_kind(kind), range))
			return true;
	}
	return false;
}

/* Asks as look_up() does, for the given ids, cgroups and program. */
static __always_inline void ask_all(struct answers *answers, const struct query *q, const struct test_call *call,
				    struct __sk_buff *skb)
{
	if (filter_has_kind(&shared, SUBJECT_CGROUP) && call->cgroups && ask_its_place(answers, q, call, skb))
		return;
	if (ask_all_ids(answers, q, SUBJECT_UID, call->uid) || ask_all_ids(answers, q, SUBJECT_GID, call->gid))
		return;
	if (call->exe && ask(answers, q, SUBJECT_EXE, call->exe))
		return;
	ask(answers, q, SUBJECT_EVERYONE, 0);
}

SEC("socket")
int test(struct __sk_buff *skb)
{
	struct decision d = {.slot = NO_SLOT};
	struct answers answers = {};
	struct test_call call;
	struct query q;
	__u32 verdict;
	__u64 action;

	if (bpf_skb_load_bytes(skb, 0, &call, sizeof(call)))
		return -EINVAL;
	d.call = call_make(call.port & 0x1ffff, call.proto & 0x1ff, call.raw & 1, generation_now()) | CALL_ASKS;
	d.action = default_action(&d);
	q = (struct query){.ip = call.ip, .call = d.call, .socket = is_ruled() ? current_net() : 0};
	if (stands_for_name(&call.ip))
		answers.first = FOUND_BROKEN;
	else if (may_be_ruled(&call.ip) || is_mentioned(&call.ip, call_port(d.call)))
		ask_all(&answers, &q, &call, skb);
	if (answers.first)
		d.slot = found_rule(answers.first, &d.action);
	verdict = verdict_of(&d);
	skb->cb[0] = verdict;
	skb->cb[1] = (__u32)-outcome(&d, verdict);
	skb->cb[2] = d.slot;
	skb->cb[3] = answers.runner_up ? found_rule(answers.runner_up, &action) : NO_SLOT;
	skb->cb[4] = answers.first && d.slot == NO_SLOT;
	return 0;
}

#endif
