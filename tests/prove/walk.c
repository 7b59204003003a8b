// SPDX-License-Identifier: GPL-2.0-only
/*
 * walk() over any bytes reads only its rules, at most STEPS of them, and says FOUND_BROKEN when a rule or an extra is
 * missing, when a prefix is longer than an address, and when there are more rules. This is the real matcher, with fewer
 * steps than WALK_STEPS; steps.c has all the steps, with any answers of the matcher.
 *
 * bounds: any ref, any call, 8 of 128 steps
 * cbmc: -DSTEPS=8 --unwind 9
 */
#include "any.h"

int main(void)
{
	struct generation g = {0};
	const struct query q = any_query();
	__u32 ref = nondet_u32();
	__u64 found = walk(&g, ref, &q);

	assert(g.rules <= STEPS);
	assert(!g.broken || found == FOUND_BROKEN);
	assert(ref || !found);
	/* A rule that decides matches, and is the last one that was looked at. */
	if (found && found != FOUND_BROKEN) {
		assert((__u32)(found >> 32) == (__u32)any_rule.action);
		assert(action_len(any_rule.action) <= 128 && (__u32)found);
		assert(!prefix_differs(&any_rule.ip, action_len(any_rule.action), &q.ip));
	}
	return 0;
}
