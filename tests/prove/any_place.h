/* SPDX-License-Identifier: GPL-2.0-only */
/* What bpf/place.h needs, over any bytes in an arena that ends somewhere. The includer has the three other functions.
 */
#ifndef LSMCTL_PROVE_ANY_PLACE_H
#define LSMCTL_PROVE_ANY_PLACE_H

#define ARENA_ENDS
#include "any.h"
/* Fewer, where all of them take too long. */
#ifdef NAME_BYTES
#undef NAME_SIZE
#define NAME_SIZE NAME_BYTES
#endif
#ifdef PATTERNS
#undef PLACE_PATTERNS
#define PLACE_PATTERNS PATTERNS
#endif
#include "bpf/place.h"

static __u64 any_set;
static _Bool set_is_name;

#ifndef OWN_TEXTS
static inline __u64 name_at(struct generation *g, __u32 at)
{
	(void)g;
	assert(at <= NAME_WORDS * 8 - 8);
	return nondet_u64();
}

/* As the includers of bpf/place.h have it. */
static inline __u64 arena_text(struct generation *g, __u32 line, __u32 word)
{
	const struct line *text = line_at(g, line + word / 8);

	return text ? text->w[word % 8 * 2] | (__u64)text->w[word % 8 * 2 + 1] << 32 : 0;
}
#endif

static inline void name_set(struct generation *g, __u64 set)
{
	(void)g;
	any_set = set;
	set_is_name = 1;
}

static inline int arena_has(struct generation *g, __u32 line)
{
	return line_at(g, line) != NULL;
}

static inline __u32 arena_word_at(struct generation *g, __u32 word)
{
	return arena_word(g, word);
}

/* At most 2^26 lines, 4 GiB: words have numbers of 32 bits. */
static inline struct generation any_generation(void)
{
	return (struct generation){.end = nondet_u32() >> 6};
}

#ifdef TEXTS_ALONE /* the proof is of text_differs_in() alone */
static inline __u32 find_step(struct generation *g, __u32 places, __u32 from, __u32 len)
{
	(void)g, (void)places, (void)from, (void)len;
	return 0;
}

static inline int text_differs(struct generation *g, __u32 line, __u32 word, __u32 at, __u32 len)
{
	return text_differs_in(g, line, word, at, len);
}

static inline __u32 pattern_fits(struct generation *g, __u32 line, __u32 len)
{
	(void)g, (void)line, (void)len;
	return 0;
}
#endif

/* An answer of another part: -1 and what it is there, when it was led past the end. */
static inline int any_answer(struct generation *g)
{
	if (nondet_bool()) {
		g->broken = 1;
		return -1;
	}
	return nondet_bool();
}

#endif
