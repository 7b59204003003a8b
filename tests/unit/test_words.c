// SPDX-License-Identifier: GPL-2.0-only
/* A line becomes words as in a shell. */
#include "unit.h"
#include "../../common/rule.h"
#include "../../common/text.h"

#define MAX_WORDS 8

/* The words with | behind each; of a refusal the message with "! " before it. */
static const char *split(const char *text)
{
	static char joined[sizeof(((struct error *)0)->text) + 2];
	char line[512], *words[MAX_WORDS];
	struct error err = {};
	size_t len = 0;
	int n;

	assert_true(strlen(text) < sizeof(line));
	strcpy(line, text);
	n = words_split(line, words, MAX_WORDS, &err);
	joined[0] = '\0';
	if (n < 0) {
		snprintf(joined, sizeof(joined), "! %s", err.text);
		assert_int_equal(err.code, ERR_INPUT);
	}
	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(joined + len, sizeof(joined) - len, "%s|", words[i]);
	return joined;
}

static void splits(void **state)
{
	static const char *const cases[][2] = {
		{"", ""},
		{"  \t ", ""},
		{"a", "a|"},
		{"a b", "a|b|"},
		{"  a\t\tb \r", "a|b|"},
		{"a\vb\fc\nd", "a|b|c|d|"},
		{"1 2 3 4 5 6 7 8", "1|2|3|4|5|6|7|8|"},
		/* Quotes hold together what is between them, and nothing else ends the word. */
		{"\"a b\" c", "a b|c|"},
		{"'a b' c", "a b|c|"},
		{"a\"b c\"d'e f'g", "ab cde fg|"},
		{"\"\" '' a", "||a|"},
		{"\"it's\" 'say \"x\"'", "it's|say \"x\"|"},
		{"\"a\tb\"", "a\tb|"},
		/* A backslash takes the next character as it is, but for between single quotes. */
		{"a\\ b", "a b|"},
		{"\\\"a\\'", "\"a'|"},
		{"\\\\", "\\|"},
		{"\"a\\\"b\\\\c\\d\"", "a\"b\\cd|"},
		{"'a\\b'", "a\\b|"},
		{"\\# a", "#|a|"},
		{"\\a", "a|"},
		/* Comments. */
		{"# a", ""},
		{"; a", ""},
		{" \t# a", ""},
		{"a # b", "a|"},
		{"a ;b", "a|"},
		{"a #\"b", "a|"},
		{"a#b c;d", "a#b|c;d|"},
		{"'#' \"; x\"", "#|; x|"},
		{"a \"\"# b", "a|#|b|"},
		{"1 2 3 4 5 6 7 8 # 9", "1|2|3|4|5|6|7|8|"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_string_equal(split(cases[i][0]), cases[i][1]);
}

static void refuses_what_has_no_end(void **state)
{
	static const char *const cases[][2] = {
		{"\"", "! a quote is left open, near '': close it with \""},
		{"a 'b c", "! a quote is left open, near 'b c': close it with '"},
		{"a \"b # c", "! a quote is left open, near 'b # c': close it with \""},
		{"x\"y'z", "! a quote is left open, near 'xy'z': close it with \""},
		{"a b\\", "! a backslash has nothing behind it, near 'b': write \\\\ for one"},
		{"\"b\\", "! a quote is left open, near 'b': close it with \""},
		{"1 2 3 4 5 6 7 8 9", "! more than 8 words, near '9'"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_string_equal(split(cases[i][0]), cases[i][1]);
}

static void what_is_quoted_reads_back_as_one_word(void **state)
{
	static const char letters[] = "ab \t\"\\'#;$`";
	uint64_t random = 5;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[16] = {}, *quoted, *words[2];
		struct error err = {};
		size_t len = (unit_random(&random) >> 8) % (sizeof(text) - 1);

		for (size_t i = 0; i < len; i++)
			text[i] = letters[(unit_random(&random) >> 8) % (sizeof(letters) - 1)];
		quoted = text_quote(text);
		assert_case(words_split(quoted, words, 2, &err) == 1, text);
		assert_string_equal(words[0], text);
		free(quoted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits),
		cmocka_unit_test(refuses_what_has_no_end),
		cmocka_unit_test(what_is_quoted_reads_back_as_one_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
