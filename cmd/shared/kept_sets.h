/* SPDX-License-Identifier: GPL-2.0-only */
/* What is kept with sets besides their rules: read at one moment, to be compared with another, and as lines. */
#ifndef LSMCTL_SHARED_KEPT_SETS_H
#define LSMCTL_SHARED_KEPT_SETS_H

#include "table/ruleset.h"

/* struct set_kept, in no more memory than it takes. */
struct kept_set {
	char set[SET_SIZE];
	char *except, *source; /* owned; never NULL */
	uint64_t restored;
};

/* The caller zeroes it, and frees it with kept_sets_free(). */
struct kept_sets {
	struct kept_set *at;
	size_t n;
};

/* Reads what is in force. Fails only without memory; then the list is empty. */
int kept_sets_read(struct kept_sets *sets, struct ruleset *rules);
/* Returns the set's place, and adds it with nothing if it is not there. NULL: no memory. */
struct kept_set *kept_sets_get(struct kept_sets *sets, const char *set);
/* Replaces one of its texts. -1 without memory. */
int kept_set_text(char **to, const char *text);
/* Puts a set in place of what the list has of it. -1 without memory. */
int kept_sets_put(struct kept_sets *sets, const struct set_kept *kept);
void kept_sets_free(struct kept_sets *sets);

/* The line of a ruleset file, "except WORDS set NAME", or NULL without memory. Free it. */
char *kept_except_line(const char *words, const char *set);
/* A line for the history alone: "restored SOURCE at NS set NAME". */
char *kept_restored_line(const struct kept_set *kept);

/*
 * Calls each for the names in either list with what differs; a set that is not there has empty texts. Fast where both
 * lists have nearly the same sets in nearly the same order, as those of two moments have.
 */
void kept_sets_compare(const struct kept_sets *before, const struct kept_sets *now,
		       void (*each)(const struct kept_set *before, const struct kept_set *now, void *arg), void *arg);

/* The names of files as a set keeps them: with whole paths. "-" is "standard input". */
void kept_source(const char *const names[], size_t n, char source[SOURCE_SIZE]);

#endif
