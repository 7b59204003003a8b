// SPDX-License-Identifier: GPL-2.0-only
/* Ranges become exactly their addresses, in the fewest prefixes: held against a matcher that is too simple to be wrong.
 */
#include "unit.h"
#include <arpa/inet.h>
#include "rule/prefix.h"

typedef unsigned __int128 u128;

static u128 number(const union ip *ip)
{
	u128 n = 0;

	for (size_t i = 0; i < 16; i++)
		n = n << 8 | ip->b[i];
	return n;
}

static void text_of(u128 n, char text[INET6_ADDRSTRLEN])
{
	union ip ip;
	bool v4 = n >> 32 == 0xffff;

	for (size_t i = 16; i-- > 0; n >>= 8)
		ip.b[i] = (__u8)n;
	inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? ip.b + 12 : ip.b, text, INET6_ADDRSTRLEN);
}

static u128 v4(uint32_t n)
{
	return (u128)0xffff << 32 | n;
}

static u128 size_of(const struct prefix *prefix)
{
	return (u128)1 << (128 - prefix->len); /* not for ::/0 */
}

static void parse(struct prefixes *list, u128 first, u128 last)
{
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN], text[2 * INET6_ADDRSTRLEN + 1];
	struct error err = {};

	text_of(first, from);
	text_of(last, to);
	snprintf(text, sizeof(text), "%s-%s", from, to);
	*list = (struct prefixes){};
	if (prefixes_parse(list, text, &err))
		fail_msg("%s: %s", text, err.text);
}

/* The prefixes follow one another from first to last without a gap; each has an aligned length. */
static void assert_tiles(const struct prefixes *list, u128 first, u128 last)
{
	u128 next = first;

	for (size_t i = 0; i < list->n; i++) {
		u128 start = number(&list->at[i].ip);

		assert_true(start == next);
		assert_true(start % size_of(&list->at[i]) == 0);
		next = start + size_of(&list->at[i]);
	}
	assert_true(next == last + 1);
}

/*
 * The fewest aligned blocks that tile [first, last] within a window of 64: best[n] is that for the part from first + n
 * on, found by trying every block that fits.
 */
static size_t fewest(unsigned int first, unsigned int last)
{
	size_t best[65] = {};

	for (unsigned int from = last + 1; from-- > first;) {
		best[from] = SIZE_MAX;
		for (unsigned int size = 1; size <= 64; size *= 2) {
			if (from % size || from + size > last + 1)
				continue;
			if (best[from + size] + 1 < best[from])
				best[from] = best[from + size] + 1;
		}
	}
	return best[first];
}

/* Every range within the 64 addresses from base on. */
static void every_range_in(u128 base)
{
	struct prefixes list;

	for (unsigned int first = 0; first < 64; first++) {
		for (unsigned int last = first; last < 64; last++) {
			/* 0.0.0.0 and :: alone are refused */
			if (!last && (base == 0 || base == v4(0)))
				continue;
			parse(&list, base + first, base + last);
			assert_tiles(&list, base + first, base + last);
			assert_int_equal(list.n, fewest(first, last));
			prefixes_free(&list);
		}
	}
}

static void small_ranges(void **state)
{
	(void)state;
	every_range_in(v4(0x0a000000));
	every_range_in(v4(0x0a0000c0));
	every_range_in((u128)0x20010db8 << 96);
}

static void ranges_at_the_ends_of_the_address_space(void **state)
{
	(void)state;
	every_range_in(v4(0));
	every_range_in(v4(0xffffffc0));
	every_range_in(0);
	every_range_in(~(u128)63);
	/* Next to IPv4's block, on either side. */
	every_range_in(((u128)0xffff << 32) - 64);
	every_range_in((u128)0x10000 << 32);
}

