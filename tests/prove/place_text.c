// SPDX-License-Identifier: GPL-2.0-only
/*
 * text_differs_in() over any bytes reads only its lines and the name, and says -1 exactly when the text goes past the
 * end of the arena.
 *
 * bounds: any text within a name of 63 bytes of 255
 * cbmc: --unwind 9
 */
#define NAME_BYTES 64
#define TEXTS_ALONE
#include "any_place.h"

int main(void)
{
	struct generation g = any_generation();
	__u32 line = nondet_u32(), word = nondet_u32(), at = nondet_u32(), len = nondet_u32(), last;
	int differs;

	/* What find_step_in() and pattern_fits_in() ask; the line is one that they have read. */
	__CPROVER_assume((line & 0x0fffffff) < g.end && line < 0xfffffff0u && word <= 2 + NAME_SIZE / 8 &&
			 at < NAME_SIZE && len < NAME_SIZE - at);
	differs = text_differs(&g, line, word, at, len);
	last = line + (8 * word + len - 1) / 64;
	assert(g.broken == (len && last >= g.end));
	assert(differs >= -1 && differs <= 1 && (differs < 0) == g.broken);
	return 0;
}
