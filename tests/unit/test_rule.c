// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"
#include <errno.h>
#include "../../bpf/ip.h"
#include "../../common/rule.h"

#define MAX_WORDS 8

static size_t count(const char *const words[])
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

static int parse(struct rule_words *out, const char *const words[], struct error *err)
{
	return rule_parse(out, count(words), (char *const *)words, VERDICT_BLOCK, err);
}

/* The sentence as one text, for messages. */
static const char *joined(const char *const words[])
{
	static char text[1024];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; words[i] && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "", words[i]);
	return text;
}

static void takes_sentences(void **state)
{
	static const struct {
		const char *words[MAX_WORDS];
		enum verdict verdict;
		int error;
		const char *comment;
		size_t destinations;
	} cases[] = {
		{{"1.1.1.1"}, VERDICT_BLOCK, EPERM, "", 1},
		{{"block", "1.1.1.1"}, VERDICT_BLOCK, EPERM, "", 1},
		{{"allow", "1.1.1.1"}, VERDICT_ALLOW, EPERM, "", 1},
		{{"audit", "1.1.1.1"}, VERDICT_AUDIT, EPERM, "", 1},
		{{"loopback"}, VERDICT_BLOCK, EPERM, "", 2},
		{{"1.1.1.1,2.2.2.2,1.1.1.1"}, VERDICT_BLOCK, EPERM, "", 2},
		{{"1.1.1.1", "errno", "EACCES"}, VERDICT_BLOCK, EACCES, "", 1},
		{{"1.1.1.1", "comment", "why not"}, VERDICT_BLOCK, EPERM, "why not", 1},
		{{"1.1.1.1", "comment", ""}, VERDICT_BLOCK, EPERM, "", 1},
		{{"allow", "any", "errno", "ETIMEDOUT", "comment", "x"}, VERDICT_ALLOW, ETIMEDOUT, "x", 2},
		{{"any", "comment", "x", "errno", "ENETUNREACH"}, VERDICT_BLOCK, ENETUNREACH, "x", 2},
		/* A word that means something elsewhere is text here. */
		{{"1.1.1.1", "comment", "errno"}, VERDICT_BLOCK, EPERM, "errno", 1},
		{{"1.1.1.1", "comment", "comment", "errno", "EPERM"}, VERDICT_BLOCK, EPERM, "comment", 1},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *name = joined(cases[i].words);
		struct rule_words words = {};
		struct error err = {};

		assert_case(!parse(&words, cases[i].words, &err), name);
		assert_case(words.spec.verdict == cases[i].verdict, name);
		assert_case(words.spec.error == cases[i].error, name);
		assert_case(!strcmp(words.spec.comment, cases[i].comment), name);
		assert_case(words.destinations.n == cases[i].destinations, name);
		prefixes_free(&words.destinations);
	}
}

static void the_command_gives_the_verdict_that_is_not_said(void **state)
{
	char destination[] = "1.1.1.1", allow[] = "allow";
	char *const bare[] = {destination}, *const said[] = {allow, destination};

	(void)state;
	for (enum verdict verdict = 0; verdict < VERDICTS; verdict++) {
		struct rule_words words = {};
		struct error err = {};

		assert_int_equal(rule_parse(&words, 1, bare, verdict, &err), 0);
		assert_int_equal(words.spec.verdict, verdict);
		prefixes_free(&words.destinations);
		assert_int_equal(rule_parse(&words, 2, said, verdict, &err), 0);
		assert_int_equal(words.spec.verdict, VERDICT_ALLOW);
		prefixes_free(&words.destinations);
	}
}

