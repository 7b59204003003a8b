/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes prefixes out of rules, so that a list never covers them. */
#ifndef LSMCTL_RULE_EXCEPT_H
#define LSMCTL_RULE_EXCEPT_H

#include "rule.h"

/* Prefixes that no rule may cover. The caller zeroes it, adds to list, calls except_ready(), and frees list. */
struct except {
	struct prefixes list;
};

/* Sorts the prefixes, and drops those within others. */
void except_ready(struct except *except);

/* True when the prefix, or a part of it, is excepted. */
bool except_touches(const struct except *except, const struct prefix *prefix);

/*
 * Calls each for the fewest prefixes that cover what is left of a prefix, in the order of addresses, until it returns
 * non-zero. Returns that value. All of the prefix may be excepted.
 */
int except_rest(const struct except *except, const struct prefix *prefix,
		int (*each)(const struct prefix *rest, void *arg), void *arg);

#endif
