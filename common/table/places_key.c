// SPDX-License-Identifier: GPL-2.0-only
/* What places stand for: a key for each, which no other place has. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "places_impl.h"

struct wanted_key {
	const struct builder *b;
	const uint32_t *key;
	size_t size;
};

/* Returns the words of a key. */
static size_t key_size(const uint32_t *key)
{
	return 2 + (size_t)key[0] * 2 + key_subjects(key);
}

static bool is_key(uint32_t i, const void *arg)
{
	const struct wanted_key *wanted = arg;
	const uint32_t *key = place_key(wanted->b, i + 1);

	return key_size(key) == wanted->size && !memcmp(key, wanted->key, wanted->size * sizeof(*key));
}

/* The number that would be needed can have more digits than anybody would wait for. */
static uint32_t too_many(const struct builder *b)
{
	uint32_t patterns = 0;

	for (uint32_t i = 0; i < b->n_paths; i++)
		patterns += b->paths[i].stars;
	error_set(b->err, ERR_FULL,
		  "too many cgroups in rules: %u different ones, %u of them patterns, need more than %u places: %s",
		  b->n_paths, patterns, PLACES,
		  patterns ? "patterns that overlap need one for each combination, so type whole names before their '*'"
			   : "make rules for the cgroups above them, or a pattern for all");
	return 0;
}

uint32_t place_for(struct builder *b, const uint32_t *key, uint32_t level)
{
	size_t size = key_size(key);
	struct wanted_key wanted = {b, key, size};
	uint32_t hash = 0, n = b->to->n_places;
	int64_t found;
	size_t *key_at;
	uint32_t *levels;

	for (size_t i = 0; i < size; i++)
		hash = hash_number((uint64_t)hash << 32 | key[i]);
	found = hash_find(&b->index, hash, is_key, &wanted);
	if (found >= 0)
		return (uint32_t)found + 1;
	if (n == PLACES)
		return too_many(b);
	if (b->n_keys + size > b->room) {
		size_t room = (b->n_keys + size) * 2;
		uint32_t *keys = reallocarray(b->keys, room, sizeof(*keys));

		if (!keys)
			goto no_memory;
		b->keys = keys;
		b->room = room;
	}
	key_at = array_with_room_for_one(b->key_at, n, sizeof(*key_at));
	if (!key_at)
		goto no_memory;
	b->key_at = key_at;
	levels = array_with_room_for_one(b->levels, n, sizeof(*levels));
	if (!levels)
		goto no_memory;
	b->levels = levels;
	if (hash_add(&b->index, hash, n))
		goto no_memory;
	memcpy(b->keys + b->n_keys, key, size * sizeof(*key));
	b->key_at[n] = b->n_keys;
	b->levels[n] = level;
	b->n_keys += size;
	if (level > b->to->depth)
		b->to->depth = level;
	return ++b->to->n_places;
no_memory:
	error_errno(b->err, ENOMEM, "cannot build the tables");
	return 0;
}
