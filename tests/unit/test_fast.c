// SPDX-License-Identifier: GPL-2.0-only
/* The quick way to read an address gives what the other one gives, and takes nothing that the other refuses. */
#include "unit.h"
#include "rule/prefix.h"
#include "rule/prefix_scan.h"

static bool slow(const char *text, struct prefix *out)
{
	struct prefixes list = {};
	struct error err = {};
	bool one = !prefixes_parse(&list, text, &err) && list.n == 1;

	if (one)
		*out = list.at[0];
	prefixes_free(&list);
	return one;
}

/* From memory that ends with the text, which the sanitizers watch. */
static bool fast(const char *text, struct prefix *out)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	bool ok;

	memcpy(copy, text, len);
	ok = !prefix_parse_fast(copy, len, out);
	free(copy);
	return ok;
}

static void check(const char *text)
{
	struct prefix one, other;

	if (!fast(text, &one))
		return;
	assert_case(slow(text, &other), text);
	assert_case(prefix_equal(&one, &other), text);
}

static void takes_what_lists_are_made_of(void **state)
{
	static const char *const cases[] = {
		"1.1.1.1",
		"255.255.255.255",
		"10.0.0.0/8",
		"0.0.0.0/0",
		"0.0.0.1",
		"1.1.1.0/31",
		"192.0.2.0/24",
		"128.0.0.0/1",
		"10.20.30.40/32",
		"::1",
		"::/0",
		"2001:db8::/32",
		"1:2:3:4:5:6:7:8",
		"::ffff:0:0/96",
		"1::",
		"2001:DB8::aBcD/128",
		"1:2:3:4:5:6:7::",
		"::2:3:4:5:6:7:8",
		"fe80::/10",
		"::ffff:102:304",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct prefix prefix;

		assert_case(fast(cases[i], &prefix), cases[i]);
		check(cases[i]);
	}
}

static void leaves_all_else_to_the_other(void **state)
{
	static const char *const cases[] = {
		"",
		"1",
		"1.1.1",
		"1.1.1.",
		"1.1.1.1.",
		".1.1.1.1",
		"1..1.1",
		"256.1.1.1",
		"1.1.1.256",
		"1.1.1.1000",
		"01.1.1.1",
		"1.1.1.01",
		"00.0.0.0",
		"1.1.1.1/",
		"1.1.1.1/33",
		"1.1.1.0/024",
		"1.1.1.1/8",
		"1.1.1.1/32 ",
		" 1.1.1.1",
		"0.0.0.0",
		"0.0.0.0/32",
		"::",
		"::/128",
		":",
		":::",
		"1:2:3",
		"1::2::3",
		"12345::",
		"1:",
		":1",
		"1:2:3:4:5:6:7:8:9",
		"::1/129",
		"::1/0",
		"::1/64",
		"::/-1",
		"::g",
		"::1%lo",
		"::1.2.3.4",
		"1:2:3:4:5:6:7:8::",
		"1.1.1.1:80",
		"any",
		"1.1.1.1-2",
		"::ffff:0:0",
		"::1:2:3:4:5:6:7:8",
		"1.1.1.1/1000",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct prefix prefix = {.len = 77};

		assert_case(!fast(cases[i], &prefix), cases[i]);
		assert_case(prefix.len == 77, cases[i]);
	}
}

static void both_agree_on_random_text(void **state)
{
	static const char letters[] = "0012559./..:::aF/g -";
	uint64_t random = 11;

	(void)state;
	for (int round = 0; round < 300000; round++) {
		char text[24] = {};
		size_t len = (unit_random(&random) >> 8) % (sizeof(text) - 1);

		for (size_t i = 0; i < len; i++)
			text[i] = letters[(unit_random(&random) >> 8) % (sizeof(letters) - 1)];
		check(text);
	}
}

static void both_agree_on_what_is_formatted(void **state)
{
	uint64_t random = 42;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		uint64_t bits = unit_random(&random);
		bool v4 = bits & 1;
		struct prefix prefix = {.len = (__u8)(v4 ? 97 + (bits >> 8) % 31 : 1 + (bits >> 8) % 127)}, again;
		char text[PREFIX_TEXT_SIZE];

		/* Many groups of zeros, for gaps in all places. */
		for (size_t i = 0; i < 16; i++)
			prefix.ip.b[i] = bits >> (16 + i / 2) & 1 ? (__u8)(unit_random(&random) >> 32) : 0;
		if (v4) {
			memset(prefix.ip.b, 0, 10);
			memset(prefix.ip.b + 10, 0xff, 2);
		}
		for (unsigned int bit = prefix.len; bit < 128; bit++)
			prefix.ip.b[bit / 8] &= (__u8) ~(0x80 >> bit % 8);
		prefix_format(&prefix, true, text);
		/* inet_ntop() writes some addresses with a dotted end. */
		if (!v4 && strchr(text, '.'))
			continue;
		assert_case(fast(text, &again), text);
		assert_case(prefix_equal(&prefix, &again), text);
		check(text);
		/* One character changed. */
		text[(bits >> 32) % strlen(text)] = "0129./:fx"[(bits >> 48) % 9];
		check(text);
	}
}

static void scanning_stops_behind_the_address(void **state)
{
	static const char *const cases[][2] = {
		{"1.1.1.1 # x", " # x"}, {"1.1.1.1\n2.2.2.2", "\n2.2.2.2"},
		{"10.0.0.0/8,1", ",1"},	 {"::1]:80", "]:80"},
		{"1.1.1.1x", "x"},	 {"2001:db8::/32\t7", "\t7"},
		{"::1:", NULL},		 {"1:2:3:4:5:6:7:8 ", " "},
		{"1.1.1.1/", NULL},	 {"1:: ", " "},
		{"1.1.1.1111", NULL},	 {"::", NULL},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *text = cases[i][0];
		struct prefix prefix;
		const char *behind = prefix_scan(text, text + strlen(text), &prefix);

		assert_case(!behind == !cases[i][1], text);
		if (behind)
			assert_string_equal(behind, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_lists_are_made_of),	     cmocka_unit_test(leaves_all_else_to_the_other),
		cmocka_unit_test(both_agree_on_random_text),	     cmocka_unit_test(both_agree_on_what_is_formatted),
		cmocka_unit_test(scanning_stops_behind_the_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
