/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the place of a cgroup and the name of a child to the child's place: see struct places. Plain C, like walk.h: the
 * program that sees a cgroup being made and the commands that walk the existing ones take the same steps.
 *
 * What leads to a line that does not exist is PLACE_BROKEN: corrupt tables, which block. An arena has all lines below
 * its last one, so a look at the last line of a text is enough.
 */
#ifndef LSMCTL_PLACE_H
#define LSMCTL_PLACE_H

#include "walk.h"

/* In place of a word, a place or a subject. The compiler writes no such word. Has the bit of PLACE_LOST. */
#define PLACE_BROKEN 0xffffffffu
/* The same for a set of patterns, of which there are at most 32. */
#define SET_BROKEN (~0ull)
_Static_assert(PLACE_PATTERNS < 64, "no set of patterns is SET_BROKEN");

/* The includer's: the eight bytes of the name from byte `at` on. What follows the name does not matter. */
static inline __u64 name_at(struct generation *g, __u32 at);
/* The includer's: puts a set of patterns in the place of the name. */
static inline void name_set(struct generation *g, __u64 set);

/* The includer's names for the functions with "in" below: BPF makes them functions of their own. */
static inline __u32 find_step(struct generation *g, __u32 places, __u32 from, __u32 len);
static inline int text_differs(struct generation *g, __u32 line, __u32 word, __u32 at, __u32 len);
static inline __u32 pattern_fits(struct generation *g, __u32 line, __u32 len);

/*
 * Returns a mask of the first n bytes of a word, n at most 256. Without a condition: the verifier would follow both
 * sides for each word of a name.
 */
static inline __u64 first_bytes(__u32 n)
{
	__u64 all = (n >> 3 | n >> 4 | n >> 5 | n >> 6 | n >> 7 | n >> 8) & 1;

	return (((__u64)1 << (n & 7) * 8) - 1) | (0 - all);
}

/* The includer's: whether a line exists, a word of the arena, and eight bytes of a text. */
static inline int arena_has(struct generation *g, __u32 line);
static inline __u32 arena_word_at(struct generation *g, __u32 word);
static inline __u64 arena_text(struct generation *g, __u32 line, __u32 word);

#define LINE_WORD(g, line, type, member)                                                                               \
	arena_word_at(g, (line)*LINE_WORDS + __builtin_offsetof(type, member) / sizeof(__u32))
#define PLACES_WORD(g, line, member)  LINE_WORD(g, line, struct places, member)
#define STEP_WORD(g, line, member)    LINE_WORD(g, line, struct step, member)
#define PATTERN_WORD(g, line, member) LINE_WORD(g, line, struct pattern, member)

static inline __u32 arena_word(struct generation *g, __u32 word)
{
	const struct line *line = line_at(g, word / LINE_WORDS);

	return line ? line->w[word % LINE_WORDS] : PLACE_BROKEN;
}

/*
 * Compares len bytes of the name, from byte `at` on, with the text at an eight-byte word of a line. Returns 1 when they
 * differ, -1 when the text does not exist.
 */
static __always_inline int text_differs_in(struct generation *g, __u32 line, __u32 word, __u32 at, __u32 len)
{
	if (len && !arena_has(g, line + (8 * word + len - 1) / sizeof(struct line)))
		return -1;
	for (__u32 i = 0; i < NAME_SIZE / 8; i++) {
		if (8 * i >= len)
			return 0;
		if ((name_at(g, at + 8 * i) ^ arena_text(g, line, word + i)) & first_bytes(len - 8 * i))
			return 1;
	}
	return 0;
}

