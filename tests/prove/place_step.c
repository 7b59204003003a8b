// SPDX-License-Identifier: GPL-2.0-only
/*
 * place_step() over any bytes: the step of the name, else that of the set of patterns that it matches, at most
 * PLACE_PATTERNS of them. Whatever is missing, it says PLACE_BROKEN. place_find.c and place_text.c prove the parts,
 * whose answers here are any.
 *
 * bounds: any place, names of up to 255 bytes, 4 of 32 patterns
 * cbmc: --unwind 5
 */
#define PATTERNS 4
#include "any_place.h"

static __u32 patterns, finds;

static inline __u32 find_step(struct generation *g, __u32 places, __u32 from, __u32 len)
{
	(void)places;
	finds++;
	assert(finds == 1 || (finds == 2 && set_is_name && len == 8 && from & STEP_PATTERNS));
	return any_answer(g) < 0 ? PLACE_BROKEN : nondet_u32();
}

static inline int text_differs(struct generation *g, __u32 line, __u32 word, __u32 at, __u32 len)
{
	assert(at <= NAME_SIZE && len <= NAME_SIZE - at && word <= 2 + NAME_SIZE / 8);
	return any_answer(g);
}

static inline __u32 pattern_fits(struct generation *g, __u32 line, __u32 len)
{
	patterns++;
	return pattern_fits_in(g, line, len);
}

int main(void)
{
	struct generation g = any_generation();
	__u32 len = nondet_u32(), to;

	__CPROVER_assume(len > 0 && len < NAME_SIZE);
	to = place_step(&g, nondet_u32(), nondet_u32(), len);
	assert(!g.broken || to == PLACE_BROKEN);
	assert(patterns <= PLACE_PATTERNS);
	assert(!set_is_name || any_set < (__u64)1 << PLACE_PATTERNS);
	return 0;
}
