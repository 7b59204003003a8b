// SPDX-License-Identifier: GPL-2.0-only
/* What is left of a prefix when others are taken out of it: held against a look at single addresses. */
#include <stdlib.h>
#include "unit.h"
#include "bpf/ip.h"
#include "rule/except.h"

static struct prefixes left;

static int keep(const struct prefix *rest, void *arg)
{
	(void)arg;
	assert_true(left.n < 4096);
	left.at = left.at ? left.at : calloc(4096, sizeof(*left.at));
	left.at[left.n++] = *rest;
	return 0;
}

static struct except excepted(const char *prefixes)
{
	struct except except = {};
	struct error err = {};

	if (prefixes_parse(&except.list, prefixes, &err))
		fail_msg("%s", err.text);
	except_ready(&except);
	return except;
}

static void takes(const char *from, const char *out, const char *wanted)
{
	struct except except = excepted(out);
	struct prefixes whole = {};
	struct error err = {};
	char text[4096] = "", word[PREFIX_TEXT_SIZE];

	left.n = 0;
	assert_int_equal(prefixes_parse(&whole, from, &err), 0);
	assert_int_equal(whole.n, 1);
	assert_int_equal(except_rest(&except, &whole.at[0], keep, NULL), 0);
	for (size_t i = 0; i < left.n; i++) {
		prefix_format(&left.at[i], true, word);
		strcat(strcat(text, i ? " " : ""), word);
	}
	assert_string_equal(text, wanted);
	assert_case(except_touches(&except, &whole.at[0]) == (strcmp(text, from) != 0), from);
	prefixes_free(&whole);
	prefixes_free(&except.list);
}

static void the_fewest_prefixes_are_left(void **state)
{
	(void)state;
	takes("10.0.0.0/8", "192.168.0.0/16", "10.0.0.0/8");
	takes("10.0.0.0/8", "10.0.0.0/8", "");
	takes("10.0.0.0/8", "10.0.0.0/7", "");
	takes("10.0.0.0/8", "0.0.0.0/0", "");
	takes("10.0.0.0/8", "::/0", "10.0.0.0/8");
	takes("10.0.0.0/30", "10.0.0.1", "10.0.0.0 10.0.0.2/31");
	takes("10.0.0.0/30", "10.0.0.0", "10.0.0.1 10.0.0.2/31");
	takes("10.0.0.0/30", "10.0.0.3,10.0.0.0", "10.0.0.1 10.0.0.2");
	takes("10.0.0.0/30", "10.0.0.0/31,10.0.0.1,10.0.0.2/31", "");
	takes("10.0.0.1", "10.0.0.0/30", "");
	takes("10.0.0.1", "10.0.0.0", "10.0.0.1");
	takes("10.0.0.1", "10.0.0.2", "10.0.0.1");
	takes("0.0.0.0/0", "128.0.0.0/1", "0.0.0.0/1");
	takes("2001:db8::/126", "2001:db8::2", "2001:db8::/127 2001:db8::3");
	takes("2001:db8::/32", "::/0", "");
}

/* An IPv6 prefix around the place of IPv4 addresses has none of them, and leaves none behind. */
static void no_rule_for_ipv4_is_left_of_ipv6(void **state)
{
	(void)state;
	takes("::fffe:0:0/95", "::fffe:0:0/97", "::fffe:8000:0/97");
	takes("::fffe:0:0/95", "0.0.0.0/0", "::fffe:0:0/95");
	takes("::fffe:0:0/95", "10.0.0.1", "::fffe:0:0/95");
}

static bool has(const struct prefix *prefixes, size_t n, const struct prefix *address)
{
	for (size_t i = 0; i < n; i++) {
		if (prefix_contains(&prefixes[i], address))
			return true;
	}
	return false;
}

static struct prefix any_prefix(uint64_t *random)
{
	uint32_t len = 16 + unit_random(random) % 17;
	struct prefix prefix = {.ip.w = {0, 0, MAPPED_PREFIX, 0}, .len = (__u8)(96 + len)};
	/* All in one corner, so that they have to do with one another. */
	uint32_t v4 = (0x0a000000 | (uint32_t)(unit_random(random) >> 40)) & 0xff0007ffu;

	prefix.ip.w[3] = be32((uint32_t)(v4 & ~(0xffffffffull >> len)));
	return prefix;
}

static void every_address_is_in_one_or_the_other(void **state)
{
	uint64_t random = 11;

	(void)state;
	for (int run = 0; run < 300; run++) {
		struct prefix all[8], whole = any_prefix(&random);
		struct except except = {.list = {.at = calloc(8, sizeof(all[0])), .n = run % 9}};

		for (size_t i = 0; i < except.list.n; i++)
			all[i] = except.list.at[i] = any_prefix(&random);
		memcpy(all, except.list.at, except.list.n * sizeof(all[0]));
		except_ready(&except);
		left.n = 0;
		except_rest(&except, &whole, keep, NULL);
		for (uint32_t i = 0; i < 2048 + 4; i++) {
			struct prefix one = {.ip.w = {0, 0, MAPPED_PREFIX, be32(0x0a000000 + i)}, .len = 128};
			bool wanted = prefix_contains(&whole, &one) && !has(all, run % 9, &one);

			assert_int_equal(has(left.at, left.n, &one), wanted);
		}
		for (size_t i = 1; i < left.n; i++)
			assert_true(prefix_compare(&left.at[i - 1], &left.at[i]) < 0);
		free(except.list.at);
	}
}

static int stop(const struct prefix *rest, void *arg)
{
	(void)rest;
	return ++*(int *)arg == 2 ? 7 : 0;
}

static void stops_where_it_is_told(void **state)
{
	struct except except = excepted("10.0.0.1");
	struct except whole = excepted("10.0.0.0/8");
	int n = 0;

	(void)state;
	assert_int_equal(except_rest(&except, &whole.list.at[0], stop, &n), 7);
	assert_int_equal(n, 2);
	prefixes_free(&except.list);
	prefixes_free(&whole.list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fewest_prefixes_are_left),
		cmocka_unit_test(no_rule_for_ipv4_is_left_of_ipv6),
		cmocka_unit_test(every_address_is_in_one_or_the_other),
		cmocka_unit_test(stops_where_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
