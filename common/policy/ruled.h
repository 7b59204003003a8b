/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules for names: the programs that learn are attached while some rule is for a name, and are told for which names
 * they learn. For common/policy/keeper.h; the caller holds the exclusive lock.
 */
#ifndef LSMCTL_POLICY_RULED_H
#define LSMCTL_POLICY_RULED_H

#include "host/pins.h"
#include "table/ruleset.h"

/*
 * Before rules are in force. From here on the programs learn for their names, and what they have learned by other rules
 * or for watchers counts for these too. -1 with the error set: no name server is known, for one.
 */
int ruled_want(const struct pins *pins, struct ruleset *rules, const struct rule_needs *needs, struct error *err);

/* When no others are in force any more. */
void ruled_keep(const struct pins *pins, struct ruleset *rules, const struct rule_needs *needs);

#endif
