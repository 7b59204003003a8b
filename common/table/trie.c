// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/hugemem.h"
#include "trie.h"

static bool grow(struct arena *arena, uint32_t room)
{
	size_t used = (arena->n - arena->base) * sizeof(struct line);
	struct line *lines = hugemem_grow(arena->lines, used, room * sizeof(*lines));

	if (!lines)
		return false;
	arena->lines = lines;
	arena->room = room;
	return true;
}

void arena_reserve(struct arena *arena, uint32_t lines)
{
	if (lines > arena->room)
		grow(arena, lines);
}

uint32_t arena_lines(struct arena *arena, uint32_t count)
{
	uint32_t first = arena->n, used = arena->n - arena->base;

	if (count > arena->room - used) {
		uint64_t room = (uint64_t)arena->room * 2 > (uint64_t)used + count ? (uint64_t)arena->room * 2
										   : (uint64_t)used + count + 64;

		/* A ref has 31 bits. A ref to refs counts words, 16 in each line. */
		if ((arena->base + room) * LINE_WORDS > UINT32_MAX)
			return 0;
		if (!grow(arena, (uint32_t)room))
			return 0;
	}
	memset(arena_line(arena, first), 0, count * sizeof(*arena->lines));
	arena->n += count;
	return first;
}

void arena_free(struct arena *arena)
{
	free(arena->lines);
	*arena = (struct arena){};
}

/* Returns the number of the first of count consecutive words, or 0. */
static uint32_t arena_words(struct arena *arena, uint32_t count)
{
	uint32_t at;

	if (count > arena->n_spare) {
		uint32_t lines = (count + LINE_WORDS - 1) / LINE_WORDS;
		uint32_t first = arena_lines(arena, lines);

		if (!first)
			return 0;
		arena->spare = first * LINE_WORDS;
		arena->n_spare = lines * LINE_WORDS;
	}
	at = arena->spare;
	arena->spare += count;
	arena->n_spare -= count;
	return at;
}

static uint32_t *word_at(const struct arena *arena, uint32_t word)
{
	return &arena_line(arena, word / LINE_WORDS)->w[word % LINE_WORDS];
}

/* may_begin: a set bit wherever a ref differs from the one before. */
static uint32_t write_runs(struct arena *arena, const uint32_t refs[256], const uint32_t may_begin[8])
{
	uint32_t line = arena_lines(arena, 1), runs = 0, values[256];
	struct node node = {};

	if (!line)
		return 0;
	for (uint32_t i = 0; i < 8; i++) {
		node.first[i] = (__u8)runs;
		for (uint32_t left = may_begin[i] | !i; left; left &= left - 1) {
			uint32_t k = (uint32_t)__builtin_ctz(left), ref = refs[32 * i + k];

			if (runs && values[runs - 1] == ref)
				continue;
			values[runs++] = ref;
			node.begins[i] |= 1u << k;
		}
	}
	if (runs <= sizeof(node.own) / sizeof(node.own[0]))
		node.refs = line * LINE_WORDS + (uint32_t)(offsetof(struct node, own) / sizeof(uint32_t));
	else
		node.refs = arena_words(arena, runs);
	if (!node.refs)
		return 0;
	memcpy(arena_line(arena, line), &node, sizeof(node));
	/* arena_words() returns consecutive lines. */
	memcpy(word_at(arena, node.refs), values, runs * sizeof(*values));
	return line;
}

uint32_t node_write(struct arena *arena, const uint32_t refs[256])
{
	uint32_t anywhere[8];

	memset(anywhere, 0xff, sizeof(anywhere));
	return write_runs(arena, refs, anywhere);
}

static void mark(uint32_t bits[8], uint32_t n)
{
	if (n < 256)
		bits[n / 32] |= 1u << n % 32;
}

int trie_build(struct arena *arena, const struct item *items, uint32_t n, uint32_t depth, uint32_t inherited,
	       uint32_t *ref)
{
	uint32_t refs[256], may_begin[8] = {}, released = 0;

	if (n < 2) {
		*ref = n ? REF_LEAF | items->slot : inherited;
		return 0;
	}
	for (uint32_t i = 0; i < 256; i++)
		refs[i] = inherited;
	for (uint32_t i = 0, j; i < n; i = j) {
		uint32_t byte = items[i].ip.b[depth];

		j = i + 1;
		mark(may_begin, byte);
		if (items[i].len <= 8 * (depth + 1)) {
			uint32_t count = 1u << (8 * (depth + 1) - items[i].len);

			/* Shorter prefixes come first, and longer ones overwrite them. */
			for (uint32_t k = 0; k < count; k++)
				refs[byte + k] = REF_LEAF | items[i].slot;
			mark(may_begin, byte + count);
			continue;
		}
		mark(may_begin, byte + 1);
		while (j < n && items[j].ip.b[depth] == byte)
			j++;
		if (trie_build(arena, &items[i], j - i, depth + 1, refs[byte], &refs[byte]))
			return -ENOMEM;
		/* Items may take half of all memory, and the arena grows as they are used up. */
		if (arena->consumes && j - released > 1 << 18) {
			hugemem_release(&items[released], &items[j]);
			released = j;
		}
	}
	*ref = write_runs(arena, refs, may_begin);
	return *ref ? 0 : -ENOMEM;
}
