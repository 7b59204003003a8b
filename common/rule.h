/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule as people write it: [VERDICT] DESTINATION [errno NAME] [comment "TEXT"]. One such sentence can name several
 * destinations; each becomes a rule of its own. A rule's identity is its destination alone.
 */
#ifndef LSMCTL_RULE_H
#define LSMCTL_RULE_H

#include <stdint.h>
#include "prefix.h"

/* One rule, apart from where it is kept. */
struct rule_spec {
	struct prefix prefix;
	enum verdict verdict;
	int error;		    /* positive errno of a blocked call */
	char comment[COMMENT_SIZE]; /* "": none; plain text, see text_is_plain() */
};

/* A rule that is in force. */
struct rule_info {
	struct rule_spec spec;
	uint32_t id;
	uint64_t hits;
	uint64_t last_hit; /* CLOCK_BOOTTIME, ns; 0: never */
};

/* What a sentence says: the options in spec, and the destinations (spec.prefix is not set). */
struct rule_words {
	struct rule_spec spec;
	struct prefixes destinations;
};

/*
 * Parses n words. The verdict is taken from the first word when it names one, else it is the one given; with identity,
 * a verdict or an option is refused, as for del. Free the destinations with prefixes_free().
 */
int rule_parse(struct rule_words *out, size_t n, char *const words[], enum verdict verdict, struct error *err);
int rule_parse_identity(struct rule_words *out, size_t n, char *const words[], struct error *err);

/* "allow", "block", "audit" and back; -1 for another word. */
const char *verdict_name(enum verdict verdict);
int verdict_parse(const char *word);

/* "EPERM" and the others that a rule can return, and back; NULL and -1 for others. */
const char *rule_errno_name(int error);
int rule_errno_parse(const char *word);
const char *rule_errno_word(size_t i); /* the i-th, or NULL past the last */

/* The sentence that makes this rule again: block 1.1.1.1 errno EACCES comment "x". Free it; NULL: no memory. */
char *rule_format(const struct rule_spec *spec);

/* Whether making a again would change nothing in b. */
bool rule_same(const struct rule_spec *a, const struct rule_spec *b);

#endif
