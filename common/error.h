/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What went wrong, as a sentence for a person and a word for a program. A function that takes a struct error returns 0,
 * or -1 with the error filled in; nothing is written through its other out-pointers then.
 */
#ifndef LSMCTL_ERROR_H
#define LSMCTL_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

enum error_code {
	ERR_NONE,
	ERR_USAGE,	 /* the command line: unknown command, option or argument */
	ERR_INPUT,	 /* a rule or a value that makes no sense */
	ERR_EXISTS,	 /* the wanted state is there already */
	ERR_NOT_FOUND,	 /* no such rule */
	ERR_SYSTEM,	 /* the kernel or the system refused */
	ERR_PERMISSION,	 /* needs root, or more capabilities */
	ERR_UNSUPPORTED, /* this kernel cannot do it as it is booted */
	ERR_FULL,	 /* no room for the rules */
	ERR_LAYOUT,	 /* the pins are of another version, or not ours */
	ERR_ON_TRIAL,	 /* a ruleset has to be confirmed or given up first */
	ERR_NOT_LOADED,
	ERR_CODES,
};

struct error {
	enum error_code code;
	/* A newline in the text ends a line, and is not the user's. error_set_lines() alone says so. */
	bool lines;
	/* A sentence, no final newline. Raw user text: escape before printing, as output_error() does. */
	char text[8192];
};

/* Returns -1, so that a caller can return it. The first error stays: one set after it is dropped. */
int error_set(struct error *err, enum error_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Several sentences, a line each, as for the bad lines of a file. Who puts them together has escaped the user's text in
 * them, so that every newline is his own. Returns -1.
 */
int error_set_lines(struct error *err, enum error_code code, const char *lines);

/* The sentence "fmt: cause of errnum", with the cause a person can act on where there is one. Returns -1. */
int error_errno(struct error *err, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "not_loaded" and the like, as in the JSON error object. */
const char *error_name(enum error_code code);

/* The process's exit status: 1 usage or input, 2 kernel or system, 3 not loaded. */
int error_exit_status(enum error_code code);

#endif
