/* SPDX-License-Identifier: GPL-2.0-only */
/* Adds rules, and tells what came of it: for add and its short forms, and for the lines of a batch. */
#ifndef LSMCTL_SHARED_ADDING_H
#define LSMCTL_SHARED_ADDING_H

#include "base/hash.h"
#include "rule/rule.h"
#include "cutting.h"
#include "name/resolve.h"

/* What comes with the rules. Zeroed: nothing. */
struct adding {
	const struct hosts *hosts; /* the rules are for their addresses; NULL: as typed */
	uint64_t trial;		   /* ns; 0: for good */
	struct cutting *cutting;   /* NULL: cuts nothing */
	bool apart;		   /* each rule may come into force by itself, before the others do */
};

/* Adds all of the rules or none, and prints the changes. -1 with the error set. */
int add_rules(const struct invocation *inv, struct rule_spec *specs, size_t n, const struct adding *adding,
	      struct error *err);

/* The rules of several lines that add some, to be added at once. The caller zeroes it, and frees it. */
struct gathered {
	struct rules rules;
	struct hash by_rule;
	bool full; /* the last rules were not taken: add the others first */
};

/*
 * Takes the rules of a line, unless one of them is there already, which is an error or not when its turn comes. 0 or -1
 * with the error set.
 */
int gathered_add(struct gathered *gathered, const struct rules *rules, struct error *err);
void gathered_free(struct gathered *gathered);

#endif
