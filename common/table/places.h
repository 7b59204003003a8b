/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compiles the paths of cgroups in rules into places: see struct places. A place stands for how far a cgroup's path has
 * matched each of the rules' paths, and for the subjects that it and the cgroups above it have. Patterns that overlap
 * thus become places of their own, one for each set of them that a name can match.
 */
#ifndef LSMCTL_TABLE_PLACES_H
#define LSMCTL_TABLE_PLACES_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "path.h"
#include "subject_source.h"
#include "trie.h"

/* A step from a place to another. name NULL: for names that match this set of the place's patterns. */
struct place_step {
	uint32_t from, to;
	const char *name;
	uint32_t len;
	uint64_t set;
};

/* Free it with places_free(). Place n is at n - 1. */
struct compiled_places {
	struct compiled_place {
		uint32_t subjects, n_subjects; /* of words */
		uint32_t n_own;		       /* of these, the first ones, which are for the place's own cgroup */
		uint32_t patterns, n_patterns; /* of names */
	} * places;
	uint32_t n_places;
	struct place_step *steps;
	uint32_t n_steps;
	struct path_name *patterns;
	uint32_t n_patterns;
	uint32_t *words;
	uint32_t n_words;
	uint32_t depth; /* levels that have places */
	bool exact;	/* no patterns: a place has one cgroup at most */
};

/* -1 with the error set: no memory, or more than the programs can take. */
int places_compile(const struct subject_source *subjects, uint32_t n, struct compiled_places *places,
		   struct error *err);
void places_free(struct compiled_places *places);

/* Writes the places into the arena, and sets *line to that of struct places; 0: no subject is a cgroup. */
int places_put(const struct subject_source *subjects, uint32_t n, struct arena *arena, uint32_t *line,
	       struct error *err);

#endif
