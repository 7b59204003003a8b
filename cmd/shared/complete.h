/* SPDX-License-Identifier: GPL-2.0-only */
/* Offers words for completion. */
#ifndef LSMCTL_SHARED_COMPLETE_H
#define LSMCTL_SHARED_COMPLETE_H

#include "rule/prefix.h"
#include "rule/rule.h"
#include "cmd.h"

/* Each function offers words that start like the word under the cursor. Duplicates show once. */
void complete_word(const char *word, const char *about); /* about: what a shell may show beside the word, or NULL */
void complete_words(const char *const words[]);
void complete_verdicts(void);
void complete_commands(const struct invocation *inv);
void complete_destinations(void);
void complete_sets(const struct invocation *inv);
/* Offers values for a word of a rule ("port") or an argument name of the tables ("FILE"). len: its length in bytes. */
void complete_value(const struct invocation *inv, const char *what, size_t len);
/* Offers the words of a rule, or only those of its identity, each once. */
void complete_rule(const struct invocation *inv, bool identity);
/* The same for a call, whose destination may be a name. */
void complete_call(const struct invocation *inv);
/* The same for a filter, whose destination is optional, as for watch. */
void complete_filter(const struct invocation *inv);

/*
 * Offers a word from every rule, unless they are too many to choose from. Skips empty words. list: the word may follow
 * others and a comma.
 */
#define RULE_WORD_SIZE PREFIX_TEXT_SIZE
_Static_assert(RULE_WORD_SIZE >= SET_SIZE, "a word of a rule can be its set");
void complete_rules(const struct invocation *inv, void (*word_of)(const struct rule_info *rule, char *word), bool list);

#endif
