// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"
#include "base/kept_text.h"
#include "base/text.h"

#define BIDI_OVERRIDE "\xe2\x80\xae" /* U+202E */

/* Text, and what it becomes; NULL: it is plain, and stays. */
static const struct {
	const char *text, *escaped;
} escapes[] = {
	{"", NULL},
	{"plain text, 'quotes' \"and\" \\ all", NULL},
	{" ~", NULL},
	{"tab\there", "tab\\x09here"},
	{"two\nlines\r", "two\\x0alines\\x0d"},
	{"\033[2J\033]0;title\007", "\\x1b[2J\\x1b]0;title\\x07"},
	{"\x01\x1f\x7f", "\\x01\\x1f\\x7f"},
	/* Printable characters of two, three and four bytes, at both ends of what each length holds. */
	{"caf\xc3\xa9", NULL},
	{"\xc2\xa0|\xdf\xbf", NULL},
	{"\xe0\xa0\x80|\xe2\x82\xac|\xed\x9f\xbf|\xee\x80\x80|\xef\xbf\xbd", NULL},
	{"\xf0\x90\x80\x80|\xf0\x9f\x94\xa5|\xf4\x8f\xbf\xbf", NULL},
	/* C1 controls: a terminal takes U+009B for ESC [ */
	{"\xc2\x9b"
	 "2J\xc2\x80\xc2\x9f",
	 "\\xc2\\x9b2J\\xc2\\x80\\xc2\\x9f"},
	/* Not UTF-8: alone, cut short, too long for what they say, surrogates, past U+10FFFF. */
	{"\x80", "\\x80"},
	{"\xff\xfe", "\\xff\\xfe"},
	{"\xc3", "\\xc3"},
	{"\xc3(", "\\xc3("},
	{"\xe2\x82", "\\xe2\\x82"},
	{"\xe2\x82x", "\\xe2\\x82x"},
	{"\xf0\x9f\x94", "\\xf0\\x9f\\x94"},
	{"\xc0\xaf\xc1\x81", "\\xc0\\xaf\\xc1\\x81"},
	{"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
	{"\xe0\x9f\xbf", "\\xe0\\x9f\\xbf"},
	{"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
	{"\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf"},
	{"\xed\xa0\x80\xed\xbf\xbf", "\\xed\\xa0\\x80\\xed\\xbf\\xbf"},
	{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
	{"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
	{"\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"},
	/* Characters that hide, or turn the direction of what a person reads. */
	{"a" BIDI_OVERRIDE "b", "a\\xe2\\x80\\xaeb"},
	{"\xd8\x9c", "\\xd8\\x9c"},					/* U+061C Arabic letter mark */
	{"\xe2\x80\x8b", "\\xe2\\x80\\x8b"},				/* U+200B zero width space */
	{"\xe2\x80\x8f", "\\xe2\\x80\\x8f"},				/* U+200F right-to-left mark */
	{"\xe2\x80\xa8\xe2\x80\xa9", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9"}, /* line and paragraph separator */
	{"\xe2\x80\xaa", "\\xe2\\x80\\xaa"},				/* U+202A */
	{"\xe2\x81\xa6\xe2\x81\xa9", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9"}, /* U+2066, U+2069 isolates */
	{"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},				/* byte order mark */
	{"\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"},			/* U+E0041 tag */
	/* Next to them, and harmless. */
	{"\xe2\x80\x8a|\xe2\x80\x90|\xe2\x80\xaf|\xe2\x81\xaa", NULL},
};

static void escapes_all_that_is_not_printable(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(escapes); i++) {
		const char *wanted = escapes[i].escaped ? escapes[i].escaped : escapes[i].text;
		char *escaped = text_escape(escapes[i].text);

		assert_string_equal(escaped, wanted);
		assert_int_equal(text_is_plain(escapes[i].text), !escapes[i].escaped);
		free(escaped);
	}
}

static void what_is_escaped_is_plain(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[16];
		size_t len = unit_random(&random) % sizeof(text);
		char *escaped, *again;

		for (size_t i = 0; i < len; i++) {
			/* Mostly bytes that begin or go on with a character: those are the interesting ones. */
			uint64_t byte = unit_random(&random) >> 32;

			text[i] = (char)(byte & 0x100 ? byte | 0x80 : byte);
			text[i] = (char)(text[i] ? text[i] : 1);
		}
		text[len] = '\0';
		escaped = text_escape(text);
		again = text_escape(escaped);
		assert_true(text_is_plain(escaped));
		assert_string_equal(escaped, again);
		assert_int_equal(text_is_plain(text), !strcmp(text, escaped));
		free(again);
		free(escaped);
	}
}

static void every_single_byte(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		char text[] = {(char)byte, '\0'};

		assert_int_equal(text_is_plain(text), byte >= 0x20 && byte < 0x7f);
	}
}

static void long_text_is_escaped_whole(void **state)
{
	char *text = malloc(10001), *escaped;

	(void)state;
	memset(text, '\033', 10000);
	text[10000] = '\0';
	escaped = text_escape(text);
	assert_int_equal(strlen(escaped), 40000);
	assert_true(text_is_plain(escaped));
	free(escaped);
	free(text);
}

static void quotes_so_that_it_reads_back_as_one_word(void **state)
{
	static const char *const cases[][2] = {
		{"", "\"\""},
		{"two words", "\"two words\""},
		{"say \"hi\"", "\"say \\\"hi\\\"\""},
		{"back\\slash", "\"back\\\\slash\""},
		{"\\\"", "\"\\\\\\\"\""},
		{"# no comment", "\"# no comment\""},
		{"caf\xc3\xa9", "\"caf\xc3\xa9\""},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *quoted = text_quote(cases[i][0]);

		assert_string_equal(quoted, cases[i][1]);
		free(quoted);
	}
}

static void a_shell_expands_nothing_in_a_word(void **state)
{
	static const char *const cases[][3] = {
		{"", "\"\"", "\"\""},
		{"/a.service", "\"/a.service\"", "/a.service"},
		{"/a-*.scope", "\"/a-*.scope\"", "/a-*.scope"},
		{"two words", "\"two words\"", "\"two words\""},
		{"a\\x2d", "\"a\\\\x2d\"", "\"a\\\\x2d\""},
		{"a;b", "\"a;b\"", "\"a;b\""},
		{"$(a)", "'$(a)'", "'$(a)'"},
		{"`a`", "'`a`'", "'`a`'"},
		{"a!b", "'a!b'", "'a!b'"},
		{"it's $1", "'it'\"'\"'s $1'", "'it'\"'\"'s $1'"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *quoted = text_quote_word(cases[i][0]), *word = text_word(cases[i][0]);

		assert_string_equal(quoted, cases[i][1]);
		assert_string_equal(word, cases[i][2]);
		free(quoted);
		free(word);
	}
}

static const char *const commands[] = {"load", "unload", "status", "set", "add", "list", NULL, "stats"};

static const char *command(size_t i, const void *arg)
{
	return ((const char *const *)arg)[i];
}

static void guesses_what_was_meant(void **state)
{
	/* What was typed, and the guess. */
	static const char *const cases[][2] = {
		{"lis", "list"},
		{"lst", "list"},
		{"lsit", "list"},
		{"liist", "list"},
		{"statsu", "status"},
		{"statuss", "status"},
		{"stat", "stats"},
		{"unlod", "unload"},
		{"oald", "load"},
		{"ad", "add"},
		{"sett", "set"},
		{"list", "list"},
		/* Not near to any. */
		{"", NULL},
		{"x", NULL},
		{"xyz", NULL},
		{"tea", NULL},
		{"firewall", NULL},
		{"l", NULL},
		{"---", NULL},
		{"LIST", NULL},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *guess = text_nearest(cases[i][0], LENGTH(commands), command, commands);

		if (!cases[i][1])
			assert_case(!guess, cases[i][0]);
		else
			assert_case(guess && !strcmp(guess, cases[i][1]), cases[i][0]);
	}
}

static void guesses_nothing_for_long_words(void **state)
{
	char typed[10001] = {};
	static const char *const words[] = {"load"};

	(void)state;
	memset(typed, 'a', sizeof(typed) - 1);
	assert_null(text_nearest(typed, 1, command, words));
	assert_null(text_nearest("list", 0, command, words));
	/* 32 is the longest that is compared, 33 is too long. */
	typed[33] = '\0';
	assert_null(text_nearest(typed, 1, command, (const char *const[]){"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}));
	typed[32] = '\0';
	assert_non_null(text_nearest(typed, 1, command, (const char *const[]){"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}));
}

static void keeps_each_text_once(void **state)
{
	const char *first[1000];
	char text[16];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		const char *kept;

		snprintf(text, sizeof(text), "/%d", i % 1000);
		kept = text_keep(text);
		assert_ptr_not_equal(kept, text);
		assert_string_equal(kept, text);
		if (i < 1000)
			first[i] = kept;
		else
			assert_ptr_equal(kept, first[i - 1000]);
	}
	assert_string_equal(text_keep(""), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_all_that_is_not_printable),
		cmocka_unit_test(what_is_escaped_is_plain),
		cmocka_unit_test(every_single_byte),
		cmocka_unit_test(long_text_is_escaped_whole),
		cmocka_unit_test(quotes_so_that_it_reads_back_as_one_word),
		cmocka_unit_test(a_shell_expands_nothing_in_a_word),
		cmocka_unit_test(guesses_what_was_meant),
		cmocka_unit_test(guesses_nothing_for_long_words),
		cmocka_unit_test(keeps_each_text_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
