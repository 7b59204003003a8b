/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes one JSON object, field after field. Reports use it, since there are thousands of them in a second: a tree of
 * jansson takes ten times as long.
 */
#ifndef LSMCTL_SHARED_JSON_LINE_H
#define LSMCTL_SHARED_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "output.h"

/* Zero at first. Its memory serves all objects. */
struct json_line {
	char *text;
	size_t n, room;
};

/* Begins an object with the field "schema". */
void json_line_begin(struct json_line *line);

/* Add a field. name: as it stands. text: escaped as by output_string(); NULL, or not there: null. */
void json_line_text(struct json_line *line, const char *name, const char *text);
void json_line_number(struct json_line *line, const char *name, bool there, uint64_t number);
void json_line_truth(struct json_line *line, const char *name, bool there, bool truth);

/* Ends the object and its line. */
void json_line_end(struct json_line *line);

/* Prints the object that has been ended. */
void json_line_print(const struct json_line *line, const struct output *out);

void json_line_free(struct json_line *line);

#endif
