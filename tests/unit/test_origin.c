// SPDX-License-Identifier: GPL-2.0-only
/* The comment that says which names a rule comes from: read back only as it was put together. */
#include "unit.h"
#include "name/origin.h"

static void reads_what_it_writes(void **state)
{
	static const struct {
		const char *comment, *names, *text;
	} cases[] = {
		{"resolved from example.com", "example.com", ""},
		{"resolved from a, b", "a b", ""},
		{"resolved from a, b.c, d: words, and: more", "a b.c d", "words, and: more"},
		{"resolved from xn--a: :", "xn--a", ":"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char names[COMMENT_SIZE] = "", again[COMMENT_SIZE];
		struct origin origin;
		struct error err = {};

		assert_case(origin_parse(cases[i].comment, &origin), cases[i].comment);
		for (size_t k = 0; k < origin.n; k++)
			strcat(strcat(names, k ? " " : ""), origin.names[k]);
		assert_string_equal(names, cases[i].names);
		assert_string_equal(origin.text, cases[i].text);
		assert_int_equal(origin_format(&origin, again, &err), 0);
		assert_string_equal(again, cases[i].comment);
	}
}

/* What a person may have typed is no origin: such a rule would go with the next refresh. */
static void any_other_comment_is_a_persons_own(void **state)
{
	static const char *const comments[] = {
		"",
		"words",
		"resolved from ",
		"resolved from",
		"Resolved from a",
		" resolved from a",
		"resolved from a,",
		"resolved from a,b",
		"resolved from a ,b",
		"resolved from a, ",
		"resolved from a,  b",
		"resolved from a:",
		"resolved from a: ",
		"resolved from a:b",
		"resolved from A",
		"resolved from a.",
		"resolved from 1.2.3.4",
		"resolved from a b",
		"resolved from a, -b",
		"resolved from a; b",
		"resolved from a\n",
	};
	struct origin origin;

	(void)state;
	for (size_t i = 0; i < LENGTH(comments); i++)
		assert_case(!origin_parse(comments[i], &origin), comments[i]);
}

static void as_many_names_as_there_is_room_for(void **state)
{
	struct origin origin = {}, parsed;
	char comment[COMMENT_SIZE], name[HOST_SIZE];
	struct error err = {};

	(void)state;
	for (int i = 0; i < ORIGIN_NAMES + 5; i++) {
		snprintf(name, sizeof(name), "%c", 'a' + i % 26);
		origin_add(&origin, name);
	}
	assert_int_equal(origin.n, 26); /* each once */
	origin_add(&origin, "aa");
	assert_int_equal(origin.n, 27);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "a%d.x", i);
		origin_add(&origin, name);
	}
	assert_int_equal(origin.n, ORIGIN_NAMES);
	assert_int_equal(origin_format(&origin, comment, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	/* To the last byte, and one more. */
	origin = (struct origin){.n = 1};
	memset(origin.names[0], 'a', 63);
	origin.names[0][63] = '.';
	memset(origin.names[0] + 64, 'b', HOST_SIZE - 1 - 64);
	err = (struct error){};
	assert_int_equal(origin_format(&origin, comment, &err), 0);
	assert_int_equal(strlen(comment), COMMENT_SIZE - 1);
	assert_true(origin_parse(comment, &parsed));
	assert_string_equal(parsed.names[0], origin.names[0]);
	strcpy(origin.text, "x");
	assert_int_equal(origin_format(&origin, comment, &err), -1);
}

static struct rule_spec rule(const char *comment)
{
	struct rule_spec spec;

	rule_init(&spec, VERDICT_ALLOW);
	spec.prefix = (struct prefix){.ip.b = {0x20, 1}, .len = 128};
	strcpy(spec.comment, comment);
	return spec;
}

static void a_rule_from_a_name_is_for_one_address(void **state)
{
	struct rule_spec spec = rule("resolved from a");
	struct origin origin;

	(void)state;
	assert_true(origin_rule(&spec, &origin));
	spec.prefix.len = 127;
	assert_false(origin_rule(&spec, &origin));
	spec = rule("a");
	assert_false(origin_rule(&spec, &origin));
}

static void rules_are_alike_but_for_address_names_and_time(void **state)
{
	struct rule_spec a = rule("resolved from a: x"), b = rule("resolved from b, c: x");

	(void)state;
	b.prefix.ip.b[15] = 9;
	b.timeout = 5;
	assert_true(origin_alike(&a, &b));
	strcpy(b.comment, "resolved from a: y");
	assert_false(origin_alike(&a, &b));
	strcpy(b.comment, "x"); /* the same words, and no name */
	assert_true(origin_alike(&a, &b));
	strcpy(b.comment, "resolved from b");
	assert_false(origin_alike(&a, &b));
	b = a;
	b.verdict = VERDICT_BLOCK;
	assert_false(origin_alike(&a, &b));
	b = a;
	b.port_lo = b.port_hi = 443;
	assert_false(origin_alike(&a, &b));
	b = a;
	strcpy(b.set, "s");
	assert_false(origin_alike(&a, &b));
	b = a;
	b.error = 13;
	b.verdict = a.verdict = VERDICT_BLOCK;
	assert_false(origin_alike(&a, &b));
}

static void no_timeout_is_the_longest(void **state)
{
	(void)state;
	assert_int_equal(timeout_longer(1, 2), 2);
	assert_int_equal(timeout_longer(3, 2), 3);
	assert_int_equal(timeout_longer(0, 2), 0);
	assert_int_equal(timeout_longer(2, 0), 0);
}

/* Names that are resolved already: nobody is asked. */
static void resolved(struct hosts *hosts, const char *name, size_t n, const uint32_t *addresses)
{
	struct error err = {};
	struct host *host = hosts_add(hosts, name, &err);

	host->addresses = calloc(n, sizeof(*host->addresses));
	for (size_t i = 0; i < n; i++)
		host->addresses[host->n++] = (struct prefix){.ip.b = {[10] = 255,
								      255,
								      (uint8_t)(addresses[i] >> 24),
								      (uint8_t)(addresses[i] >> 16),
								      (uint8_t)(addresses[i] >> 8),
								      (uint8_t)addresses[i]},
							     .len = 128};
}

static int parse(struct rules *rules, const char *sentence, enum verdict verdict, struct error *err)
{
	static const uint32_t a[] = {0x01010101, 0x02020202}, b[] = {0x02020202}, local[] = {0x0a000001};
	struct hosts hosts = {};
	char text[512], *words[32], *at = text;
	size_t n = 0;
	int ret;

	*err = (struct error){};
	*rules = (struct rules){};
	snprintf(text, sizeof(text), "%s", sentence);
	for (char *word; (word = strsep(&at, " "));)
		words[n++] = word;
	resolved(&hosts, "a.example", 2, a);
	ret = 0;
	if (strstr(sentence, "b.example"))
		resolved(&hosts, "b.example", 1, b);
	if (strstr(sentence, "local.example")) {
		hosts_free(&hosts);
		resolved(&hosts, "local.example", 1, local);
	}
	ret = rules_parse_hosts(rules, n, words, verdict, &hosts, err);
	hosts_free(&hosts);
	return ret;
}

static void an_address_of_a_name_is_a_rule(void **state)
{
	struct rules rules;
	struct error err;

	(void)state;
	assert_int_equal(parse(&rules, "a.example port 443 comment x", VERDICT_BLOCK, &err), 0);
	assert_int_equal(rules.n, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(rules.at[i].comment, "resolved from a.example: x");
		assert_string_equal(rules.at[i].set, "a.example");
		assert_int_equal(rules.at[i].port_lo, 443);
		assert_int_equal(rules.at[i].prefix.ip.b[12], i + 1);
	}
	rules_free(&rules);
	assert_int_equal(parse(&rules, "a.example:80 set s", VERDICT_BLOCK, &err), 0);
	assert_int_equal(rules.n, 2);
	assert_string_equal(rules.at[1].set, "s");
	assert_int_equal(rules.at[1].port_hi, 80);
	rules_free(&rules);
}

static void an_address_that_two_names_share_is_one_rule_of_both(void **state)
{
	struct rules rules;
	struct error err;

	(void)state;
	assert_int_equal(parse(&rules, "a.example,b.example,9.9.9.9 set s", VERDICT_BLOCK, &err), 0);
	assert_int_equal(rules.n, 3);
	assert_string_equal(rules.at[0].comment, "resolved from a.example");
	assert_string_equal(rules.at[1].comment, "resolved from a.example, b.example");
	assert_string_equal(rules.at[2].comment, "");
	rules_free(&rules);
	/* Which set several are for has to be said. */
	assert_int_equal(parse(&rules, "a.example,b.example", VERDICT_BLOCK, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	rules_free(&rules);
}

static void what_may_be_opened_is_not_the_answers_to_say(void **state)
{
	struct rules rules;
	struct error err;

	(void)state;
	assert_int_equal(parse(&rules, "local.example", VERDICT_BLOCK, &err), 0);
	rules_free(&rules);
	assert_int_equal(parse(&rules, "local.example", VERDICT_ALLOW, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_int_equal(rules.n, 0);
	rules_free(&rules);
	assert_int_equal(parse(&rules, "local.example", VERDICT_AUDIT, &err), -1);
	rules_free(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(any_other_comment_is_a_persons_own),
		cmocka_unit_test(as_many_names_as_there_is_room_for),
		cmocka_unit_test(a_rule_from_a_name_is_for_one_address),
		cmocka_unit_test(rules_are_alike_but_for_address_names_and_time),
		cmocka_unit_test(no_timeout_is_the_longest),
		cmocka_unit_test(an_address_of_a_name_is_a_rule),
		cmocka_unit_test(an_address_that_two_names_share_is_one_rule_of_both),
		cmocka_unit_test(what_may_be_opened_is_not_the_answers_to_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
