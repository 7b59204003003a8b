/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program that `lsmctl test` runs: a socket filter that is attached to nothing, and is only ever run by
 * BPF_PROG_TEST_RUN. It asks the same subjects in the same order as the hooks, by the same functions, of a call that
 * nobody makes, and counts nothing. Included by lsmctl.bpf.c alone.
 */
#ifndef LSMCTL_TEST_H
#define LSMCTL_TEST_H

struct answers {
	__u64 first;	 /* as walk(): what decides, or 0 */
	__u64 runner_up; /* what would without it, or 0 */
};

/* What would have been found for the same subject without that rule. */
__noinline __u64 look_behind(__u64 ip_high, __u64 ip_low, __u32 sought, __u32 ref)
{
	const struct asked a = {ip_high, ip_low, sought};
	const struct query q = query_of(&a);
	const struct rule *rule;
	struct generation g;

	if (!generation_open(&g, generation_of(&a)))
		return FOUND_BROKEN;
	rule = rule_at(&g, ref & ~REF_LEAF);
	return rule ? walk(&g, rule->next, &q) : FOUND_BROKEN;
}

/* One subject's say. Whether there is nothing more to look for. */
static __always_inline bool ask(struct answers *answers, const struct asked *a, __u32 kind, __u64 id)
{
	__u64 found = ask_subject(a->ip_high, a->ip_low, a->sought, kind, id);

	if (!answers->first) {
		answers->first = found;
		found = found ? look_behind(a->ip_high, a->ip_low, a->sought, found) : 0;
	}
	answers->runner_up = found;
	return found;
}

/* As look_up(), of the uid and cgroups that are told. */
static __always_inline void ask_all(struct answers *answers, const struct asked *a, const struct test_call *call,
				    struct __sk_buff *skb)
{
	struct generation g;
	const struct header *header = generation_open(&g, generation_of(a));

	if (!header || (header->cgroups && call->cgroups > CGROUP_DEPTH)) {
		answers->first = FOUND_BROKEN;
		return;
	}
	for (__u32 i = 0; i < CGROUP_DEPTH && header->cgroups; i++) {
		__u64 id;

		if (i >= call->cgroups || bpf_skb_load_bytes(skb, sizeof(*call) + i * sizeof(id), &id, sizeof(id)))
			break;
		if (ask(answers, a, SUBJECT_CGROUP, id))
			return;
	}
	if (header->uids && ask(answers, a, SUBJECT_UID, call->uid))
		return;
	for (__u32 i = 0; i < UID_RANGES && i < header->ranges; i++) {
		__u64 id = uids_at(&g, header, i);

		if (!id) {
			answers->first = FOUND_BROKEN;
			return;
		}
		if (uids_have(id, call->uid) && ask(answers, a, SUBJECT_UIDS, id))
			return;
	}
	ask(answers, a, SUBJECT_EVERYONE, 0);
}

SEC("socket")
int test(struct __sk_buff *skb)
{
	struct decision d = {.generation = generation_now(), .slot = NO_SLOT};
	struct answers answers = {};
	struct test_call call;
	__u32 verdict;
	__u64 action;

	if (bpf_skb_load_bytes(skb, 0, &call, sizeof(call)))
		return -EINVAL;
	d.proto = call.proto & 0x1ff;
	d.raw = call.raw & 1;
	d.port = call.port & 0x1ffff;
	d.action = default_action(&d);
	if (is_mentioned(&call.ip)) {
		const struct asked a = ask_for(&d, &call.ip);

		ask_all(&answers, &a, &call, skb);
	}
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
