/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program that `lsmctl test` runs: a socket filter that is attached to nothing, and is only ever run by
 * BPF_PROG_TEST_RUN. It asks the same subjects in the same order as the hooks, by the same functions, of a call that
 * nobody makes, and counts nothing. Included by lsmctl.bpf.c alone.
 */
#ifndef LSMCTL_TEST_H
#define LSMCTL_TEST_H

struct found {
	__u32 ref;	 /* of the rule that decides, or 0 */
	__u32 runner_up; /* of the one that would without it, or 0 */
};

/* What would have been found for the same subject without the rule of this ref. */
static __always_inline __u32 next_rule(const struct asked *a, __u32 ref)
{
	__u32 slot = a->generation & 1;
	void *inner = bpf_map_lookup_elem(&rules, &slot);
	const struct rule *rule;

	slot = ref & ~REF_LEAF;
	rule = inner ? bpf_map_lookup_elem(inner, &slot) : NULL;
	if (!rule)
		return REF_BROKEN;
	return rule->next ? rule_behind(a->ip_high, a->ip_low, rule->next, a->sought, a->generation) : 0;
}

/* One subject's say. Whether there is nothing more to look for. */
static __always_inline bool find_in(struct found *found, const struct asked *a, __u32 kind, __u64 id)
{
	__u32 ref = ask_subject(a, kind, id);

	if (!found->ref) {
		found->ref = ref;
		ref = ref ? next_rule(a, ref) : 0;
	}
	found->runner_up = ref;
	return ref;
}

/* As rule_in_tables(), of the uid and cgroups that are told. */
static __always_inline void find(struct found *found, const struct asked *a, const struct test_call *call,
				 struct __sk_buff *skb)
{
	const struct header *header = header_of(a->generation);

	if (!header || (header->cgroups && call->cgroups > CGROUP_DEPTH)) {
		found->ref = REF_BROKEN;
		return;
	}
	for (__u32 i = 0; i < CGROUP_DEPTH && header->cgroups; i++) {
		__u64 id;

		if (i >= call->cgroups || bpf_skb_load_bytes(skb, sizeof(*call) + i * sizeof(id), &id, sizeof(id)))
			break;
		if (find_in(found, a, SUBJECT_CGROUP, id))
			return;
	}
	if (header->uids && find_in(found, a, SUBJECT_UID, call->uid))
		return;
	find_in(found, a, SUBJECT_EVERYONE, 0);
}

SEC("socket")
int test(struct __sk_buff *skb)
{
	struct decision d = {.generation = generation_now(), .slot = NO_SLOT};
	struct found found = {};
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

		find(&found, &a, &call, skb);
	}
	if (found.ref)
		d.slot = rule_of(&d, found.ref, &d.action);
	verdict = verdict_of(&d);
	skb->cb[0] = verdict;
	skb->cb[1] = (__u32)-outcome(&d, verdict);
	skb->cb[2] = d.slot;
	skb->cb[3] = found.runner_up ? rule_of(&d, found.runner_up, &action) : NO_SLOT;
	skb->cb[4] = found.ref && d.slot == NO_SLOT;
	return 0;
}

#endif
