// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include "base/num.h"
#include "base/text.h"
#include "json_line.h"

#define DIGITS 20 /* of the largest number */

/* Returns the end, with room for size bytes behind it. */
static char *end_of(struct json_line *line, size_t size)
{
	if (size > line->room - line->n) {
		line->room = 2 * line->room + size;
		line->text = output_checked(realloc(line->text, line->room));
	}
	return line->text + line->n;
}

static void add(struct json_line *line, const char *text)
{
	size_t size = strlen(text);

	memcpy(end_of(line, size), text, size);
	line->n += size;
}

static void add_name(struct json_line *line, const char *name)
{
	char *to = end_of(line, strlen(name) + strlen(",\"\":") + 1);

	*to++ = ',';
	*to++ = '"';
	to = stpcpy(to, name);
	*to++ = '"';
	*to++ = ':';
	line->n = (size_t)(to - line->text);
}

static void add_plain(struct json_line *line, const char *text)
{
	char *to = end_of(line, strlen(text) + strlen("\"\"") + 1);

	*to++ = '"';
	to = stpcpy(to, text);
	*to++ = '"';
	line->n = (size_t)(to - line->text);
}

static void add_string(struct json_line *line, const char *text)
{
	char *plain, *quoted;

	if (text_is_plain(text) && !strpbrk(text, "\"\\")) {
		add_plain(line, text);
		return;
	}
	plain = output_checked(text_escape(text));
	quoted = output_checked(text_quote(plain));
	add(line, quoted);
	free(quoted);
	free(plain);
}

void json_line_begin(struct json_line *line)
{
	line->n = 0;
	add(line, "{\"schema\":" OUTPUT_SCHEMA_TEXT);
}

void json_line_text(struct json_line *line, const char *name, const char *text)
{
	add_name(line, name);
	if (text)
		add_string(line, text);
	else
		add(line, "null");
}

void json_line_number(struct json_line *line, const char *name, bool there, uint64_t number)
{
	add_name(line, name);
	if (there)
		line->n = (size_t)(num_put(end_of(line, DIGITS), number) - line->text);
	else
		add(line, "null");
}

void json_line_truth(struct json_line *line, const char *name, bool there, bool truth)
{
	add_name(line, name);
	add(line, !there ? "null" : truth ? "true" : "false");
}

void json_line_end(struct json_line *line)
{
	add(line, "}\n");
}

void json_line_print(const struct json_line *line, const struct output *out)
{
	if (out->pretty)
		output_json(out, output_checked(json_loadb(line->text, line->n, 0, NULL)));
	else
		fwrite(line->text, 1, line->n, stdout); /* output_finish() reports a failure */
}

void json_line_free(struct json_line *line)
{
	free(line->text);
}
