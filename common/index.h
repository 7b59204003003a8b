/* SPDX-License-Identifier: GPL-2.0-only */
/* Where in an array something is, by a hash of it: a restore may name tens of thousands of users, cgroups and sets. */
#ifndef LSMCTL_INDEX_H
#define LSMCTL_INDEX_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise it; free it with index_free(). */
struct index {
	struct index_entry {
		uint32_t hash;
		uint32_t place; /* 1 + the place in the array; 0: empty */
	} * entries;
	uint32_t n, size; /* used, and all: a power of two */
};

uint32_t hash_text(const char *text);
uint32_t hash_number(uint64_t number);

/* The place of that for which same() says so, or -1. */
int64_t index_find(const struct index *index, uint32_t hash, bool (*same)(uint32_t place, const void *arg),
		   const void *arg);
/* Notes a place. 0 or -ENOMEM. */
int index_add(struct index *index, uint32_t hash, uint32_t place);
void index_free(struct index *index);

#endif
