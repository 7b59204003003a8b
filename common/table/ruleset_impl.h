/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files that implement ruleset.h. No other file includes it. */
#ifndef LSMCTL_TABLE_RULESET_IMPL_H
#define LSMCTL_TABLE_RULESET_IMPL_H

#include "ruleset.h"
#include "store.h"

struct ruleset {
	struct tables t;
	uint64_t trial; /* ns; 0: changes are for good */
};

/* Returns the slot of the rule with this identity, or -1. */
int64_t ruleset_find_slot(struct ruleset *rs, const struct rule_spec *identity);

/* Compiles the tables from the rules in force, without expired and removed ones. */
int ruleset_recompile(struct ruleset *rs, struct error *err);

/* ERR_FULL when `wanted` more rules do not fit. */
int ruleset_check_room(struct ruleset *rs, uint32_t count, size_t wanted, struct error *err);

#endif
