/* SPDX-License-Identifier: GPL-2.0-only */
/* Errors for words of other tools, and for words in the wrong place. */
#ifndef LSMCTL_RULE_HINT_H
#define LSMCTL_RULE_HINT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"

/*
 * Each returns -1 with the error set, or 0 if it knows nothing about the word.
 * hint_filter: the first word of a filter, such as "deny" or "user"; it may be a verdict, a destination or a clause.
 */
int hint_filter(const char *word, struct error *err);
/* The first word of a rule, after its verdict: "port 25", where it is a clause; "tcp 192.0.2.1". */
int hint_no_destination(const char *clause, struct error *err);
int hint_destination(const char *word, struct error *err);
/* A word after the destination that is no clause: "192.0.2.1 udp", "port 80 443". */
int hint_clause(const char *word, struct error *err);

#endif
