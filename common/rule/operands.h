/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules as people type them: "192.0.2.1, 192.0.2.2 port 80, 443" or "192.0.2.1 192.0.2.2". Not for files, where two
 * addresses on a line may be the ends of a range.
 */
#ifndef LSMCTL_RULE_OPERANDS_H
#define LSMCTL_RULE_OPERANDS_H

#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"
#include "rule.h"

/* The caller zeroes it first, and frees it with operands_free(). */
struct operands {
	char **words;
	size_t n;
};

/* Copies the words. Joins several destinations with commas, and a word that ends with a comma with the next. */
int operands_join(struct operands *operands, size_t n, char *const words[], struct error *err);
void operands_free(struct operands *operands);

/*
 * Parses a filter: the words of a rule's identity, of which the destination may be left out. *any: it is. Without words
 * there are no rules. -1 with the error set.
 */
int operands_parse_filter(struct rules *rules, bool *any, size_t n, char *const words[], struct error *err);

#endif
