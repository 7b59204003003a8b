// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"
#include "base/invisible.h"
#include "rule/merge.h"

/* 64 addresses at the start of each half, in a bit each: what is in the list. */
static uint64_t bits(const struct prefix *prefixes, size_t n, bool v6)
{
	uint64_t set = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned int size = 1u << (128 - prefixes[i].len), first = prefixes[i].ip.b[15];

		if (prefix_family_v4(&prefixes[i]) == v6)
			continue;
		for (unsigned int k = 0; k < size; k++)
			set |= 1ull << (first + k);
	}
	return set;
}

/* The fewest aligned blocks for a set of 64. */
static size_t fewest(uint64_t set, unsigned int first, unsigned int size)
{
	uint64_t all = (size == 64 ? ~0ull : ((1ull << size) - 1)) << first;

	if (!(set & all))
		return 0;
	if ((set & all) == all)
		return 1;
	return fewest(set, first, size / 2) + fewest(set, first + size / 2, size / 2);
}

static void merged_is_the_same_and_the_fewest(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct prefix prefixes[41];
		size_t n = unit_random(&seed) % 40, left;
		uint64_t before[2];

		for (size_t i = 0; i < n; i++) {
			unsigned int shorter =
				(unsigned int)(unit_random(&seed) % 4) & (unsigned int)(unit_random(&seed) % 7);
			bool v6 = unit_random(&seed) & 1;

			prefixes[i] = (struct prefix){.len = (__u8)(128 - shorter)};
			if (v6) {
				prefixes[i].ip.b[0] = 0x20;
			} else {
				prefixes[i].ip.b[10] = prefixes[i].ip.b[11] = 0xff;
				prefixes[i].ip.b[12] = 192;
			}
			prefixes[i].ip.b[15] = (__u8)(unit_random(&seed) % 64 >> shorter << shorter);
		}
		for (int v6 = 0; v6 < 2; v6++)
			before[v6] = bits(prefixes, n, v6);
		left = prefixes_merge(prefixes, n);
		for (int v6 = 0; v6 < 2; v6++)
			assert_true(bits(prefixes, left, v6) == before[v6]);
		assert_int_equal(left, fewest(before[0], 0, 64) + fewest(before[1], 0, 64));
		for (size_t i = 1; i < left; i++)
			assert_true(prefix_compare(&prefixes[i - 1], &prefixes[i]) < 0);
	}
}

static struct prefix prefix_of(const char *text)
{
	struct prefixes list = {};
	struct error err = {};
	struct prefix prefix;

	assert_int_equal(prefixes_parse(&list, text, &err), 0);
	assert_int_equal(list.n, 1);
	prefix = list.at[0];
	prefixes_free(&list);
	return prefix;
}

/* The addresses of IPv4 lie among those of IPv6, and belong to no prefix of theirs. */
static void merging_round_the_place_of_ipv4(void **state)
{
	static const struct {
		const char *from[6], *to[4];
	} cases[] = {
		{{"::/1", "8000::/1"}, {"::/0"}},
		{{"0.0.0.0/1", "128.0.0.0/1"}, {"0.0.0.0/0"}},
		{{"::/0", "0.0.0.0/0", "1.1.1.1", "2001:db8::1"}, {"0.0.0.0/0", "::/0"}},
		{{"::fffe:0:0/96", "0.0.0.0/0"}, {"0.0.0.0/0", "::fffe:0:0/95"}},
		{{"::fffe:0:0/96", "::fffc:0:0/95"}, {"::fffc:0:0/94"}},
		{{"::1", "::2", "::3"}, {"::1", "::2/127"}},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct prefix prefixes[7];
		size_t n = 0, left;

		for (; n < 6 && cases[i].from[n]; n++)
			prefixes[n] = prefix_of(cases[i].from[n]);
		left = prefixes_merge(prefixes, n);
		for (size_t k = 0; k < 4 && cases[i].to[k]; k++) {
			struct prefix wanted = prefix_of(cases[i].to[k]);

			assert_true(k < left);
			assert_case(prefix_equal(&prefixes[k], &wanted), cases[i].to[k]);
		}
		assert_true(left == 4 || !cases[i].to[left]);
	}
}

static void invisible_characters(void **state)
{
	static const struct {
		const char *text, *name;
		unsigned int code;
	} cases[] = {
		{"a b\tc \xc3\xa9 \xf0\x9f\x94\xa5 \xff\xc2", NULL, 0},
		{"x\xc2\xa0", "a no-break space", 0xa0},
		{"x\xa0y", "a no-break space", 0xa0},
		{"\xe2\x80\x8b", "a zero-width space", 0x200b},
		{"\xe2\x80\xae", "a mark for the direction of text", 0x202e},
		{"a\xef\xbb\xbf", "a byte order mark", 0xfeff},
		{"\xe3\x80\x80", "a space that is not ASCII's", 0x3000},
		{"\xf3\xa0\x81\x81", "a tag character", 0xe0041},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct invisible found = {};

		assert_case(text_invisible(cases[i].text, strlen(cases[i].text), &found) == (cases[i].name != NULL),
			    cases[i].text);
		assert_int_equal(found.code, cases[i].code);
		assert_case(!cases[i].name || !strcmp(found.name, cases[i].name), cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merged_is_the_same_and_the_fewest),
		cmocka_unit_test(merging_round_the_place_of_ipv4),
		cmocka_unit_test(invisible_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
