/* SPDX-License-Identifier: GPL-2.0-only */
/* Collects all faults of a file for one report: FILE:LINE: WHAT, one on each line. */
#ifndef LSMCTL_BASE_BAD_LINES_H
#define LSMCTL_BASE_BAD_LINES_H

#include <stddef.h>
#include "error.h"

#define BAD_LINES_TOLD 20 /* reported in full; the rest are only counted */

/* The caller zeroes it. */
struct bad_lines {
	size_t n, told;
	size_t used; /* bytes of text */
	struct error report;
	char files[1024]; /* what bad_file() was given: a line each */
};

/* Records what is wrong with a line. Escapes name and what, which may be raw text. */
void bad_line(struct bad_lines *bad, const char *name, size_t line, const char *what);

/* The same of a whole file, which is told behind all lines. Counts only when lines are bad too. */
void bad_file(struct bad_lines *bad, const char *name, const char *what);

/* Returns 0 without bad lines; else -1, with all of them in the error. */
int bad_lines_end(struct bad_lines *bad, struct error *err);

#endif
