// SPDX-License-Identifier: GPL-2.0-only
/*
 * text_differs_in() compares a name with a text, byte by byte, from any byte of the name on, and up to their last one.
 * What follows in both does not matter.
 *
 * bounds: any names of up to 20 bytes
 * cbmc: --unwind 21
 */
#define NAME_BYTES 24
#define OWN_TEXTS
#define TEXTS_ALONE
#include "any_place.h"

static union {
	__u8 b[2 * NAME_SIZE];
	__u64 w[2 * NAME_SIZE / 8];
} name, text;

static inline __u64 name_at(struct generation *g, __u32 at)
{
	__u64 word = 0;

	(void)g;
	for (__u32 i = 0; i < 8; i++)
		word |= (__u64)name.b[at + i] << 8 * i;
	return word;
}

static inline __u64 arena_text(struct generation *g, __u32 line, __u32 word)
{
	(void)g, (void)line;
	assert(word >= 2);
	return text.w[word - 2];
}

int main(void)
{
	struct generation g = {.end = 16};
	__u32 at = nondet_u32(), len = nondet_u32();
	_Bool differs = 0;

	__CPROVER_assume(at <= 20 && len <= 20 - at);
	for (__u32 i = 0; i < 2 * NAME_SIZE / 8; i++) {
		name.w[i] = nondet_u64();
		text.w[i] = nondet_u64();
	}
	for (__u32 i = 0; i < 20; i++)
		differs |= i < len && name.b[at + i] != text.b[i];
	assert(text_differs(&g, 0, 2, at, len) == differs);
	return 0;
}
