/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that somebody else chose (rules, comments, arguments, file names) on its way to a terminal or into JSON, and in.
 */
#ifndef LSMCTL_TEXT_H
#define LSMCTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A copy in which every byte that is no printable UTF-8 is written as \xNN: control characters, broken sequences,
 * and the characters that turn the direction of text round. What is left is safe on a terminal and in JSON. A newline
 * is escaped too. Free it. NULL when there is no memory.
 */
char *text_escape(const char *text);

/* Whether text_escape() would change nothing. */
bool text_is_plain(const char *text);

/* The text in double quotes, with \ and " behind a backslash: reads back as one word. Free it; NULL: no memory. */
char *text_quote(const char *text);

/* The best guess among n words at what was meant, or NULL when none is near. word(i, arg) is the i-th. */
const char *text_nearest(const char *typed, size_t n, const char *(*word)(size_t i, const void *arg), const void *arg);

#endif
