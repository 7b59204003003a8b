/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file of rules, as save writes it and restore reads it: commands, one a line, without the program's name (block ...,
 * allow ..., audit ..., add ..., set default V, set mode M). A line that is only a rule without its verdict, most often
 * a bare destination (how public blocklists come), has the verdict that the caller gives. # and ; begin a comment at
 * the start of a line or behind a blank, and # right behind a bare address too. Blanks and a carriage return at the end
 * of a line mean nothing; nor does a byte order mark at the start of the file.
 */
#ifndef LSMCTL_RULES_FILE_H
#define LSMCTL_RULES_FILE_H

#include "bad_lines.h"
#include "rule.h"

struct rules_file {
	const char *name;     /* for messages; "-" is standard input */
	enum verdict verdict; /* of lines that name none */
	const char *set;      /* every rule goes into this set; NULL: as the lines say */
	bool settings;	      /* "set ..." lines are allowed */
	/*
	 * Takes each rule, in order; borrowed. May refuse with the error set: bad input is the line's, and the reading
	 * goes on; anything else stops it. What it took is to be dropped when reading fails.
	 */
	int (*rule)(void *arg, const struct rule_spec *spec, size_t line, struct error *err);
	/* Takes "set NAME VALUE". May refuse with the error set, which is then a bad line's. Called behind bad lines
	 * too. */
	int (*setting)(void *arg, const char *name, const char *value, struct error *err);
	/* Takes down what is wrong with lines, of more than one file, for bad_lines_end(); NULL: it is the error. */
	struct bad_lines *bad;
	/* Called now and then with the bytes read and all there are (0: unknown); NULL: nobody looks. */
	void (*progress)(void *arg, size_t done, size_t all);
	void *arg;
};

/*
 * Reads all of it, a piece at a time. -1 with the error set when it cannot be read, or (without bad) when lines are
 * bad: then the error's text is the first 20 as FILE:LINE: what is wrong, near 'TOKEN', a line each, and how many more
 * there are.
 */
int rules_file_read(const struct rules_file *file, struct error *err);

/* The same for what is in memory: file->name is only for messages. */
int rules_text_read(const struct rules_file *file, const char *text, size_t size, struct error *err);

#endif
