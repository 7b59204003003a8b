/* SPDX-License-Identifier: GPL-2.0-only */
/* Links rules in the order in which a walk tries them. */
#ifndef LSMCTL_TABLE_LINK_H
#define LSMCTL_TABLE_LINK_H

#include "base/error.h"
#include "sort.h"
#include "trie.h"

/* How to link rules. The caller zeroes what it does not set, and frees hidden. */
struct links {
	struct rule *rules;
	uint32_t steps;		   /* ERR_FULL when a call could try more rules */
	const struct arena *arena; /* has the extras of the rules; NULL: hide no twins */
	struct item *hidden;	   /* out: rules that were not linked: see abi.h */
	uint32_t n_hidden, room;
};

/*
 * Links the sorted rules of one subject and family to one another, and leaves the first rule of each prefix in items.
 */
int link_rules(struct links *links, struct item *items, uint32_t *n, struct error *err);

#endif
