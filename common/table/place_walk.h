/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes the programs' steps from place to place on the mapped tables of a command. */
#ifndef LSMCTL_TABLE_PLACE_WALK_H
#define LSMCTL_TABLE_PLACE_WALK_H

#include <stddef.h>
#include <string.h>
#include "bpf/place.h"
#include "walk.h"

static inline __u64 name_at(struct generation *g, __u32 at)
{
	__u64 word;

	memcpy(&word, (const char *)g->name + at, sizeof(word));
	return word;
}

static inline void name_set(struct generation *g, __u64 set)
{
	g->name[0] = set;
}

static inline int arena_has(struct generation *g, __u32 line)
{
	return line_at(g, line) != NULL;
}

static inline __u32 arena_word_at(struct generation *g, __u32 word)
{
	return arena_word(g, word);
}

static inline __u64 arena_text(struct generation *g, __u32 line, __u32 word)
{
	const struct line *text = line_at(g, line + word / 8);

	return text ? text->w[word % 8 * 2] | (__u64)text->w[word % 8 * 2 + 1] << 32 : 0;
}

static inline __u32 find_step(struct generation *g, __u32 places, __u32 from, __u32 len)
{
	return find_step_in(g, places, from, len);
}

static inline int text_differs(struct generation *g, __u32 line, __u32 word, __u32 at, __u32 len)
{
	return text_differs_in(g, line, word, at, len);
}

static inline __u32 pattern_fits(struct generation *g, __u32 line, __u32 len)
{
	return pattern_fits_in(g, line, len);
}

/* Returns the place of a child with this name, 0 or PLACE_BROKEN. */
static inline __u32 place_of_child(struct tables *t, __u32 places, __u32 from, const char *name)
{
	__u64 words[NAME_WORDS] = {};
	struct generation g = {.t = t, .name = words};
	size_t len = strlen(name);

	if (len >= NAME_SIZE)
		return 0;
	memcpy(words, name, len);
	return place_step(&g, places, from, (__u32)len);
}

#endif
