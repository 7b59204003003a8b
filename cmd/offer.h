/* SPDX-License-Identifier: GPL-2.0-only */
/* What __complete has to say: words that the one under the cursor could become, kept until they are printed. */
#ifndef LSMCTL_OFFER_H
#define LSMCTL_OFFER_H

#include <stdbool.h>
#include <stddef.h>

enum offer_flags {
	OFFER_LISTED = 1, /* the word can stand behind others and a comma */
	OFFER_RULE = 2,	  /* it is of a rule, of which there may be a million */
};

/* Begins: the word as far as it is typed (borrowed), of which the first bytes stay as they are ("--file="). */
void offer_begin(const char *typed, size_t kept);
/* What is typed behind these. */
const char *offer_typed(void);

/* Whether a word begins as what is typed does. */
bool offer_fits(const char *word, unsigned int flags);

/*
 * Offers a word, if it fits, with what a shell may show beside it, or NULL. What is offered more than once is shown
 * once, and of rules how often. Nothing is offered that no one could type on a line.
 */
void offer(const char *word, const char *about, unsigned int flags);

/* Offers the shell's own list: "file" or "directory". */
void offer_files(const char *kind);

/* Whether the words of rules are too many to choose from, so that none will be shown. */
bool offer_full(void);

/*
 * A line each: the word, and if there is something to show beside it, a tab and that. For the shell's own list, a tab
 * and its kind. Nothing in a line is a control character but the tab.
 */
void offer_print(void);

#endif
