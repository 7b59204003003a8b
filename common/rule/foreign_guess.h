/* SPDX-License-Identifier: GPL-2.0-only */
/* Guesses the format of a file by its first lines. */
#ifndef LSMCTL_RULE_FOREIGN_GUESS_H
#define LSMCTL_RULE_FOREIGN_GUESS_H

#include <stdbool.h>
#include <stddef.h>

enum foreign_kind {
	KIND_EMPTY,   /* nothing, or only comments */
	KIND_UNKNOWN, /* no list that we know */
	KIND_PLAIN,
	KIND_COLUMNS,
	KIND_CSV,
	KIND_JSON,
	KIND_NETMASK, /* 192.0.2.0/255.255.255.0 */
	KIND_IPSET,
	KIND_TWO,   /* two columns of addresses: start and end, address and netmask, or two hosts */
	KIND_ALLOW, /* some line lets its address through */
	KIND_MIXED, /* lines of several formats */
	KIND_HOSTS, /* a hosts file, or a list of names in another form */
	KIND_NAMES,
	KIND_PACKED, /* gzip and others, for another program to unpack */
	KIND_UTF16,
	KIND_MARKUP, /* HTML or XML */
	KIND_IPSET_LIST,
};

struct foreign_guess {
	enum foreign_kind kind;
	size_t column;	     /* KIND_COLUMNS, KIND_CSV: the column of addresses, from 0 */
	char separator;	     /* KIND_CSV */
	size_t line;	     /* the line that decided, from 1 */
	size_t lines;	     /* lines with an address; 2 where one is enough */
	const char *unpacks; /* KIND_PACKED: the program */
};

/* whole: the text is all of the file; otherwise a last line without its end is ignored. */
struct foreign_guess foreign_guess(const char *text, size_t size, bool whole);

/* Returns whether no line of this kind can be a rule, so that restore can refuse it unread. */
bool foreign_is_strange(const char *text, size_t size);

/*
 * Writes a sentence, without the file's name: the kind of a file that is no list of rules, and the command that reads
 * it. Returns false if it knows none.
 */
bool foreign_advice(const struct foreign_guess *guess, const char *name, const char *set, char *to, size_t size);

#endif
