/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compiles rules into the tables that bpf/walk.h walks. Works in plain memory and knows no maps: the caller copies the
 * result to the maps of the programs.
 */
#ifndef LSMCTL_TABLE_COMPILE_H
#define LSMCTL_TABLE_COMPILE_H

#include <stdint.h>
#include "bpf/abi.h"
#include "base/error.h"
#include "sort.h"
#include "subject_source.h"
#include "trie.h"

/* What is kept with a set. */
struct set_source {
	char *except;	   /* the words that it excepts; NULL: none */
	char *source;	   /* what it was restored from; NULL: nothing */
	uint64_t restored; /* when: CLOCK_BOOTTIME, ns */
};

/*
 * The input of compile(). Rule i gets slot i. Its subject and set are indices of the lists here. The extra in its
 * action is 1 + an index of extras (0: none). Compilation sets each rule's next, and replaces the extra by its line.
 */
struct source {
	struct rule *rules;
	uint32_t n_rules;
	uint32_t n_v4;	    /* the number of IPv4 rules in rules */
	struct item *items; /* the rules as rules_sort() sorts them; NULL: compile() sorts them. Nobody can read them
			       after compilation, which gives back their memory */
	const struct subject_source *subjects; /* subject 0 is everyone */
	uint32_t n_subjects;
	const char (*sets)[SET_SIZE];  /* set 0 is "", no set */
	const struct set_source *kept; /* for each set; or NULL: nothing is kept */
	uint32_t n_sets;
	const struct extra *extras;
	uint32_t max_names; /* in rules; 0: NAME_RULES */
};

/* ERR_FULL when a call could try more than WALK_STEPS rules of one subject, or when the places do not fit. */
int compile(const struct source *source, struct arena *arena, struct error *err);

#endif
