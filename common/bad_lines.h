/* SPDX-License-Identifier: GPL-2.0-only */
/* What is wrong with a file, told in one go: FILE:LINE: WHAT, a line each. */
#ifndef LSMCTL_BAD_LINES_H
#define LSMCTL_BAD_LINES_H

#include <stddef.h>
#include "error.h"

#define BAD_LINES_TOLD 20 /* in full; of those past them only how many there were */

/* Zero-initialise it. */
struct bad_lines {
	size_t n, told;
	size_t used; /* bytes of text */
	struct error report;
};

/* Takes down what is wrong with a line. Name and what may be raw text: they are escaped here. */
void bad_line(struct bad_lines *bad, const char *name, size_t line, const char *what);

/* 0 when there is none; else -1, with all of them in the error. */
int bad_lines_end(struct bad_lines *bad, struct error *err);

#endif
