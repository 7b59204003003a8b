/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files that implement places.h. No other file includes it. */
#ifndef LSMCTL_TABLE_PLACES_IMPL_H
#define LSMCTL_TABLE_PLACES_IMPL_H

#include <stddef.h>
#include "base/hash.h"
#include "places.h"

/* The next name that a path wants: its name number `at`. stays: one of the slices above a unit. */
struct want {
	struct path_name name;
	uint32_t path, at;
	bool stays;
};

/*
 * While places are compiled. A key has what a place stands for: the number of pairs, that of subjects (low half) and of
 * its own ones (high half), pairs (path, at), subjects.
 */
struct builder {
	struct compiled_places *to;
	struct path *paths;
	uint32_t n_paths;
	uint32_t *keys; /* word 0 of place n's key is at key_at[n - 1] */
	size_t n_keys, room;
	size_t *key_at;
	uint32_t *levels;
	struct hash index;
	uint32_t *rank;			      /* of each subject, in the order of asking within one level */
	struct want *wants;		      /* of the place at hand */
	uint32_t *matched;		      /* wants that a name meets */
	uint32_t want_at[PLACE_PATTERNS + 1]; /* where those of each pattern start, and where the last end */
	uint32_t *scratch;		      /* a key under construction */
	struct error *err;
};

/* Returns the place with this key, which it adds when it is new; 0 with the error set. */
uint32_t place_for(struct builder *b, const uint32_t *key, uint32_t level);

static inline const uint32_t *place_key(const struct builder *b, uint32_t place)
{
	return b->keys + b->key_at[place - 1];
}

/* The low half of a key's second word: all its subjects. */
static inline uint32_t key_subjects(const uint32_t *key)
{
	return key[1] & UINT16_MAX;
}

#endif
