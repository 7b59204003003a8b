/* SPDX-License-Identifier: GPL-2.0-only */
/* Collects the words that could stand under the cursor, and prints them. */
#ifndef LSMCTL_SHARED_OFFER_H
#define LSMCTL_SHARED_OFFER_H

#include <stdbool.h>
#include <stddef.h>

enum offer_flags {
	OFFER_LISTED = 1, /* the word may follow others and a comma */
	OFFER_RULE = 2,	  /* the word comes from a rule; a policy may have a million */
};

/* Starts. typed: the word as typed so far (borrowed). kept: its first bytes that stay as they are ("--file="). */
void offer_begin(const char *typed, size_t kept);
/* Returns the typed text after these bytes. */
const char *offer_typed(void);

/* True when the word starts with the typed text. */
bool offer_fits(const char *word, unsigned int flags);

/*
 * Offers a word that fits. about: what a shell may show beside it, or NULL. A duplicate shows once; a duplicate from
 * rules shows its count. Skips words that no user can type on a line.
 */
void offer(const char *word, const char *about, unsigned int flags);

/* Offers the shell's own completion: "file" or "directory". */
void offer_files(const char *kind);

/* True when rules offer too many words to choose from: none will show. */
bool offer_full(void);

/*
 * Prints a line for each word; with something to show, then a tab and that. For the shell's own completion, prints a
 * tab and the kind. A line has no other control characters.
 */
void offer_print(void);

#endif
