// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include "array.h"
#include "hash.h"
#include "kept_text.h"

static struct {
	char **at;
	uint32_t n;
	struct hash by_text;
} kept;

static bool is_text(uint32_t place, const void *text)
{
	return !strcmp(kept.at[place], text);
}

const char *text_keep(const char *text)
{
	uint32_t hash = hash_text(text);
	int64_t place = hash_find(&kept.by_text, hash, is_text, text);
	char **at, *copy;

	if (place >= 0)
		return kept.at[place];
	at = array_with_room_for_one(kept.at, kept.n, sizeof(*at));
	if (!at)
		return NULL;
	kept.at = at;
	copy = strdup(text);
	if (!copy || hash_add(&kept.by_text, hash, kept.n)) {
		free(copy);
		return NULL;
	}
	at[kept.n++] = copy;
	return copy;
}
