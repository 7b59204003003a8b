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

static void add(struct json_line *line, const char *before, const char *text, const char *behind)
{
	char *to = end_of(line, strlen(before) + strlen(text) + strlen(behind) + 1);

	line->n = (size_t)(stpcpy(stpcpy(stpcpy(to, before), text), behind) - line->text);
}

static void add_name(struct json_line *line, const char *name)
{
	add(line, ",\"", name, "\":");
}

static void add_string(struct json_line *line, const char *text)
{
	char *quoted;

	if (text_is_plain(text) && !strpbrk(text, "\"\\")) {
		add(line, "\"", text, "\"");
		return;
	}
	quoted = output_checked(text_quote_escaped(text));
	add(line, "", quoted, "");
	free(quoted);
}

void json_line_begin(struct json_line *line)
{
	line->n = 0;
	add(line, "{\"schema\":", OUTPUT_SCHEMA_TEXT, "");
}

void json_line_text(struct json_line *line, const char *name, const char *text)
{
	add_name(line, name);
	if (text)
		add_string(line, text);
	else
		add(line, "", "null", "");
}

void json_line_number(struct json_line *line, const char *name, bool there, uint64_t number)
{
	add_name(line, name);
	if (there)
		line->n = (size_t)(num_put(end_of(line, DIGITS), number) - line->text);
	else
		add(line, "", "null", "");
}

void json_line_truth(struct json_line *line, const char *name, bool there, bool truth)
{
	add_name(line, name);
	add(line, "", !there ? "null" : truth ? "true" : "false", "");
}

void json_line_end(struct json_line *line)
{
	add(line, "", "}\n", "");
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
