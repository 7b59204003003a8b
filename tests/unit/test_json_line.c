// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"
#include <stdlib.h>
#include "base/text.h"
#include "shared/json_line.h"

/* What a parser makes of an object that has this text. */
static json_t *parsed(struct json_line *line, const char *text)
{
	json_error_t why;
	json_t *value;

	json_line_begin(line);
	json_line_text(line, "text", text);
	json_line_number(line, "after", true, 1);
	json_line_end(line);
	value = json_loadb(line->text, line->n, JSON_REJECT_DUPLICATES, &why);
	assert_non_null(value);
	assert_int_equal(json_object_size(value), 3);
	assert_int_equal(json_integer_value(json_object_get(value, "after")), 1);
	return value;
}

static void holds(struct json_line *line, const char *text)
{
	json_t *value = parsed(line, text);
	char *plain = text_escape(text);

	assert_string_equal(json_string_value(json_object_get(value, "text")), plain);
	free(plain);
	json_decref(value);
}

static void every_text_is_valid_and_read_back_escaped(void **state)
{
	static const char *const pieces[] = {
		"\"", "\\",	 "\n",	       "\x1b[2J", "\xff", "\xc3\xa4", "\xe2\x80\xae",	 "\xed\xa0\x80",
		"a",  "\\u0000", "\",\"x\":1", "}",	  "/",	  "\x7f",     "\xf0\x9f\x98\x80"};
	const size_t n = sizeof(pieces) / sizeof(pieces[0]);
	struct json_line line = {};

	(void)state;
	for (int byte = 1; byte < 256; byte++)
		holds(&line, (char[]){'a', (char)byte, 'b', '\0'});
	for (size_t i = 0; i < n * n * n; i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s%s%s", pieces[i % n], pieces[i / n % n], pieces[i / n / n]);
		holds(&line, text);
	}
	json_line_free(&line);
}

static void what_is_not_there_is_null(void **state)
{
	static const char expected[] = "{\"schema\":2,\"a\":null,\"b\":\"\",\"c\":null,\"d\":18446744073709551615,"
				       "\"e\":null,\"f\":true,\"g\":false}\n";
	struct json_line line = {};

	(void)state;
	json_line_begin(&line);
	json_line_text(&line, "a", NULL);
	json_line_text(&line, "b", "");
	json_line_number(&line, "c", false, 5);
	json_line_number(&line, "d", true, UINT64_MAX);
	json_line_truth(&line, "e", false, true);
	json_line_truth(&line, "f", true, true);
	json_line_truth(&line, "g", true, false);
	json_line_end(&line);
	assert_int_equal(line.n, strlen(expected));
	assert_memory_equal(line.text, expected, line.n);
	json_line_free(&line);
}

static void a_long_text_finds_room(void **state)
{
	struct json_line line = {};
	char text[5000];

	(void)state;
	for (size_t size = 1; size < sizeof(text); size += 613) {
		memset(text, 'x', size);
		text[size] = '\0';
		holds(&line, text);
		memset(text, '\001', size);
		holds(&line, text);
	}
	json_line_free(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_text_is_valid_and_read_back_escaped),
		cmocka_unit_test(what_is_not_there_is_null),
		cmocka_unit_test(a_long_text_finds_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
