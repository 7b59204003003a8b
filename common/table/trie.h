/* SPDX-License-Identifier: GPL-2.0-only */
/* Builds the nodes in arena lines that lead from an address to a rule. */
#ifndef LSMCTL_TABLE_TRIE_H
#define LSMCTL_TABLE_TRIE_H

#include <stdint.h>
#include "bpf/abi.h"
#include "sort.h"

/*
 * Lines under construction, from line base of an arena on: a whole arena (base 0), or lines to append to one. The
 * caller zeroes it, or sets base and n to the first new line, and frees it with arena_free().
 */
struct arena {
	struct line *lines;
	uint32_t base, n, room;	 /* n: number of the next line */
	uint32_t spare, n_spare; /* unused words in the last lines of refs */
	bool consumes;		 /* trie_build() gives back the memory of the items */
};

/* Makes room for so many lines, which take memory only when they are used. Without memory arena_lines() tries again. */
void arena_reserve(struct arena *arena, uint32_t lines);
/* Returns the number of the first of count new zeroed lines, or 0 without memory. Line 0 is the header. */
uint32_t arena_lines(struct arena *arena, uint32_t count);
void arena_free(struct arena *arena);

static inline struct line *arena_line(const struct arena *arena, uint32_t line)
{
	return &arena->lines[line - arena->base];
}

/* Writes a node of 256 refs. Returns its line, or 0. */
uint32_t node_write(struct arena *arena, const uint32_t refs[256]);
/*
 * Builds a ref for n sorted prefixes that share their first depth bytes. inherited: the ref of the prefix that covers
 * all of them. 0 or -ENOMEM.
 */
int trie_build(struct arena *arena, const struct item *items, uint32_t n, uint32_t depth, uint32_t inherited,
	       uint32_t *ref);

#endif
