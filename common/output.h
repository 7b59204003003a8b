/* SPDX-License-Identifier: GPL-2.0-only */
/* Results, on standard output: one JSON document for programs, aligned columns for people. */
#ifndef LSMCTL_OUTPUT_H
#define LSMCTL_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <jansson.h>
#include "error.h"
#include "rule.h"

#define OUTPUT_COLUMNS 8

struct output {
	bool json;
	bool pretty;
	bool terse; /* text: no header, columns separated by one tab */
	bool quiet; /* text: nothing but what was asked for by name (list, status, ...) */
	bool color; /* text */
};

/* {"schema":1}, to be filled. Fields whose text is not plain are escaped: use output_string() for each. */
json_t *output_root(void);
json_t *output_string(const char *text);
/* Prints and frees the document. */
void output_json(const struct output *out, json_t *root);

/*
 * What went wrong: one line on standard error for each of the error's, or with -j an object on standard output, its
 * message one string with a newline between them. Escapes the text.
 */
void output_error(const struct output *out, const struct error *err);

/* A rule as in list. */
json_t *output_rule(const struct rule_info *rule);

/* Text columns, printed when the table is closed, each as wide as it must be. Cells are escaped. */
struct table {
	const struct output *out;
	FILE *to; /* standard output, unless it is changed before the table is closed */
	size_t columns;
	size_t n, room; /* cells */
	char **cells;
	const char *const *header;
};

struct table table_open(const struct output *out, size_t columns, const char *const header[]);
void table_cell(struct table *table, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void table_close(struct table *table);

/* Prints text, escaped. */
void output_text(const char *text);

/* Prints text, escaped, with a sign before it, green or red on a terminal: what was added ('+') or removed ('-'). */
void output_change(const struct output *out, FILE *to, char sign, const char *text);

#define TIME_TEXT_SIZE 40

/* ISO 8601 with the zone, from CLOCK_REALTIME or CLOCK_BOOTTIME in ns. */
void time_format(uint64_t realtime, char text[TIME_TEXT_SIZE]);
void time_format_boot(uint64_t boottime, char text[TIME_TEXT_SIZE]);

/* At the start: no file may take the place of a standard stream that is closed, and reading or writing there must fail.
 */
void output_init(void);
/* Before a change: fails when it is plain that standard output cannot take the report, if there is to be one. */
int output_check(const struct output *out, struct error *err);
/* At the end: everything is written, or the error set. */
int output_finish(struct error *err);

#endif
