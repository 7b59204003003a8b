/* SPDX-License-Identifier: GPL-2.0-only */
/* Sorts rules in the order for building tables, and in the order in which a walk tries the rules of one prefix. */
#ifndef LSMCTL_TABLE_SORT_H
#define LSMCTL_TABLE_SORT_H

#include <stdbool.h>
#include <stdint.h>
#include "bpf/abi.h"

/* The sort key of a rule, apart from the rule: a pass over a million items stays in the processor's caches. */
struct item {
	union ip ip;
	uint32_t slot;
	uint16_t subject;
	uint8_t len;
	bool v4;
};

/* Compares by subject, family (IPv4 first), address and length, as rules_sort(). Equal rules form a group. */
int item_compare(const struct item *a, const struct item *b);

struct item item_of(const struct rule *rule, uint32_t slot);

/* Compares two rules of one subject and prefix: negative when a walk tries a first. 0: two new rules, without ids. */
int precedence_compare(const struct rule *a, const struct rule *b);

/*
 * Sorts rules 0 to n - 1 by subject, family (IPv4 first), address, length and precedence. 0 or -ENOMEM. Sorts rules
 * for everyone, the common big list, by radix.
 */
int rules_sort(const struct rule *rules, uint32_t n, struct item *items);

#endif
