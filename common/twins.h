/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules that a draft has more than once. */
#ifndef LSMCTL_TWINS_H
#define LSMCTL_TWINS_H

#include "draft.h"

/* One file, and the first of its rules, counted from kept on. */
struct twins_file {
	const char *name;
	uint32_t first;
};

struct twins {
	const struct twins_file *files; /* in the order of their rules */
	size_t n_files;			/* at least one */
	const uint32_t *lines;		/* where in its file each of the rules from kept on is */
	uint32_t kept;			/* rules that come from elsewhere: first, and each once */
	/* out: rules marked to be left out, and those of them that one of the kept ones is in the place of */
	uint32_t dropped, elsewhere;
};

/*
 * Of rules of one identity the first stays, and the others are marked with DRAFT_DROP. One that says something else
 * than an earlier one of the file is an error; all of these are told. items: the rules, sorted.
 */
int twins_drop(struct twins *twins, struct draft *draft, const struct item *items, struct error *err);

/* The rules of one prefix and subject among sorted items: items[from..returned). */
uint32_t twins_group_end(const struct item *items, uint32_t from, uint32_t n);

#endif
