/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules with the most hits. */
#ifndef LSMCTL_STATS_TOP_H
#define LSMCTL_STATS_TOP_H

#include <stddef.h>
#include <stdint.h>
#include "rule/rule.h"
#include "table/ruleset.h"

/* Sorts by hits in the last interval first, then by all hits. */
struct ranked {
	struct rule_info rule;
	uint64_t recent; /* hits in the last interval */
};

struct top {
	uint64_t most; /* how many to keep; 0: all */
	struct ranked **at;
	size_t n;
};

/* Set most, and zero the rest. Add each rule, then sort. -1: no memory. Free it in both cases. */
int top_add(struct top *top, const struct rule_info *rule, uint64_t recent);
void top_sort(struct top *top);
void top_free(struct top *top);
/* Reads all rules with hits, sorted. */
int top_read(struct top *top, struct ruleset *rules, struct error *err);

#endif