/* places: the line of struct places. Returns a place, 0 or PLACE_BROKEN. */
static __always_inline __u32 find_step_in(struct generation *g, __u32 places, __u32 from, __u32 len)
{
	__u32 at = 0, mask = PLACES_WORD(g, places, hash_mask);
	__u32 first = (places + PLACES_WORD(g, places, hash_line)) * LINE_WORDS;

	if (mask == PLACE_BROKEN)
		return PLACE_BROKEN;
	for (__u32 i = 0; i < NAME_SIZE / 8; i++) {
		if (8 * i >= len)
			break;
		at = step_hash(from, at, name_at(g, 8 * i) & first_bytes(len - 8 * i));
	}
	for (__u32 i = 0; i < STEP_PROBES; i++) {
		__u32 line = arena_word_at(g, first + ((at + i) & mask)), its;
		int differs;

		if (!line || line == PLACE_BROKEN)
			return line;
		line += places;
		its = STEP_WORD(g, line, from);
		if (its == PLACE_BROKEN)
			return PLACE_BROKEN;
		if (its != from || STEP_WORD(g, line, len) != len)
			continue;
		differs = text_differs(g, line, 2, 0, len);
		if (differs <= 0)
			return differs ? PLACE_BROKEN : STEP_WORD(g, line, to);
	}
	return 0;
}

/* Returns 1 when the name matches the pattern, else 0; or PLACE_BROKEN. */
static __always_inline __u32 pattern_fits_in(struct generation *g, __u32 line, __u32 len)
{
	__u32 prefix = PATTERN_WORD(g, line, prefix), suffix = PATTERN_WORD(g, line, suffix);
	int differs;

	if (prefix == PLACE_BROKEN)
		return PLACE_BROKEN;
	if (prefix > len || suffix > len - prefix)
		return 0;
	differs = text_differs(g, line, 2, 0, prefix);
	if (!differs)
		differs = text_differs(g, line, 2 + (prefix + 7) / 8, len - suffix, suffix);
	return differs < 0 ? PLACE_BROKEN : !differs;
}

/* Returns the set of the place's patterns that the name matches, or SET_BROKEN. */
static __always_inline __u64 patterns_of(struct generation *g, __u32 places, __u32 from, __u32 len)
{
	__u32 head = PLACES_WORD(g, places, pattern_line), n;
	__u32 list = head == PLACE_BROKEN ? head : arena_word_at(g, (places + head) * LINE_WORDS + from);
	__u64 set = 0;

	if (!list)
		return 0;
	n = list == PLACE_BROKEN ? list : arena_word_at(g, places * LINE_WORDS + list);
	if (n > PLACE_PATTERNS)
		return SET_BROKEN;
	list += places * LINE_WORDS;
	for (__u32 i = 0; i < PLACE_PATTERNS; i++) {
		__u32 line, fits;

		if (i >= n)
			break;
		line = arena_word_at(g, list + 1 + i);
		fits = line == PLACE_BROKEN ? line : pattern_fits(g, places + line, len);
		if (fits == PLACE_BROKEN)
			return SET_BROKEN;
		set |= (__u64)(fits & 1) << i;
	}
	return set;
}

/* Returns the place of a cgroup whose parent has the place `from`, and whose name has len bytes; 0: none; or
 * PLACE_BROKEN. */
static __always_inline __u32 place_step(struct generation *g, __u32 places, __u32 from, __u32 len)
{
	__u32 to = find_step(g, places, from, len);
	__u64 set = to ? 0 : patterns_of(g, places, from, len);

	if (!set)
		return to;
	if (set == SET_BROKEN)
		return PLACE_BROKEN;
	name_set(g, set);
	return find_step(g, places, from | STEP_PATTERNS, sizeof(set));
}

#define LIST_LENGTH 0xffff /* of the first word of a list of subjects */

/* Returns the word with a place's list of subjects, 0 or PLACE_BROKEN. */
static inline __u32 place_subjects(struct generation *g, __u32 places, __u32 place)
{
	const struct places *p = (const struct places *)line_at(g, places);

	return p && place <= p->places ? arena_word(g, p->subject_line * LINE_WORDS + place) : PLACE_BROKEN;
}

/* Returns a subject of a place, by its number in the order of asking; 0 behind the last; or PLACE_BROKEN. */
static inline __u32 place_subject_at(struct generation *g, __u32 places, __u32 place, __u32 i)
{
	__u32 list = place_subjects(g, places, place), n, subject;

	if (!list || list == PLACE_BROKEN)
		return list;
	n = arena_word(g, list) & LIST_LENGTH;
	if (n > PLACE_SUBJECTS)
		return PLACE_BROKEN;
	if (i >= n)
		return 0;
	subject = arena_word(g, list + 1 + i);
	return subject ? subject : PLACE_BROKEN; /* no rule for everyone is in a list */
}

#endif
