// SPDX-License-Identifier: GPL-2.0-only
/*
 * find_step_in() over any bytes reads only its lines and the name, tries at most STEP_PROBES steps, and says
 * PLACE_BROKEN when it is led past the end of the arena. Hashes are any numbers. place_text.c proves the comparison of
 * names.
 *
 * bounds: any place, names of up to 255 bytes
 * stub: step_hash:any_hash
 * cbmc: --unwind 33
 */
#include "any_place.h"

__u32 any_hash(__u32 from, __u64 hash, __u64 word)
{
	(void)from, (void)hash, (void)word;
	return nondet_u32();
}

static inline __u32 find_step(struct generation *g, __u32 places, __u32 from, __u32 len)
{
	return find_step_in(g, places, from, len);
}

static inline int text_differs(struct generation *g, __u32 line, __u32 word, __u32 at, __u32 len)
{
	assert(word == 2 && !at && len < NAME_SIZE);
	return any_answer(g);
}

static inline __u32 pattern_fits(struct generation *g, __u32 line, __u32 len)
{
	(void)g, (void)line, (void)len;
	return 0;
}

int main(void)
{
	struct generation g = any_generation();
	__u32 len = nondet_u32(), to;

	__CPROVER_assume(len < NAME_SIZE);
	to = find_step(&g, nondet_u32(), nondet_u32(), len);
	assert(!g.broken || to == PLACE_BROKEN);
	assert(g.lines <= 2 + 4 * STEP_PROBES);
	return 0;
}
