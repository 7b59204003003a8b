/* SPDX-License-Identifier: GPL-2.0-only */
/* Prepares what rules for programs and names need besides the tables: see struct keeper of table/ruleset.h. */
#ifndef LSMCTL_POLICY_KEEPER_H
#define LSMCTL_POLICY_KEEPER_H

#include "host/pins.h"
#include "table/ruleset.h"

struct policy_keeper {
	struct keeper keeper;
	const struct pins *pins;
	struct ruleset *rules;
};

/* Borrows all; they must stay while the ruleset is open. */
void keeper_init(struct policy_keeper *keeper, const struct pins *pins, struct ruleset *rules);

#endif
