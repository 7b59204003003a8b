/* SPDX-License-Identifier: GPL-2.0-only */
/* Parses rules from words as users type them. */
#ifndef LSMCTL_RULE_PARSE_H
#define LSMCTL_RULE_PARSE_H

#include <string.h>
#include "rule.h"

/*
 * Adds the rules that the n words name, without duplicates. The first word may be a verdict; else uses the given one.
 * rules_parse_identity() refuses verdicts and options outside the identity, as for del. Does not check that cgroups
 * exist. Adds nothing on failure.
 */
int rules_parse(struct rules *rules, size_t n, char *const words[], enum verdict verdict, struct error *err);
int rules_parse_identity(struct rules *rules, size_t n, char *const words[], struct error *err);

/*
 * Parses rules as list and save show them, with options that are not part of the identity. *verdict: whether the words
 * have a verdict.
 */
int rules_parse_shown(struct rules *rules, size_t n, char *const words[], bool *verdict, struct error *err);

/* Returns the i-th word that can follow the destination, identity words first, or NULL past the last. */
const char *rule_word(size_t i, bool identity);

/* True for a word that rule_word() returns. */
static inline bool rule_is_word(const char *word, bool identity)
{
	for (size_t i = 0; rule_word(i, identity); i++) {
		if (!strcmp(word, rule_word(i, identity)))
			return true;
	}
	return false;
}

/* False for a word of a rule that stands alone. */
bool rule_word_has_value(const char *word);

/* True for the words that name a subject: a rule has one of them at most. */
bool rule_word_is_subject(const char *word);

/*
 * The same for a call: n > 0 words, which may include "uid" (as id), "gid", "exe" and "cgroup" together. Defaults:
 * proto PROTO_ANY, uid and gid UINT32_MAX, cgroup and exe "". Only for call_parse(), which checks that the result is a
 * single call.
 */
struct call_words {
	uint32_t gid;
	char exe[CGROUP_SIZE];
};

int rules_parse_call(struct rules *rules, struct call_words *said, size_t n, char *const words[], struct error *err);

#endif
