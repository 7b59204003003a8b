// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/text.h"
#include "output.h"

void *output_checked(void *memory)
{
	if (!memory) {
		fputs("lsmctl: out of memory\n", stderr);
		abort();
	}
	return memory;
}

json_t *output_root(void)
{
	return output_checked(json_pack("{s:i}", "schema", OUTPUT_SCHEMA));
}

json_t *output_string(const char *text)
{
	char *plain = output_checked(text_escape(text));
	json_t *string = output_checked(json_string_nocheck(plain)); /* valid UTF-8 since it is escaped */

	free(plain);
	return string;
}

size_t output_json_flags(bool pretty)
{
	return pretty ? JSON_INDENT(2) : JSON_COMPACT;
}

/* jansson writes token by token: a call of stdio for each would take a fifth of the time. */
struct tokens {
	size_t n;
	char text[2048];
};

static void write_tokens(struct tokens *tokens)
{
	/* output_finish() reports a failed write. */
	fwrite(tokens->text, 1, tokens->n, stdout);
	tokens->n = 0;
}

static int add_token(const char *token, size_t size, void *arg)
{
	struct tokens *tokens = arg;

	if (size > sizeof(tokens->text) - tokens->n)
		write_tokens(tokens);
	if (size > sizeof(tokens->text)) {
		fwrite(token, 1, size, stdout);
	} else {
		memcpy(tokens->text + tokens->n, token, size);
		tokens->n += size;
	}
	return 0;
}

void output_json(const struct output *out, json_t *root)
{
	struct tokens tokens;

	tokens.n = 0;
	json_dump_callback(root, add_token, &tokens, output_json_flags(out->pretty));
	write_tokens(&tokens);
	putchar('\n');
	json_decref(root);
}

/* Keeps a newline of the text only when it comes from lsmctl, and escapes others. Free it; NULL: no memory. */
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
		json_object_set_new(root, "error",
				    output_checked(json_pack("{s:s,s:s}", "code", error_name(err->code), "message",
							     output_checked(plain))));
		output_json(out, root);
	} else if (!plain) {
		fputs("lsmctl: out of memory\n", stderr);
	} else {
		while ((line = strsep(&rest, "\n")))
			fprintf(stderr, "lsmctl: %s\n", line);
	}
	free(plain);
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
		table->cells = output_checked(realloc(table->cells, table->room * sizeof(*table->cells)));
	}
	va_start(args, fmt);
	if (vasprintf(&raw, fmt, args) < 0)
		output_checked(NULL);
	va_end(args);
	table->cells[table->n++] = output_checked(text_escape(raw));
	free(raw);
}

/* Returns the columns on a terminal; the text is printable UTF-8 in any locale. */
static size_t width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void pad(size_t n, FILE *to)
{
	while (n--)
		putc_unlocked(' ', to);
}

static void print_row(const struct table *table, const char *const *cells, const size_t *widths)
{
	size_t gap = 0;

	for (size_t c = 0; c < table->columns; c++) {
		if (c && table->out->terse)
			putc('\t', table->to);
		else if (*cells[c]) /* no padding at the end of a line */
			pad(gap, table->to);
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
	char *plain = output_checked(text_escape(text));

	fputs(plain, stdout);
	free(plain);
}

void output_change(const struct output *out, FILE *to, char sign, const char *text)
{
	const char *color = sign == '+' ? "\033[32m" : "\033[31m";
	char *plain = output_checked(text_escape(text));

	fprintf(to, "%s%c %s%s\n", out->color ? color : "", sign, plain, out->color ? "\033[0m" : "");
	free(plain);
}

void output_init(void)
{
	static char buffer[1 << 16];
	int fd;

	/* open() takes the lowest free number. A stream opened for reading cannot be written, and the reverse. */
	while ((fd = open("/dev/null", O_RDONLY)) >= 0 && fd <= STDERR_FILENO) {
		if (fd != STDIN_FILENO)
			continue;
		/* Fail: restore would accept an empty file as "no rules". */
		close(fd);
		open("/dev/null", O_WRONLY);
	}
	if (fd >= 0)
		close(fd);
	if (!isatty(STDOUT_FILENO))
		setvbuf(stdout, buffer, _IOFBF, sizeof(buffer)); /* by itself the C library writes 4 KiB at a time */
}

static int cannot_write(int errnum, struct error *err)
{
	return error_set(err, ERR_SYSTEM, "cannot write to standard output: %s", strerror(errnum));
}

int output_check(const struct output *out, struct error *err)
{
	if (out->quiet && !out->json)
		return 0;
	/* An empty write only reports a closed file or /dev/full. */
	return write(STDOUT_FILENO, "", 0) < 0 ? cannot_write(errno, err) : 0;
}

int output_finish(struct error *err)
{
	bool failed = ferror(stdout);

	errno = 0;
	if (fflush(stdout) || failed)
		return cannot_write(errno ? errno : EIO, err);
	/* Some file systems report a lack of room only here (NFS, quota). */
	if (close(STDOUT_FILENO) && errno != EBADF)
		return cannot_write(errno, err);
	return 0;
}

void output_finding(const struct output *out, int color, const char *word, int word_width, const char *name,
		    int name_width, const char *message)
{
	static const char *const colors[] = {"\033[32m", "\033[33m", "\033[31m"};
	char *plain = text_escape(message);

	if (out->terse)
		printf("%s\t%s\t%s\n", word, name, plain ? plain : "");
	else
		printf("%s%-*s%s  %-*s%s%s\n", out->color ? colors[color] : "", word_width, word,
		       out->color ? "\033[0m" : "", plain && *plain ? name_width : 0, name, plain && *plain ? "  " : "",
		       plain ? plain : "");
	free(plain);
}
