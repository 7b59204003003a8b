/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file of rules, as save writes it and restore reads it. Each line is a command without the program's name (block
 * ..., allow ..., audit ..., add ..., set default V, set mode M). A line without a verdict, usually a bare destination
 * of a public blocklist, gets the verdict of the caller. # and ; start a comment at the start of a line or after a
 * blank; # also directly after a bare address. Ignores blanks and a carriage return at the end of a line, and a byte
 * order mark at the start of the file.
 */
#ifndef LSMCTL_RULE_FILE_H
#define LSMCTL_RULE_FILE_H

#include "base/bad_lines.h"
#include "rule.h"

struct rules_file {
	const char *name;     /* for messages; "-" is standard input */
	enum verdict verdict; /* for lines without a verdict */
	const char *set;      /* put every rule into this set; NULL: as the lines say */
	bool settings;	      /* "set ..." lines are allowed */
	/*
	 * Receives each rule, in order; borrowed. May refuse with the error set: ERR_INPUT marks the line as bad, and
	 * reading continues; any other error stops it. When reading fails, the caller drops all rules received.
	 */
	int (*rule)(void *arg, const struct rule_spec *spec, size_t line, struct error *err);
	/*
	 * Receives "set NAME VALUE". May refuse with the error set, which marks the line as bad. Called after bad lines
	 * too.
	 */
	int (*setting)(void *arg, const char *name, const char *value, struct error *err);
	/*
	 * Receives "except WORDS set NAME", as setting does. NULL: such a line is refused.
	 */
	int (*except)(void *arg, const char *words, const char *set, struct error *err);
	/* Collects bad lines, across several files, for bad_lines_end(); NULL: bad lines become the error. */
	struct bad_lines *bad;
	/* Called now and then with the bytes read and the total (0: unknown). May be NULL. */
	void (*progress)(void *arg, size_t done, size_t all);
	void *arg;
};

/* The name of the option that a command of a file may have behind its verdict: see rule_spec.may_be_gone. */
#define MISSING_CGROUPS "missing-cgroups"

/*
 * Reads the whole file, in pieces. -1 with the error set when it cannot read it, or (without bad) when lines are bad:
 * the error then has the first 20 as FILE:LINE: what is wrong, near 'TOKEN', one on each line, and the number of the
 * rest.
 */
int rules_file_read(const struct rules_file *file, struct error *err);

/* The same for text in memory: file->name is only for messages. */
int rules_text_read(const struct rules_file *file, const char *text, size_t size, struct error *err);

#endif
