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

json_t *output_rule(const struct rule_info *rule)
{
	return checked(rule_json_value(rule));
}

struct table table_open(const struct output *out, size_t columns, const char *const header[])
{
	return (struct table){.out = out, .columns = columns, .header = header};
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
			putchar('\t');
		else if (*cells[c]) /* nothing is put before the end of a line */
			printf("%*s", (int)gap, "");
		fputs(cells[c], stdout);
		gap = (*cells[c] ? 0 : gap) + widths[c] - width(cells[c]) + 2;
	}
	putchar('\n');
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
		fputs(table->out->color ? "\033[1m" : "", stdout);
		print_row(table, table->header, widths);
		fputs(table->out->color ? "\033[0m" : "", stdout);
	}
	for (size_t i = 0; i < table->n; i += table->columns)
		print_row(table, cells + i, widths);
	for (size_t i = 0; i < table->n; i++)
		free(table->cells[i]);
	free(table->cells);
}

void output_change(const struct output *out, char sign, const char *text)
{
	const char *color = sign == '+' ? "\033[32m" : "\033[31m";
	char *plain = checked(text_escape(text));

	printf("%s%c %s%s\n", out->color ? color : "", sign, plain, out->color ? "\033[0m" : "");
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
