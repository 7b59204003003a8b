/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules for names that learn makes. */
#ifndef LSMCTL_LEARN_NAMES_H
#define LSMCTL_LEARN_NAMES_H

#include <stdbool.h>
#include "bpf/abi.h"
#include "rule/rule.h"

/*
 * Makes a rule be for the name that was asked for, or for "resolvers" where a call was to one of these. asked: NULL: no
 * name is known. Returns false, and changes nothing, where no rule can be for the name: who sent the query chose it.
 */
bool learn_name(struct rule_spec *spec, const struct resolvers *resolvers, const struct learned *key,
		const char *asked);

#endif
