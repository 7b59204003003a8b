/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of reading a foreign list, and the functions that take its entries. */
#ifndef LSMCTL_RULE_FOREIGN_ENTRY_H
#define LSMCTL_RULE_FOREIGN_ENTRY_H

#include <stdbool.h>
#include <stdint.h>
#include "base/bad_lines.h"
#include "foreign_field.h"
#include "foreign_guess.h"
#include "prefix.h"

enum foreign_format {
	FOREIGN_PLAIN,	 /* an address, a prefix or a range on each line */
	FOREIGN_COLUMNS, /* columns separated by blanks */
	FOREIGN_CSV,
	FOREIGN_JSON,
	FOREIGN_NETMASK, /* address and netmask: in two columns, or joined by a slash */
	FOREIGN_RANGE,	 /* start and end: in two columns, or joined by a dash */
	FOREIGN_IPSET,	 /* the output of `ipset save` */
	FOREIGN_FORMATS,
	FOREIGN_UNSAID = FOREIGN_FORMATS, /* guess, and refuse a list with two possible readings */
};

/* Reasons to leave an entry out. */
enum foreign_reason {
	FOREIGN_NO_ADDRESS,
	FOREIGN_NAME,	   /* a host name */
	FOREIGN_PORT,	   /* an address with a port, or a URL */
	FOREIGN_HOST_BITS, /* 10.0.0.1/8 */
	FOREIGN_INVISIBLE, /* has an invisible character */
	FOREIGN_MISSING,   /* the line lacks the column */
	FOREIGN_EXCEPTION, /* ipset's nomatch */
	FOREIGN_BAD_LINE,  /* the line is too long, or binary */
	FOREIGN_REASONS,
};

struct foreign_counts {
	uint64_t read;		       /* entries, including bad ones */
	uint64_t bad[FOREIGN_REASONS]; /* bad entries by reason */
	uint64_t without;	       /* JSON objects without the member of a pointer, elements of other ipsets */
};

struct foreign_list {
	const char *name; /* of the file; "-" is standard input */
	enum foreign_format format;
	/*
	 * Where the addresses are. In columns: a number from 1 or a heading; FOREIGN_NETMASK and FOREIGN_RANGE take a
	 * second one for the mask or end (unless said, the next column). In JSON: pointers. In ipset: a set.
	 */
	const char *const *columns;
	size_t n_columns;
	/* Takes each prefix. timeout: in seconds, 0 for none. -1 ends the reading. */
	int (*entry)(void *arg, const struct prefix *prefix, uint64_t timeout, struct error *err);
	void *arg;
	struct foreign_counts *counts; /* the reader adds to them */
	struct bad_lines *bad;	       /* collects bad entries, with their lines */
};

/* The reason in words, as in "names: 3"; and as a JSON name. */
const char *foreign_reason_name(enum foreign_reason reason);
const char *foreign_reason_code(enum foreign_reason reason);

/* The list, and where the reader is in it. */
struct foreign {
	const struct foreign_list *list;
	struct foreign_lines lines;
	enum foreign_format format;
	bool guessed; /* no --format: refuse a line of another kind */
	struct foreign_guess guess;
	struct error *err;    /* the functions below set it when they return -1 */
	struct error scratch; /* the error of one entry */
};

/* Collects and counts a bad entry of this line. Returns 0. */
int foreign_bad(struct foreign *f, enum foreign_reason reason, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Reads an entry; if it is no address, prefix or range, counts it as bad. */
int foreign_entry(struct foreign *f, const char *text, size_t len, uint64_t timeout);
/* Sets the error that ends the reading, after the file's name and line. Returns -1. */
int foreign_fail(struct foreign *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Set the error for two possible readings, and for an address that is to be let through. Return -1. */
int foreign_ask_two(struct foreign *f);
int foreign_ask_allow(struct foreign *f);
/* Checks a field of a guessed list beside the address: -1 with the error if it could change what the line means. */
int foreign_check_other(struct foreign *f, const struct foreign_field *field);

#endif
