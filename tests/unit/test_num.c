// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"
#include <errno.h>
#include <inttypes.h>
#include "base/num.h"

static void takes_decimal_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t max, value;
	} cases[] = {
		{"0", 0, 0},
		{"0", UINT64_MAX, 0},
		{"1", 1, 1},
		{"9", 9, 9},
		{"10", 10, 10},
		{"255", 255, 255},
		{"65535", 65535, 65535},
		{"4294967295", UINT32_MAX, UINT32_MAX},
		{"4294967296", UINT64_MAX, 4294967296},
		{"18446744073709551614", UINT64_MAX, UINT64_MAX - 1},
		{"18446744073709551615", UINT64_MAX, UINT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		uint64_t value = 77;

		assert_case(num_parse(cases[i].text, cases[i].max, &value) == 0, cases[i].text);
		assert_case(value == cases[i].value, cases[i].text);
	}
}

static void refuses_what_is_no_decimal_number(void **state)
{
	static const char *const cases[] = {
		"",
		" ",
		"-1",
		"+1",
		"-0",
		" 1",
		"1 ",
		"1\n",
		"\t1",
		"0x10",
		"010",
		"00",
		"01",
		"1.0",
		"1e3",
		"1a",
		"80x",
		"a",
		"inf",
		"1,000",
		"1_0",
		"/",
		":",
		"\x80",
		"\xd9\xa1" /* one */,
		"99999999999999999999999x",
		"1-2",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		uint64_t value = 77;

		assert_case(num_parse(cases[i], UINT64_MAX, &value) == -EINVAL, cases[i]);
		assert_case(num_parse(cases[i], 0, &value) == -EINVAL, cases[i]);
		assert_case(value == 77, cases[i]);
	}
}

static void refuses_what_is_past_the_end(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
	} cases[] = {
		{"1", 0},
		{"10", 9},
		{"256", 255},
		{"65536", 65535},
		{"4294967296", UINT32_MAX},
		{"18446744073709551615", UINT64_MAX - 1},
		/* These wrap around to small numbers in an unchecked parser. */
		{"18446744073709551616", UINT32_MAX},
		{"18446744073709551617", UINT32_MAX},
		{"36893488147419103232", 10},
		{"100000000000000000000000000000000000000000000000000000000000000000000000", UINT32_MAX},
		{"18446744073709551616", UINT64_MAX},
		{"18446744073709551620", UINT64_MAX},
		{"99999999999999999999", UINT64_MAX},
		{"184467440737095516150", UINT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		uint64_t value = 77;

		assert_case(num_parse(cases[i].text, cases[i].max, &value) == -ERANGE, cases[i].text);
		assert_case(value == 77, cases[i].text);
	}
}

static void takes_every_number_up_to_the_end_and_none_past_it(void **state)
{
	char text[32];
	uint64_t value;

	(void)state;
	for (uint64_t max = 0; max < 130; max++) {
		for (uint64_t n = 0; n < 1300; n++) {
			snprintf(text, sizeof(text), "%" PRIu64, n);
			value = 77;
			assert_int_equal(num_parse(text, max, &value), n <= max ? 0 : -ERANGE);
			assert_int_equal(value, n <= max ? n : 77);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_decimal_numbers),
		cmocka_unit_test(refuses_what_is_no_decimal_number),
		cmocka_unit_test(refuses_what_is_past_the_end),
		cmocka_unit_test(takes_every_number_up_to_the_end_and_none_past_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