static void large_ranges(void **state)
{
	static const struct {
		const char *range;
		size_t n;
		const char *first;
	} cases[] = {
		{"0.0.0.0-255.255.255.255", 1, "0.0.0.0/0"},
		{"0.0.0.1-255.255.255.255", 32, "0.0.0.1/32"},
		{"0.0.0.1-255.255.255.254", 62, "0.0.0.1/32"},
		{"10.0.0.0-10.255.255.255", 1, "10.0.0.0/8"},
		{"127.255.255.255-128.0.0.0", 2, "127.255.255.255/32"},
		{"192.168.1.10-192.168.1.20", 4, "192.168.1.10/31"},
		{"1.1.1.1-1.1.1.1", 1, "1.1.1.1/32"},
		{"::ffff:1.1.1.0-::ffff:1.1.1.255", 1, "1.1.1.0/24"},
		{"1.1.1.0-::ffff:1.1.1.255", 1, "1.1.1.0/24"},
		{"::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1, "::/0"},
		{"2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 1, "2001:db8::/32"},
		{"::1:0:0:1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 127, "::1:0:0:1/128"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct prefixes list = {};
		struct error err = {};
		char text[PREFIX_TEXT_SIZE];

		assert_case(!prefixes_parse(&list, cases[i].range, &err), cases[i].range);
		prefix_format(&list.at[0], false, text);
		assert_string_equal(text, cases[i].first);
		assert_int_equal(list.n, cases[i].n);
		prefixes_free(&list);
	}
}

static void random_ranges(void **state)
{
	uint64_t random = 7;
	struct prefixes list;

	(void)state;
	for (int round = 0; round < 4000; round++) {
		u128 first, last;

		if (round % 2) {
			first = v4((uint32_t)(unit_random(&random) >> 32));
			last = v4((uint32_t)(unit_random(&random) >> 32));
		} else {
			/* Above IPv4's block, with ends that lie near as well as far. */
			first = (u128)(unit_random(&random) | 1) << 64 | unit_random(&random);
			last = first ^ ((u128)unit_random(&random) << 64 | unit_random(&random)) >> (round % 64);
		}
		if (first > last) {
			u128 swap = first;

			first = last;
			last = swap;
		}
		if (last == v4(0))
			continue;
		parse(&list, first, last);
		assert_tiles(&list, first, last);
		/* Two of a length side by side that one shorter prefix would hold could be fewer. */
		for (size_t i = 0; i + 1 < list.n; i++) {
			bool twins = list.at[i].len == list.at[i + 1].len &&
				     number(&list.at[i].ip) % (2 * size_of(&list.at[i])) == 0;

			assert_false(twins);
		}
		prefixes_free(&list);
	}
}

/* Whether the list has the address, by the rule that a prefix is of one family. */
static bool covers(const struct prefixes *list, u128 n)
{
	bool is_v4 = n >> 32 == 0xffff;

	for (size_t i = 0; i < list->n; i++) {
		u128 start = number(&list->at[i].ip);

		if (prefix_family_v4(&list->at[i]) == is_v4 &&
		    (!list->at[i].len || (n >= start && n - start < size_of(&list->at[i]))))
			return true;
	}
	return false;
}

static void an_ipv6_range_over_the_ipv4_block_leaves_it_out(void **state)
{
	static const u128 block = (u128)0xffff << 32, behind = (u128)0x10000 << 32;
	const struct {
		u128 first, last;
	} cases[] = {
		{block - 1, behind},
		{block - 1, behind + 77},
		{block - 1000, behind + 1000},
		{block - 1, behind + (behind - 1)},
		{1, behind},
		{0, behind - 1 + behind},
		{0, ~(u128)0},
		{1, ~(u128)0},
	};
	struct prefixes list;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		u128 first = cases[i].first, last = cases[i].last;

		parse(&list, first, last);
		for (size_t j = 0; j < list.n; j++)
			assert_false(prefix_family_v4(&list.at[j]));
		assert_true(covers(&list, first));
		assert_true(covers(&list, last));
		assert_true(covers(&list, block - 1));
		assert_true(covers(&list, behind));
		assert_false(covers(&list, block));
		assert_false(covers(&list, v4(0x01010101)));
		assert_false(covers(&list, behind - 1));
		assert_true(!first || !covers(&list, first - 1));
		assert_true(!(last + 1) || !covers(&list, last + 1));
		prefixes_free(&list);
	}
}

/* 00fe::/16 stands for names in the tables. What a range becomes can be typed again, as a saved file does. */
static void a_range_over_what_stands_for_names_leaves_it_out(void **state)
{
	static const u128 names = (u128)0xfe << 112, behind = (u128)0xff << 112;
	const struct {
		u128 first, last;
	} cases[] = {
		{names - 1, behind},
		{names - 1, behind + (behind - names) - 1},
		{names - 1000, behind + 1000},
		{(u128)0xfc << 112, behind},
	};
	struct prefixes list, again = {};
	struct error err = {};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		parse(&list, cases[i].first, cases[i].last);
		assert_true(covers(&list, cases[i].first) && covers(&list, cases[i].last));
		assert_true(covers(&list, names - 1) && covers(&list, behind));
		assert_false(covers(&list, names) || covers(&list, behind - 1));
		assert_false(covers(&list, cases[i].first - 1) || covers(&list, cases[i].last + 1));
		for (size_t j = 0; j < list.n; j++) {
			char text[PREFIX_TEXT_SIZE];

			prefix_format(&list.at[j], false, text);
			assert_case(!prefixes_parse(&again, text, &err), text);
		}
		prefixes_free(&again);
		prefixes_free(&list);
	}
}

static void refuses_with_a_sentence_that_helps(void **state)
{
	static const char *const cases[][2] = {
		{"1.1.1.2-1.1.1.1", "lower address to the higher"},
		{"::2-::1", "lower address to the higher"},
		{"255.255.255.255-0.0.0.0", "lower address to the higher"},
		{"1.1.1.1-::1", "both IPv6"},
		{"::1-1.1.1.1", "both IPv6"},
		{"::-255.255.255.255", "both IPv6"},
		{"1.1.1.1-2001:db8::1", "both IPv6"},
		/* It would end in the midst of IPv4's block. */
		{"::1-::ffff:1.1.1.1", "both IPv6"},
		{"1.1.1.1-", "four decimal numbers"},
		{"-1.1.1.1", "four decimal numbers"},
		{"-", "four decimal numbers"},
		{"1.1.1.1-9", "four decimal numbers"},
		{"1.1.1.1-1.1.1.9-1.1.1.12", "four decimal numbers"},
		{"1.1.1.1--1.1.1.2", "four decimal numbers"},
		{"1.1.1.1-1.1.1.256", "four decimal numbers"},
		{"1.1.1.1-1.1.1.010", "octal"},
		{"1.1.1.0/24-1.1.2.0/24", "near '1.1.1.0/24-1.1.2.0/24'"},
		{"1.1.1.1-1.1.2.0/24", "near '1.1.1.1-1.1.2.0/24'"},
		{"::1-::g", "not an IPv6 address"},
		{"fe80::1%lo-fe80::2%lo", "zone"},
		{"00fe::-00fe::", "stands for a name"},
		{"::2-00fe::1", "stands for a name"},
		{"00fe:ffff::-00ff::", "stands for a name"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct prefixes list = {};
		struct error err = {};

		assert_case(prefixes_parse(&list, cases[i][0], &err) == -1, cases[i][0]);
		assert_int_equal(err.code, ERR_INPUT);
		assert_int_equal(list.n, 0);
		assert_in(err.text, cases[i][1]);
		/* The token is shown as it was typed, not as far as it was read. */
		assert_in(err.text, cases[i][0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_ranges),
		cmocka_unit_test(ranges_at_the_ends_of_the_address_space),
		cmocka_unit_test(large_ranges),
		cmocka_unit_test(random_ranges),
		cmocka_unit_test(an_ipv6_range_over_the_ipv4_block_leaves_it_out),
		cmocka_unit_test(a_range_over_what_stands_for_names_leaves_it_out),
		cmocka_unit_test(refuses_with_a_sentence_that_helps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
