// SPDX-License-Identifier: GPL-2.0-only
/* A line becomes words as in a shell. */
#include "unit.h"
#include "rule/rule.h"
#include "base/text.h"
#include "rule/split.h"

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
		/* Quotes keep their content in one word, and only a blank ends the word. */
		{"\"a b\" c", "a b|c|"},
		{"'a b' c", "a b|c|"},
		{"a\"b c\"d'e f'g", "ab cde fg|"},
		{"\"\" '' a", "||a|"},
		{"\"it's\" 'say \"x\"'", "it's|say \"x\"|"},
		{"\"a\tb\"", "a\tb|"},
		/* A backslash takes what would have a meaning as it is, and stands for itself before all else. */
		{"a\\ b", "a b|"},
		{"\\\"a\\'", "\"a'|"},
		{"\\\\", "\\|"},
		{"\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d|"},
		{"'a\\b'", "a\\b|"},
		{"\\# a", "#|a|"},
		{"\\a", "\\a|"},
		{"/dev-x\\x2dy.service", "/dev-x\\x2dy.service|"},
		{"\"/dev-x\\x2dy\"", "/dev-x\\x2dy|"},
		{"a\\;b\\#c", "a;b#c|"},
		{"\"a\\ b\\'\"", "a\\ b\\'|"},
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
		{"\"", "! an open quote, near '': close it with \""},
		{"a 'b c", "! an open quote, near 'b c': close it with '"},
		{"a \"b # c", "! an open quote, near 'b # c': close it with \""},
		{"x\"y'z", "! an open quote, near 'xy'z': close it with \""},
		{"a b\\", "! nothing follows a backslash, near 'b': type \\\\ for a backslash"},
		{"\"b\\", "! an open quote, near 'b': close it with \""},
		{"1 2 3 4 5 6 7 8 9", "! more than 8 words, near '9'"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_string_equal(split(cases[i][0]), cases[i][1]);
}

static void what_is_quoted_reads_back_as_one_word(void **state)
{
	static char *(*const quote[])(const char *) = {text_quote, text_quote_word, text_word};
	static const char letters[] = "ab \t\"\\'#;$`!&(";
	uint64_t random = 5;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[16] = {}, *quoted, *words[2];
		struct error err = {};
		size_t len = (unit_random(&random) >> 8) % (sizeof(text) - 1);

		for (size_t i = 0; i < len; i++)
			text[i] = letters[(unit_random(&random) >> 8) % (sizeof(letters) - 1)];
		quoted = quote[round % 3](text);
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
