/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules as people type them: "192.0.2.1, 192.0.2.2 port 80, 443" or "192.0.2.1 192.0.2.2". Not for files, where two
 * addresses on a line may be the ends of a range.
 */
#ifndef LSMCTL_RULE_OPERANDS_H
#define LSMCTL_RULE_OPERANDS_H

#include <stddef.h>
#include "base/error.h"

/* The caller zeroes it first, and frees it with operands_free(). */
struct operands {
	char **words;
	size_t n;
};

/* Copies the words. Joins several destinations with commas, and a word that ends with a comma with the next. */
int operands_join(struct operands *operands, size_t n, char *const words[], struct error *err);
void operands_free(struct operands *operands);

#endif
