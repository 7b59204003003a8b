/* SPDX-License-Identifier: GPL-2.0-only */
/* Recognises lines of a file of rules that are something else. */
#ifndef LSMCTL_RULE_LINE_H
#define LSMCTL_RULE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"

/* Returns whether the line has a word of the rule language in its place, however wrong the rest is. */
bool line_is_rule(int n, char *const words[]);

/* Refuses another command's name: some people take the file for a script. */
int line_check_command(const char *word, struct error *err);

/*
 * Refuses two addresses on a line: they could be start and end, address and netmask, or, least likely, two hosts.
 */
int line_check_columns(int n, char *const words[], struct error *err);

/* Makes "192.0.2.1 - 192.0.2.9" one word. Returns the new number of words. */
int line_join_range(int n, char *words[]);

/* Replaces the reason for refusing a line if it has an invisible character outside quotes, which most likely caused it.
 */
void line_name_invisible(const char *line, size_t len, struct error *why);

#endif
