/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds rules in the tables by their identity, hidden ones too: see abi.h. */
#ifndef LSMCTL_TABLE_FIND_H
#define LSMCTL_TABLE_FIND_H

#include "store.h"

/* Returns the root of the rules of this rule's subject and family, or NULL. */
__u32 *find_root(struct tables *t, const struct rule *rule);

/* Returns the first ref on the way from the rule's first address whose prefix is no longer than the rule's. */
__u32 find_first(struct tables *t, const __u32 *root, const struct rule *rule);

/* Returns the slot of the rule with this identity, or -1. */
int64_t find_rule(struct tables *t, const struct rule *rule);

/* True when compilation has hidden twins of this rule. */
bool find_hidden(struct tables *t, const struct rule *rule);

/* Calls each for the slot of the rule and of each twin, until it returns non-zero. Returns that value. */
int find_twins(struct tables *t, const struct rule *rule, int (*each)(uint32_t slot, void *arg), void *arg);

#endif
