// SPDX-License-Identifier: GPL-2.0-only
/* How destinations lie to one another, and how they are written. */
#include "unit.h"
#include "rule/prefix.h"

static struct prefix one(const char *destination)
{
	struct prefixes list = {};
	struct error err = {};
	struct prefix prefix;

	if (prefixes_parse(&list, destination, &err))
		fail_msg("'%s': %s", destination, err.text);
	assert_int_equal(list.n, 1);
	prefix = list.at[0];
	prefixes_free(&list);
	return prefix;
}

static void knows_what_lies_within_what(void **state)
{
	static const struct {
		const char *outer, *inner;
		bool contains;
	} cases[] = {
		{"10.0.0.0/8", "10.1.2.3", true},
		{"10.0.0.0/8", "10.0.0.0/8", true},
		{"10.0.0.0/9", "10.0.0.0/8", false},
		{"10.0.0.0/8", "11.0.0.0/8", false},
		{"10.0.0.0/9", "10.128.0.0", false},
		{"0.0.0.0/0", "255.255.255.255", true},
		{"1.1.1.1", "1.1.1.1", true},
		{"1.1.1.0/31", "1.1.1.1", true},
		{"2001:db8::/32", "2001:db8:ffff::1", true},
		{"2001:db8::/33", "2001:db8:8000::", false},
		{"::/0", "::1", true},
		{"::/0", "::/0", true},
		{"::/1", "::/0", false},
		/* A prefix is of one family. */
		{"::/0", "1.1.1.1", false},
		{"::/0", "0.0.0.0/0", false},
		{"::/80", "1.1.1.1", false},
		{"::fffe:0:0/95", "1.1.1.1", false},
		{"0.0.0.0/0", "::/0", false},
		{"0.0.0.0/0", "::1.1.1.1", false},
		{"::ffff:0:0/96", "1.1.1.1", true},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct prefix outer = one(cases[i].outer), inner = one(cases[i].inner);

		assert_case(prefix_contains(&outer, &inner) == cases[i].contains, cases[i].outer);
	}
}

static void both_spellings_are_the_same_rule(void **state)
{
	struct prefix plain = one("1.1.1.1"), mapped = one("::ffff:1.1.1.1"), wider = one("1.1.1.0/31");
	struct prefix compatible = one("::1.1.1.1");

	(void)state;
	assert_true(prefix_equal(&plain, &mapped));
	assert_int_equal(prefix_compare(&plain, &mapped), 0);
	assert_true(prefix_family_v4(&mapped));
	assert_false(prefix_equal(&plain, &wider));
	assert_false(prefix_equal(&plain, &compatible));
	assert_false(prefix_family_v4(&compatible));
}

static int compare(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

static void lists_in_one_order(void **state)
{
	/* In order: IPv4 first, by address and not by its text, the shorter first. */
	static const char *const sorted[] = {
		"0.0.0.0/0", "1.1.1.0/24", "1.1.1.1",	    "2.0.0.0/8",       "2.0.0.0/9",
		"2.0.0.0",   "10.0.0.0/8", "192.0.2.1",	    "255.255.255.255", "::/0",
		"::/1",	     "::1",	   "::fffe:0:0/95", "2001:db8::/32",   "ff00::/8",
	};
	struct prefix list[LENGTH(sorted)];

	(void)state;
	for (size_t i = 0; i < LENGTH(sorted); i++)
		list[i * 7 % LENGTH(sorted)] = one(sorted[i]);
	qsort(list, LENGTH(sorted), sizeof(list[0]), compare);
	for (size_t i = 0; i < LENGTH(sorted); i++) {
		char text[PREFIX_TEXT_SIZE];

		prefix_format(&list[i], true, text);
		assert_string_equal(text, sorted[i]);
	}
}

static void hosts_are_bare_only_when_asked_for(void **state)
{
	static const char *const cases[][3] = {
		{"1.1.1.1", "1.1.1.1/32", "1.1.1.1"},
		{"1.1.1.0/31", "1.1.1.0/31", "1.1.1.0/31"},
		{"::1", "::1/128", "::1"},
		{"::/127", "::/127", "::/127"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct prefix prefix = one(cases[i][0]);
		char text[PREFIX_TEXT_SIZE];

		prefix_format(&prefix, false, text);
		assert_string_equal(text, cases[i][1]);
		prefix_format(&prefix, true, text);
		assert_string_equal(text, cases[i][2]);
	}
}

static void what_is_formatted_reads_back_the_same(void **state)
{
	uint64_t random = 42;

	(void)state;
	for (int round = 0; round < 50000; round++) {
		uint64_t bits = unit_random(&random);
		bool v4 = bits & 1, v4_around = (bits & 6) == 6;
		struct prefix prefix = {.len = (__u8)(v4 ? 96 + (bits >> 8) % 33 : (bits >> 8) % 129)}, again;
		char text[PREFIX_TEXT_SIZE];

		for (size_t i = 0; i < 16; i++)
			prefix.ip.b[i] = (__u8)(unit_random(&random) >> 32);
		/* Half in IPv4's block, and some of the others near it, where mistakes would be. */
		if (v4 || v4_around)
			memset(prefix.ip.b, 0, 10);
		if (v4)
			memset(prefix.ip.b + 10, 0xff, 2);
		for (unsigned int bit = prefix.len; bit < 128; bit++)
			prefix.ip.b[bit / 8] &= (__u8) ~(0x80 >> bit % 8);
		for (int bare = 0; bare < 2; bare++) {
			prefix_format(&prefix, bare, text);
			if (!strcmp(text, "0.0.0.0/32") || !strcmp(text, "::/128") || !strcmp(text, "0.0.0.0") ||
			    !strcmp(text, "::"))
				continue;
			again = one(text);
			assert_case(prefix_equal(&prefix, &again), text);
			assert_case(prefix_family_v4(&again) == v4, text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_lies_within_what),
		cmocka_unit_test(both_spellings_are_the_same_rule),
		cmocka_unit_test(lists_in_one_order),
		cmocka_unit_test(hosts_are_bare_only_when_asked_for),
		cmocka_unit_test(what_is_formatted_reads_back_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
