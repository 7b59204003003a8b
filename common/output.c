// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "output.h"
#include "rule_json.h"
#include "text.h"

static void *checked(void *memory)
{
	if (!memory) {
		/* A few kilobytes are not to be had: nothing sensible is left to do. */
		fputs("lsmctl: out of memory\n", stderr);
		abort();
	}
	return memory;
}

json_t *output_root(void)
{
	return checked(json_pack("{s:i}", "schema", 1));
}

json_t *output_string(const char *text)
{
	char *plain = checked(text_escape(text));
	json_t *string = checked(json_string(plain));

	free(plain);
	return string;
}

void output_json(const struct output *out, json_t *root)
{
	/* A failed write is seen by output_finish(). */
	json_dumpf(root, stdout, out->pretty ? JSON_INDENT(2) : JSON_COMPACT);
	putchar('\n');
	json_decref(root);
}

/* A newline of the text stays one only where it is the program's own. Free it; NULL: no memory. */
static char *escape_error(const struct error *err)
{
	char *copy, *rest, *line, *plain = NULL;
	bool failed = false;
	size_t size;
	FILE *to;

	if (!err->lines)
		return text_escape(err->text);
	copy = rest = strdup(err->text);
	to = copy ? open_memstream(&plain, &size) : NULL;
	while (to && (line = strsep(&rest, "\n"))) {
		char *escaped = text_escape(line);

		failed |= !escaped || fprintf(to, "%s%s", escaped, rest ? "\n" : "") < 0;
		free(escaped);
	}
	failed |= !to || fclose(to);
	free(copy);
	if (!failed)
		return plain;
	free(plain);
	return NULL;
}

void output_error(const struct output *out, const struct error *err)
{
	char *plain = escape_error(err), *rest = plain, *line;
	json_t *root;

	if (out->json) {
		root = output_root();
		json_object_set_new(
			root, "error",
			checked(json_pack("{s:s,s:s}", "code", error_name(err->code), "message", checked(plain))));
		output_json(out, root);
	} else if (!plain) {
		fputs("lsmctl: out of memory\n", stderr);
	} else {
		while ((line = strsep(&rest, "\n")))
			fprintf(stderr, "lsmctl: %s\n", line);
	}
	free(plain);
}

json_t *output_rule(const struct rule_info *rule)
{
	return checked(rule_json_value(rule));
}

struct table table_open(const struct output *out, size_t columns, const char *const header[])
{
	return (struct table){.out = out, .to = stdout, .columns = columns, .header = header};
}

void table_cell(struct table *table, const char *fmt, ...)
{
	char *raw;
	va_list args;

	if (table->n == table->room) {
		table->room = table->room ? table->room * 2 : 64;
		table->cells = checked(realloc(table->cells, table->room * sizeof(*table->cells)));
	}
	va_start(args, fmt);
	if (vasprintf(&raw, fmt, args) < 0)
		checked(NULL);
	va_end(args);
	table->cells[table->n++] = checked(text_escape(raw));
	free(raw);
}

/* Columns on the terminal; the text is printable UTF-8, whatever the locale. */
static size_t width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void print_row(const struct table *table, const char *const *cells, const size_t *widths)
{
	size_t gap = 0;

	for (size_t c = 0; c < table->columns; c++) {
		if (c && table->out->terse)
			putc('\t', table->to);
		else if (*cells[c]) /* nothing is put before the end of a line */
			fprintf(table->to, "%*s", (int)gap, "");
		fputs(cells[c], table->to);
		gap = (*cells[c] ? 0 : gap) + widths[c] - width(cells[c]) + 2;
	}
	putc('\n', table->to);
}

void table_close(struct table *table)
{
	size_t widths[OUTPUT_COLUMNS] = {};
	const char *const *cells = (const char *const *)table->cells;

	for (size_t c = 0; c < table->columns; c++) {
		widths[c] = table->header ? strlen(table->header[c]) : 0;
		for (size_t i = c; i < table->n; i += table->columns)
			widths[c] = width(cells[i]) > widths[c] ? width(cells[i]) : widths[c];
	}
	if (table->header && !table->out->terse) {
		fputs(table->out->color ? "\033[1m" : "", table->to);
		print_row(table, table->header, widths);
		fputs(table->out->color ? "\033[0m" : "", table->to);
	}
	for (size_t i = 0; i < table->n; i += table->columns)
		print_row(table, cells + i, widths);
	for (size_t i = 0; i < table->n; i++)
		free(table->cells[i]);
	free(table->cells);
}

void output_text(const char *text)
{
	char *plain = checked(text_escape(text));

	fputs(plain, stdout);
	free(plain);
}

void output_change(const struct output *out, FILE *to, char sign, const char *text)
{
	const char *color = sign == '+' ? "\033[32m" : "\033[31m";
	char *plain = checked(text_escape(text));

	fprintf(to, "%s%c %s%s\n", out->color ? color : "", sign, plain, out->color ? "\033[0m" : "");
	free(plain);
}

void time_format(uint64_t realtime, char text[TIME_TEXT_SIZE])
{
	time_t seconds = (time_t)(realtime / 1000000000u);
	struct tm tm;
	char zone[8];

	localtime_r(&seconds, &tm);
	strftime(text, TIME_TEXT_SIZE - 8, "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm); /* +hhmm, and ISO 8601 has a colon in it */
	sprintf(text + strlen(text), "%.3s:%.2s", zone, zone + 3);
}

void time_format_boot(uint64_t boottime, char text[TIME_TEXT_SIZE])
{
	time_format((uint64_t)((int64_t)boottime + clock_offset()), text);
}

void output_init(void)
{
	int fd;

	/* open() takes the lowest free number. What is opened for reading cannot be written, and the other way round.
	 */
	while ((fd = open("/dev/null", O_RDONLY)) >= 0 && fd <= STDERR_FILENO) {
		if (fd != STDIN_FILENO)
			continue;
		/* Rather an error than an empty file, which restore would take for no rules. */
		close(fd);
		open("/dev/null", O_WRONLY);
	}
	if (fd >= 0)
		close(fd);
}

static int cannot_write(int errnum, struct error *err)
{
	return error_set(err, ERR_SYSTEM, "cannot write to standard output: %s", strerror(errnum));
}

int output_check(const struct output *out, struct error *err)
{
	if (out->quiet && !out->json)
		return 0;
	/* An empty write does nothing but say that the file is closed, or is /dev/full. */
	return write(STDOUT_FILENO, "", 0) < 0 ? cannot_write(errno, err) : 0;
}

int output_finish(struct error *err)
{
	bool failed = ferror(stdout);

	errno = 0;
	if (fflush(stdout) || failed)
		return cannot_write(errno ? errno : EIO, err);
	/* A file system may report only here that there was no room (NFS, quota). */
	if (close(STDOUT_FILENO) && errno != EBADF)
		return cannot_write(errno, err);
	return 0;
}
