// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include "hash.h"

/* FNV-1a, then a step that mixes its low bits: the index uses only these. */
uint32_t hash_text(const char *text)
{
	uint32_t hash = 2166136261u;

	while (*text)
		hash = (hash ^ (unsigned char)*text++) * 16777619u;
	return hash ^ hash >> 16;
}

/*
 * A multiplication carries bits upwards only, and the last bytes of an address are the highest bits: so the high half
 * goes into the low one before, and the high bits into the low ones after.
 */
uint32_t hash_number(uint64_t number)
{
	number = (number ^ number >> 32) * 0x9e3779b97f4a7c15ull;
	return (uint32_t)(number >> 32 ^ number >> 48);
}

int64_t hash_find(const struct hash *index, uint32_t hash, bool (*same)(uint32_t place, const void *arg),
		  const void *arg)
{
	for (uint32_t i = hash; index->size; i++) {
		const struct hash_entry *entry = &index->entries[i & (index->size - 1)];

		if (!entry->place)
			break;
		if (entry->hash == hash && same(entry->place - 1, arg))
			return entry->place - 1;
	}
	return -1;
}

static void put(const struct hash *index, struct hash_entry entry)
{
	uint32_t i = entry.hash & (index->size - 1);

	while (index->entries[i].place)
		i = (i + 1) & (index->size - 1);
	index->entries[i] = entry;
}

int hash_add(struct hash *index, uint32_t hash, uint32_t place)
{
	/* Keep the table at most half full. */
	if (index->n >= index->size / 2) {
		struct hash grown = {.size = index->size ? index->size * 2 : 16, .n = index->n};

		grown.entries = calloc(grown.size, sizeof(*grown.entries));
		if (!grown.entries)
			return -ENOMEM;
		for (uint32_t i = 0; i < index->size; i++) {
			if (index->entries[i].place)
				put(&grown, index->entries[i]);
		}
		free(index->entries);
		*index = grown;
	}
	put(index, (struct hash_entry){hash, place + 1});
	index->n++;
	return 0;
}

void hash_free(struct hash *index)
{
	free(index->entries);
	*index = (struct hash){};
}
