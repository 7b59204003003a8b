// SPDX-License-Identifier: GPL-2.0-only
/*
 * All of what a program does for one subject, over any bytes: from the subject to its root, from there to the leaf, and
 * along the rules. Whatever look finds nothing, the answer is FOUND_BROKEN, which blocks. See ask_subject().
 *
 * bounds: any subject, any call, 4 of 128 steps
 * cbmc: -DSTEPS=4 --unwind 17
 */
#include "any.h"

int main(void)
{
	struct generation g = {0};
	const struct header h = nondet_header();
	const struct query q = any_query();
	__u32 root = subject_root(&g, &h, nondet_u32(), nondet_u64(), !ip_is_v4(&q.ip));
	__u64 found = walk(&g, trie_leaf(&g, root, &q.ip), &q);

	assert(g.lines <= 2 * SUBJECT_PROBES + 2 * 16 && g.rules <= STEPS);
	assert(!g.broken || found == FOUND_BROKEN);
	assert(action_verdict(FOUND_BROKEN >> 32) == VERDICT_BLOCK && action_errno(FOUND_BROKEN >> 32) == 1);
	return 0;
}
