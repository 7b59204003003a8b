/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files behind `lsmctl stats` share. */
#ifndef LSMCTL_STATS_H
#define LSMCTL_STATS_H

#include "cmd.h"

/* The rules with the most hits, those with the most in the last interval before all others. */
struct ranked {
	struct rule_info rule;
	uint64_t recent; /* hits in the last interval */
};

struct top {
	uint64_t most; /* that are kept; 0: all */
	struct ranked **at;
	size_t n;
};

/* Zero-initialise it but for most, add each rule, then sort. -1: no memory. Free it, also then. */
int top_add(struct top *top, const struct rule_info *rule, uint64_t recent);
void top_sort(struct top *top);
void top_free(struct top *top);
/* All that were hit, sorted. */
int top_read(struct top *top, struct ruleset *rules, struct error *err);

/* A document, as without --interval; most: of rules, 0: all. *loaded_at: as for stats_same(), or NULL. */
int stats_print_json(const struct invocation *inv, uint64_t most, uint64_t *loaded_at, struct error *err);

/* Whether it is still the policy that was there before: *loaded_at says which, 0 at first. Else the error is set. */
int stats_same(struct ruleset *rules, uint64_t *loaded_at, struct error *err);

/* --interval: again every so many seconds. */
int stats_follow(const struct invocation *inv, uint64_t interval, uint64_t most, struct error *err);

/* --prometheus; most: rules with a sample of their own; into: a file that is replaced, or NULL. */
int stats_prometheus(const struct invocation *inv, uint64_t most, const char *into, struct error *err);

#endif
