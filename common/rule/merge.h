/* SPDX-License-Identifier: GPL-2.0-only */
/* Merges prefixes into the fewest for the same addresses. */
#ifndef LSMCTL_RULE_MERGE_H
#define LSMCTL_RULE_MERGE_H

#include "prefix.h"

/*
 * Sorts n prefixes by prefix_compare(), and replaces them by the fewest that cover exactly the same addresses. Returns
 * their number. The array has room for n + 1.
 */
size_t prefixes_merge(struct prefix *prefixes, size_t n);

#endif
