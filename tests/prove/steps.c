// SPDX-License-Identifier: GPL-2.0-only
/*
 * walk() as in walk.c, for as many steps as it takes, with any answers of the matcher: it ends, and a walk that does
 * not find an end within WALK_STEPS rules is FOUND_BROKEN.
 *
 * bounds: any ref, any answers, all 128 steps
 * stub: rule_matches:any_answer rule_at:a_rule
 * cbmc: --unwind 129
 */
#include "any.h"

static struct rule a;
static __u32 looks;
static _Bool broken;

const struct rule *a_rule(struct generation *g, __u32 slot)
{
	(void)g;
	looks++;
	if (slot >= MAX_SLOTS) {
		broken = 1;
		return NULL;
	}
	a.action = nondet_u32();
	a.next = nondet_u32();
	return &a;
}

int any_answer(struct generation *g, const struct rule *rule, const struct query *q)
{
	(void)g, (void)rule, (void)q;
	if (nondet_bool()) {
		broken = 1;
		return -1;
	}
	return nondet_bool();
}

int main(void)
{
	struct generation g = {0};
	const struct query q = any_query();
	__u64 found = walk(&g, nondet_u32(), &q);

	assert(looks <= WALK_STEPS);
	assert(!broken || found == FOUND_BROKEN);
	assert(looks < WALK_STEPS || found || !a.next);
	return 0;
}
