/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds invisible characters, which come along when text is copied from a web page or a document. */
#ifndef LSMCTL_BASE_INVISIBLE_H
#define LSMCTL_BASE_INVISIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include "error.h"

struct invisible {
	const char *name;  /* "a no-break space"; static */
	unsigned int code; /* U+00A0 */
	size_t at, len;	   /* offset and length, in bytes */
};

/* Finds the first invisible character. Skips bytes that are not UTF-8, except for ISO 8859-1's no-break space. */
bool text_invisible(const char *text, size_t len, struct invisible *found);

/* Sets the error that names it and quotes the text around it. Returns -1. */
int invisible_error(const char *text, size_t len, const struct invisible *found, struct error *err);

#endif
