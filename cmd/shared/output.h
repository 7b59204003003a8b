/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints results to standard output: one JSON document for programs, aligned columns for people. */
#ifndef LSMCTL_SHARED_OUTPUT_H
#define LSMCTL_SHARED_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <jansson.h>
#include "base/error.h"

#define OUTPUT_COLUMNS 10

/* lsmctl-json(5) says what each number means. */
#define OUTPUT_SCHEMA	   2
#define OUTPUT_SCHEMA_TEXT "2"

struct output {
	bool json;
	bool pretty;
	bool terse; /* text: no header, columns separated by one tab */
	bool quiet; /* text: print only what the command is for (list, status, ...) */
	bool color; /* text: use colour */
};

/* Returns {"schema":2} to fill in. Escape fields with untrusted text: use output_string() for each. */
json_t *output_root(void);
json_t *output_string(const char *text);
/* Ends the program when memory is NULL: it cannot continue without a few kilobytes. */
void *output_checked(void *memory);
/* Prints and frees the document. */
void output_json(const struct output *out, json_t *root);
/* How json_dumps() does the same. */
size_t output_json_flags(bool pretty);

/*
 * Prints an error: its lines on standard error; with -j an object on standard output, its message one string with
 * newlines. Escapes the text.
 */
void output_error(const struct output *out, const struct error *err);

/* Text columns, printed on closing, each as wide as its widest cell. Escapes cells. */
struct table {
	const struct output *out;
	FILE *to; /* standard output, unless changed before closing */
	size_t columns;
	size_t n, room; /* number of cells */
	char **cells;
	const char *const *header;
};

struct table table_open(const struct output *out, size_t columns, const char *const header[]);
void table_cell(struct table *table, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void table_close(struct table *table);

/* Prints escaped text. */
void output_text(const char *text);

/* Prints escaped text after a sign, green or red on a terminal: '+' added, '-' removed. */
void output_change(const struct output *out, FILE *to, char sign, const char *text);

/* Prints a finding of doctor: word (on a terminal 0 green, 1 yellow, 2 red), name and message. */
void output_finding(const struct output *out, int color, const char *word, int word_width, const char *name,
		    int name_width, const char *message);

/*
 * Call it first: keeps files from taking the number of a closed standard stream, and makes reads and writes there fail.
 */
void output_init(void);
/* Call it before a change: fails when standard output clearly cannot take the report, if a report is due. */
int output_check(const struct output *out, struct error *err);
/* Call it last: flushes everything, or sets the error. */
int output_finish(struct error *err);

#endif
