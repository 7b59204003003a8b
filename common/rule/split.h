/* SPDX-License-Identifier: GPL-2.0-only */
/* Splits lines into words. */
#ifndef LSMCTL_RULE_SPLIT_H
#define LSMCTL_RULE_SPLIT_H

#include <stddef.h>
#include "base/error.h"

/*
 * Splits a line as a shell does. Blanks separate words. "..." and '...' keep blanks. # or ; at the start of an unquoted
 * word ends the line. A backslash escapes a blank, a quote, a backslash, # or ;. Between "..." it escapes only " and a
 * backslash, between '...' nothing. Before any other character it stands for itself. Writes into line; at most max
 * words. Returns their number, or -1 with the error set (an open quote, too many words).
 */
int words_split(char *line, char *words[], size_t max, struct error *err);

#endif
