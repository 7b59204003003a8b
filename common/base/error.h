/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An error: a sentence for a person and a word for a program. A function with a struct error returns 0, or -1 with the
 * error set; on -1 it writes nothing to its other out-pointers.
 */
#ifndef LSMCTL_BASE_ERROR_H
#define LSMCTL_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

enum error_code {
	ERR_NONE,
	ERR_USAGE,	 /* the command line: unknown command, option or argument */
	ERR_INPUT,	 /* an invalid rule or value */
	ERR_EXISTS,	 /* the wanted state exists already */
	ERR_NOT_FOUND,	 /* no such rule */
	ERR_SYSTEM,	 /* the kernel or the system refused */
	ERR_PERMISSION,	 /* needs root, or more capabilities */
	ERR_UNSUPPORTED, /* this kernel, as booted, cannot do it */
	ERR_FULL,	 /* no room for the rules */
	ERR_LAYOUT,	 /* the pins are of another layout version, or not ours */
	ERR_LOCKED,	 /* the policy is locked */
	ERR_ON_TRIAL,	 /* first confirm or revert the ruleset on trial */
	ERR_NOT_LOADED,
	ERR_CODES,
};

struct error {
	enum error_code code;
	/* Newlines in text end lines, and never come from the user. Only error_set_lines() sets it. */
	bool lines;
	/*
	 * A sentence without a final newline. May hold raw user text: escape it before printing, as output_error()
	 * does.
	 */
	char text[8192];
};

/* Returns -1, so that a caller can return it. Keeps the first error: later ones are dropped. */
int error_set(struct error *err, enum error_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Sets several sentences, one on each line, as for the bad lines of a file. The caller has escaped the user's text, so
 * that every newline is a line break. Returns -1.
 */
int error_set_lines(struct error *err, enum error_code code, const char *lines);

/*
 * Sets the sentence "fmt: cause". The cause is the text of errnum, or better: advice, where the user can act. Returns
 * -1.
 */
int error_errno(struct error *err, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Returns "not_loaded" and the like, as in the JSON error object. */
const char *error_name(enum error_code code);

/* Returns the exit status of the process: 1 usage or input, 2 kernel or system, 3 not loaded. */
int error_exit_status(enum error_code code);

#endif
