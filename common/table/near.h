/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the rules near a destination by the tries, without a look at the others. */
#ifndef LSMCTL_TABLE_NEAR_H
#define LSMCTL_TABLE_NEAR_H

#include <stdbool.h>
#include <stddef.h>
#include "rule/prefix.h"
#include "store.h"

/* Slots of rules. The caller zeroes it, and frees `at`. */
struct near {
	uint32_t *at;
	size_t n;
};

/*
 * Adds the slot of each rule that covers the prefix or lies within it, in no order and often more than once, and
 * perhaps those of others. Returns false when there are so many that a look at all rules is as fast, when the tables
 * are corrupt, or without memory.
 */
bool near_add(struct tables *t, const struct prefix *prefix, struct near *near);

#endif
