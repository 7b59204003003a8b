/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of a foreign list, and their fields. */
#ifndef LSMCTL_RULE_FOREIGN_LINES_H
#define LSMCTL_RULE_FOREIGN_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include "base/error.h"

#define FOREIGN_MAX_LINE 65536
#define FOREIGN_FIELDS	 256 /* of a line; further ones are ignored */

/* Reads a file, or memory, a line at a time. */
struct foreign_lines {
	const char *name;
	int fd;	      /* -1: memory */
	char *buffer; /* NULL: memory */
	const char *text;
	size_t at, have; /* text[at..have) is still to be read */
	bool end;	 /* the end of the file is read */
	bool skipping;	 /* inside an overlong line */
	size_t line;	 /* number of the last line read; by characters: of the current one */
	size_t lines;	 /* lines of the last record: several if quotes hold newlines */
};

/* Reads more into the buffer. 1; 0 at the end or without room; -1 with the error set. */
int foreign_fill(struct foreign_lines *lines, struct error *err);
/*
 * Reads the next line, without its end. separator: that of CSV, whose quotes can hold newlines, or 0. 1; 0 at the end;
 * -1 with the error set. An overlong line has a length above FOREIGN_MAX_LINE.
 */
int foreign_line(struct foreign_lines *lines, char separator, const char **line, size_t *len, struct error *err);

struct foreign_field {
	const char *text;
	size_t len;
};

/* Both return the number of fields, at most FOREIGN_FIELDS, and strip quotes and blanks around each. */
size_t foreign_split_blanks(const char *line, size_t len, struct foreign_field fields[FOREIGN_FIELDS]);
size_t foreign_split_csv(const char *line, size_t len, char separator, struct foreign_field fields[FOREIGN_FIELDS]);
/* Returns the most frequent separator outside quotes; 0: only blanks. tab: counts tabs, too. */
char foreign_separator(const char *line, size_t len, bool tab);

static inline bool foreign_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static inline bool foreign_field_is(const struct foreign_field *field, const char *word)
{
	return strlen(word) == field->len && !memcmp(field->text, word, field->len);
}

/* Strips blanks from both ends. */
struct foreign_field foreign_trim(const char *text, size_t len);
/* Strips blanks, and a comment: # or ; at the start or after a blank. */
struct foreign_field foreign_strip(const char *line, size_t len);

#endif
