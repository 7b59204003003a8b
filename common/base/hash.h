/* SPDX-License-Identifier: GPL-2.0-only */
/* An index from hashes to places in an array: a restore may name tens of thousands of users, cgroups and sets. */
#ifndef LSMCTL_BASE_HASH_H
#define LSMCTL_BASE_HASH_H

#include <stdbool.h>
#include <stdint.h>

/* The caller zeroes it, and frees it with hash_free(). */
struct hash {
	struct hash_entry {
		uint32_t hash;
		uint32_t place; /* 1 + the place in the array; 0: empty */
	} * entries;
	uint32_t n, size; /* n: entries in use; size: all entries, a power of two */
};

uint32_t hash_text(const char *text);
uint32_t hash_number(uint64_t number);

/* Returns the place for which same() is true, or -1. */
int64_t hash_find(const struct hash *index, uint32_t hash, bool (*same)(uint32_t place, const void *arg),
		  const void *arg);
/* Adds a place. 0 or -ENOMEM. */
int hash_add(struct hash *index, uint32_t hash, uint32_t place);
void hash_free(struct hash *index);

#endif
