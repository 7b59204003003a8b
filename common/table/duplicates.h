/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds duplicate rules in a draft. */
#ifndef LSMCTL_TABLE_DUPLICATES_H
#define LSMCTL_TABLE_DUPLICATES_H

#include "draft.h"

/* A file, and the number of its first rule. Numbers start at 0 with rule `kept`. */
struct duplicates_file {
	const char *name;
	uint32_t first;
};

struct duplicates {
	const struct duplicates_file *files; /* in the order of their rules */
	size_t n_files;			     /* 1 or more */
	/* The number of rules that are kept; they come first, without duplicates. The next of the others is their line.
	 */
	uint32_t kept;
	/* out: dropped: duplicates; elsewhere: of a rule that is kept */
	uint32_t dropped, elsewhere;
};

/*
 * Keeps the first of the rules with one identity, and marks the others DRAFT_DROP. Reports, as one error, all rules
 * with other options than an earlier rule of the file with the same identity. items: the rules, sorted.
 */
int duplicates_drop(struct duplicates *dup, struct draft *draft, const struct item *items, struct error *err);

#endif
