// SPDX-License-Identifier: GPL-2.0-only
/*
 * walk() over rules that are linked in any way finds the first of them that matches, or none; a ring, a slot that does
 * not exist and a longer chain are FOUND_BROKEN. What matches is any of them: match.c proves the matcher.
 *
 * bounds: any links of 5 rules
 * stub: rule_matches:as_said rule_at:rule_of
 * cbmc: -DSTEPS=5 --unwind 7
 */
#include "any.h"

static struct rule rules[STEPS];
static int said[STEPS];

const struct rule *rule_of(struct generation *g, __u32 slot)
{
	(void)g;
	return slot < STEPS ? &rules[slot] : NULL;
}

int as_said(struct generation *g, const struct rule *rule, const struct query *q)
{
	(void)g, (void)q;
	return said[rule->id];
}

int main(void)
{
	struct generation g = {0};
	const struct query q = any_query();
	__u32 ref = nondet_u32(), at, steps = 0;
	__u64 want = 0;

	for (__u32 i = 0; i < STEPS; i++) {
		rules[i] = nondet_rule();
		rules[i].id = i;
		said[i] = nondet_int();
		__CPROVER_assume(said[i] >= -1 && said[i] <= 1);
	}
	for (at = ref; at && !want; at = rules[at & ~REF_LEAF].next, steps++) {
		const struct rule *rule = (at & ~REF_LEAF) < STEPS ? &rules[at & ~REF_LEAF] : NULL;

		if (steps == STEPS || !rule || action_len(rule->action) > 128 || said[rule->id] < 0) {
			want = FOUND_BROKEN;
			break;
		}
		if (said[rule->id])
			want = (rule->action & 0xffffffff) << 32 | at;
	}
	assert(walk(&g, ref, &q) == want);
	return 0;
}
