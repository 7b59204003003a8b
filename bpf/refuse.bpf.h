/* SPDX-License-Identifier: GPL-2.0-only */
/* Refuses calls for their kind, whatever their destination. Only lsmctl.bpf.c includes this. */
#ifndef LSMCTL_REFUSE_H
#define LSMCTL_REFUSE_H

/* True when the default or a rule may refuse something. */
static __always_inline bool policy_blocks(__u32 generation)
{
	struct generation g;
	const struct header *header;

	if (shared.config.settings[generation & 1].default_verdict != VERDICT_ALLOW)
		return true;
	header = generation_open(&g, generation);
	return !header || header->blocking;
}

/* The same, or the run of the current process. */
static __always_inline bool anything_blocks(__u32 generation)
{
	return policy_blocks(generation) || current_run();
}

/* Returns the refusal of a kind of call: by the policy, or by the run. A run that only records lets it pass. */
__noinline __u64 refusal(__u32 generation)
{
	const __u64 by_policy = action_make(VERDICT_BLOCK, EPERM, 0, PROTO_ANY, 0);
	__u64 run = current_run();

	if (!run)
		return by_policy;
	if (!is_audited(run))
		return by_run(VERDICT_BLOCK);
	return shared.config.settings[generation & 1].strict || policy_blocks(generation) ? by_policy
											  : by_run(VERDICT_AUDIT);
}

/* See refuse_kind(). A separate function, so that the verifier checks it once. */
__noinline int settle_kind(__u32 hook, __u32 generation)
{
	const struct decision d = {.slot = NO_SLOT,
				   .call = call_make(NO_PORT, PROTO_ANY, 0, generation & 1),
				   .hook = hook,
				   .action = refusal(generation)};

	return hook < HOOKS ? settle(&d) : -EPERM; /* all are: the verifier cannot know */
}

/* Refuses a kind of call, whatever its destination. */
static __always_inline int refuse_kind(enum hook hook, __u32 generation)
{
	return settle_kind(hook, generation) ? -EPERM : 0; /* the verifier, from 6.12 on, knows no bounds of it */
}

#endif