static void refuses_with_a_sentence_that_helps(void **state)
{
	static const struct {
		const char *words[MAX_WORDS];
		enum error_code code;
		const char *part;
	} cases[] = {
		{{NULL}, ERR_USAGE, "a destination is missing"},
		{{"block"}, ERR_USAGE, "a destination is missing"},
		{{""}, ERR_INPUT, "a destination is missing"},
		{{"blok", "1.1.1.1"}, ERR_INPUT, "near '1.1.1.1'"},
		{{"1.1.1.1", "2.2.2.2"}, ERR_INPUT, "commas"},
		{{"1.1.1.1", "port", "80"}, ERR_INPUT, "near 'port'"},
		{{"1.1.1.1", "coment", "x"}, ERR_INPUT, "did you mean 'comment'?"},
		{{"1.1.1.1", "erno", "EPERM"}, ERR_INPUT, "did you mean 'errno'?"},
		{{"1.1.1.1", ""}, ERR_INPUT, "near ''"},
		{{"1.1.1.1", "comment"}, ERR_INPUT, "'comment' is followed by nothing"},
		{{"1.1.1.1", "errno"}, ERR_INPUT, "'errno' is followed by nothing"},
		{{"1.1.1.1", "comment", "a", "comment", "b"}, ERR_INPUT, "'comment' is there twice"},
		{{"1.1.1.1", "errno", "EPERM", "errno", "EPERM"}, ERR_INPUT, "'errno' is there twice"},
		{{"1.1.1.1", "errno", "eperm"}, ERR_INPUT, "EPERM"},
		{{"1.1.1.1", "errno", "1"}, ERR_INPUT, "near '1'"},
		{{"1.1.1.1", "errno", ""}, ERR_INPUT, "near ''"},
		{{"1.1.1.1", "errno", "EAGAIN"}, ERR_INPUT, "near 'EAGAIN'"},
		{{"1.1.1", "errno", "EPERM"}, ERR_INPUT, "four decimal numbers"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct rule_words words = {.destinations = {.n = 77}};
		struct error err = {};

		assert_case(parse(&words, cases[i].words, &err) == -1, joined(cases[i].words));
		assert_case(err.code == cases[i].code, joined(cases[i].words));
		assert_in(err.text, cases[i].part);
		/* Nothing is written through the pointer. */
		assert_int_equal(words.destinations.n, 77);
	}
}

static int parse_comment(const char *text, struct error *err)
{
	const char *const sentence[] = {"1.1.1.1", "comment", text, NULL};
	struct rule_words words = {};
	int ret = parse(&words, sentence, err);

	if (!ret)
		assert_string_equal(words.spec.comment, text);
	prefixes_free(&words.destinations);
	return ret;
}

static void comments_are_short_and_printable(void **state)
{
	static const char *const bad[] = {
		"two\nlines",
		"tab\t",
		"\033[31mred",
		"\007",
		"\x7f",
		"\xc2\x9b"
		"2J",		/* C1 control */
		"\xff",		/* never UTF-8 */
		"caf\xe9",	/* Latin-1 */
		"\xc3",		/* cut short */
		"\xc0\x80",	/* overlong */
		"\xed\xa0\x80", /* surrogate */
		"abc\xe2\x80\xae"
		"fdp.exe",		     /* right-to-left override */
		"\xe2\x81\xa6x\xe2\x81\xa9", /* isolates */
		"zero\xe2\x80\x8bwidth",
	};
	char text[COMMENT_SIZE + 1];
	struct error err = {};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		err = (struct error){};
		assert_int_equal(parse_comment(bad[i], &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_in(err.text, "printable");
	}
	err = (struct error){};
	assert_int_equal(
		parse_comment("all \"of\" this, 'and' \\ caf\xc3\xa9 \xf0\x9f\x94\xa5 # is $text `here`", &err), 0);
	memset(text, 'x', sizeof(text));
	text[COMMENT_SIZE - 1] = '\0';
	assert_int_equal(parse_comment(text, &err), 0);
	text[COMMENT_SIZE - 1] = 'x';
	text[COMMENT_SIZE] = '\0';
	assert_int_equal(parse_comment(text, &err), -1);
	assert_in(err.text, "at most 127 bytes");
}

static void long_words_give_short_messages(void **state)
{
	char text[10001] = {};
	const char *const sentences[][4] = {
		{"1.1.1.1", text}, {"1.1.1.1", "errno", text}, {"1.1.1.1", "comment", text}};

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < LENGTH(sentences); i++) {
		struct rule_words words = {};
		struct error err = {};

		assert_int_equal(parse(&words, sentences[i], &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_true(strlen(err.text) < 300);
	}
}

static void a_rule_is_named_by_its_destination(void **state)
{
	static const struct {
		const char *words[MAX_WORDS];
		enum error_code code;
		const char *part;
	} bad[] = {
		{{NULL}, ERR_USAGE, "a rule is missing"},
		{{"1.1.1.1", "comment", "x"}, ERR_USAGE, "unexpected 'comment'"},
		{{"1.1.1.1", "2.2.2.2"}, ERR_USAGE, "commas"},
		{{"block", "1.1.1.1"}, ERR_USAGE, "unexpected '1.1.1.1'"},
		{{"1.1.1"}, ERR_INPUT, "four decimal numbers"},
	};
	char destination[] = "1.1.1.1,any";
	char *const words[] = {destination};
	struct rule_words out = {};
	struct error err = {};

	(void)state;
	assert_int_equal(rule_parse_identity(&out, 1, words, &err), 0);
	assert_int_equal(out.destinations.n, 3);
	prefixes_free(&out.destinations);
	for (size_t i = 0; i < LENGTH(bad); i++) {
		err = (struct error){};
		assert_int_equal(rule_parse_identity(&out, count(bad[i].words), (char *const *)bad[i].words, &err), -1);
		assert_case(err.code == bad[i].code, joined(bad[i].words));
		assert_in(err.text, bad[i].part);
	}
}

static void names_of_verdicts_and_errnos(void **state)
{
	static const int errors[] = {EPERM, EACCES, ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT};
	size_t n = 0;

	(void)state;
	for (enum verdict verdict = 0; verdict < VERDICTS; verdict++)
		assert_int_equal(verdict_parse(verdict_name(verdict)), verdict);
	assert_int_equal(verdict_parse("deny"), -1);
	assert_int_equal(verdict_parse("Block"), -1);
	assert_int_equal(verdict_parse("bloc"), -1);
	assert_int_equal(verdict_parse(""), -1);
	for (; rule_errno_word(n); n++) {
		assert_int_equal(rule_errno_parse(rule_errno_word(n)), errors[n]);
		assert_string_equal(rule_errno_name(errors[n]), rule_errno_word(n));
	}
	assert_int_equal(n, LENGTH(errors));
	/* None that io_uring would try again, nor anything else. */
	assert_int_equal(rule_errno_parse("EAGAIN"), -1);
	assert_int_equal(rule_errno_parse("EINPROGRESS"), -1);
	assert_int_equal(rule_errno_parse(""), -1);
	assert_null(rule_errno_name(EAGAIN));
	assert_null(rule_errno_name(0));
}

/* Splits a sentence as a shell would that knows double quotes and backslashes in them. Works in place. */
static size_t split(char *text, char *words[MAX_WORDS])
{
	char *to = text;
	size_t n = 0;

	while (*text) {
		bool quoted = false;

		words[n++] = to;
		for (; *text && (quoted || *text != ' '); text++) {
			if (*text == '"')
				quoted = !quoted;
			else
				*to++ = quoted && *text == '\\' ? *++text : *text;
		}
		text += *text == ' ';
		*to++ = '\0';
	}
	return n;
}

static void what_is_formatted_makes_the_same_rule(void **state)
{
	static const char letters[] = "ab \"\\'#$`x";
	uint64_t random = 3;

	(void)state;
	for (int round = 0; round < 5000; round++) {
		struct rule_spec spec = {.prefix = {.ip = {.w = {0, 0, MAPPED_PREFIX, 0}}, .len = 128}};
		struct rule_words again = {};
		struct error err = {};
		char *text, *words[MAX_WORDS];
		size_t len = unit_random(&random) % 9;

		spec.prefix.ip.w[3] = (__be32)unit_random(&random) | 1;
		spec.verdict = (enum verdict)((unit_random(&random) >> 8) % VERDICTS);
		spec.error = rule_errno_parse(rule_errno_word((unit_random(&random) >> 8) % 6));
		for (size_t i = 0; i < len; i++)
			spec.comment[i] = letters[(unit_random(&random) >> 8) % (sizeof(letters) - 1)];
		text = rule_format(&spec);
		assert_int_equal(rule_parse(&again, split(text, words), words, VERDICT_BLOCK, &err), 0);
		assert_int_equal(again.destinations.n, 1);
		again.spec.prefix = again.destinations.at[0];
		assert_true(rule_same(&spec, &again.spec));
		prefixes_free(&again.destinations);
		free(text);
	}
}

static void a_rule_reads_as_it_was_written(void **state)
{
	static const struct {
		const char *words[MAX_WORDS];
		const char *text;
	} cases[] = {
		{{"1.1.1.1"}, "block 1.1.1.1"},
		{{"allow", "10.0.0.0/8"}, "allow 10.0.0.0/8"},
		{{"audit", "2001:db8::/32", "errno", "EPERM"}, "audit 2001:db8::/32"},
		{{"::1", "comment", "a \"b\" \\", "errno", "EACCES"},
		 "block ::1 errno EACCES comment \"a \\\"b\\\" \\\\\""},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct rule_words words = {};
		struct error err = {};
		char *text;

		assert_int_equal(parse(&words, cases[i].words, &err), 0);
		words.spec.prefix = words.destinations.at[0];
		text = rule_format(&words.spec);
		assert_string_equal(text, cases[i].text);
		free(text);
		prefixes_free(&words.destinations);
	}
}

static void any_difference_makes_another_rule(void **state)
{
	const struct rule_spec spec = {.prefix = {.len = 32}, .verdict = VERDICT_BLOCK, .error = EPERM, .comment = "x"};
	struct rule_spec other = spec;

	(void)state;
	assert_true(rule_same(&spec, &other));
	other.prefix.len = 33;
	assert_false(rule_same(&spec, &other));
	other = spec;
	other.prefix.ip.b[15] = 1;
	assert_false(rule_same(&spec, &other));
	other = spec;
	other.verdict = VERDICT_AUDIT;
	assert_false(rule_same(&spec, &other));
	other = spec;
	other.error = EACCES;
	assert_false(rule_same(&spec, &other));
	other = spec;
	other.comment[0] = '\0';
	assert_false(rule_same(&spec, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_sentences),
		cmocka_unit_test(the_command_gives_the_verdict_that_is_not_said),
		cmocka_unit_test(refuses_with_a_sentence_that_helps),
		cmocka_unit_test(comments_are_short_and_printable),
		cmocka_unit_test(long_words_give_short_messages),
		cmocka_unit_test(a_rule_is_named_by_its_destination),
		cmocka_unit_test(names_of_verdicts_and_errnos),
		cmocka_unit_test(what_is_formatted_makes_the_same_rule),
		cmocka_unit_test(a_rule_reads_as_it_was_written),
		cmocka_unit_test(any_difference_makes_another_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
