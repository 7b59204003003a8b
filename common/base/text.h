/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes untrusted text (rules, comments, arguments, file names) safe for a terminal and for JSON, and reads it back. */
#ifndef LSMCTL_BASE_TEXT_H
#define LSMCTL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Returns a copy that writes each byte outside printable UTF-8 as \xNN: control characters, broken sequences, and
 * characters that change the text direction. The copy is safe on a terminal and in JSON. Escapes newlines too. Free it;
 * NULL: no memory.
 */
char *text_escape(const char *text);

/* True when text_escape() would change nothing. */
bool text_is_plain(const char *text);

/*
 * Returns the text in double quotes, with \ and " escaped by a backslash: a shell-like parser reads one word. Free it;
 * NULL: no memory.
 */
char *text_quote(const char *text);

/* The same of what text_escape() makes of it: a string of JSON. */
char *text_quote_escaped(const char *text);

/*
 * Returns the text in quotes, as one word that files of rules and a shell read alike: in double quotes, or in single
 * ones where a shell would expand it. A row of list may be pasted, and others choose some of its text. Free it; NULL:
 * no memory.
 */
char *text_quote_word(const char *text);

/* As text_quote_word(), without quotes where neither needs them. */
char *text_word(const char *text);

/* Returns the nearest of n words, the likely intention, or NULL when none is near. word(i, arg) returns the i-th. */
const char *text_nearest(const char *typed, size_t n, const char *(*word)(size_t i, const void *arg), const void *arg);

#endif
