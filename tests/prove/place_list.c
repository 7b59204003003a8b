// SPDX-License-Identifier: GPL-2.0-only
/*
 * place_subject_at() over any bytes reads only its lines, and says PLACE_BROKEN when one is missing, and when a list is
 * longer than a call asks.
 *
 * bounds: any place, any number in its list
 * cbmc: --unwind 2
 */
#include "any_place.h"

static inline __u32 find_step(struct generation *g, __u32 places, __u32 from, __u32 len)
{
	(void)g, (void)places, (void)from, (void)len;
	return 0;
}

static inline int text_differs(struct generation *g, __u32 line, __u32 word, __u32 at, __u32 len)
{
	(void)g, (void)line, (void)word, (void)at, (void)len;
	return 0;
}

static inline __u32 pattern_fits(struct generation *g, __u32 line, __u32 len)
{
	(void)g, (void)line, (void)len;
	return 0;
}

int main(void)
{
	struct generation g = any_generation();
	__u32 i = nondet_u32(), subject = place_subject_at(&g, nondet_u32(), nondet_u32(), i);

	assert(g.lines <= 4);
	assert(!g.broken || subject == PLACE_BROKEN);
	assert(subject == PLACE_BROKEN || !subject || i < PLACE_SUBJECTS);
	/* A number that the list has is a subject, and not everyone. */
	assert(g.lines < 4 || subject);
	return 0;
}
