// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"
#include "rule/parse.h"
#include "run/reach.h"

static void add(struct rules *rules, const char *text)
{
	char line[256], *words[16];
	struct error err = {};
	size_t n = 0;

	snprintf(line, sizeof(line), "%s", text);
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		words[n++] = word;
	assert_int_equal(rules_parse(rules, n, words, VERDICT_ALLOW, &err), 0);
}

/* What the programs find: the ports of the longest prefix that contains the address, of either family. */
static bool reaches(const struct reach *reach, const union ip *ip, uint16_t port, uint16_t proto)
{
	const struct reach_entry *longest = NULL;

	for (size_t i = 0; i < reach->n; i++) {
		const struct prefix *prefix = &reach->at[i].prefix;
		bool in = true;

		for (unsigned int bit = 0; in && bit < prefix->len; bit++)
			in = !((prefix->ip.b[bit / 8] ^ ip->b[bit / 8]) >> (7 - bit % 8) & 1);
		if (in && (!longest || prefix->len > longest->prefix.len))
			longest = &reach->at[i];
	}
	for (__u32 i = 0; longest && i < longest->rule.n; i++) {
		const struct run_ports *ports = &longest->rule.at[i];

		if ((ports->proto == PROTO_ANY || ports->proto == proto) && port >= ports->lo && port <= ports->hi)
			return true;
	}
	return false;
}

static bool reaches_text(const struct reach *reach, const char *address, uint16_t port, uint16_t proto)
{
	struct prefixes list = {};
	struct error err = {};
	bool ret;

	assert_int_equal(prefixes_parse(&list, address, &err), 0);
	ret = reaches(reach, &list.at[0].ip, port, proto);
	prefixes_free(&list);
	return ret;
}

static void a_longer_prefix_has_the_ports_of_the_shorter(void **state)
{
	struct reach reach = {};
	struct rules rules = {};
	struct error err = {};

	(void)state;
	add(&rules, "192.0.2.0/24 port 80");
	add(&rules, "192.0.2.1 port 443 proto tcp");
	add(&rules, "192.0.2.0/28 port 22");
	assert_int_equal(reach_compile(&reach, &rules, &err), 0);
	assert_true(reaches_text(&reach, "192.0.2.1", 443, 6));
	assert_false(reaches_text(&reach, "192.0.2.1", 443, 17));
	assert_true(reaches_text(&reach, "192.0.2.1", 80, 17));
	assert_true(reaches_text(&reach, "192.0.2.1", 22, 6));
	assert_true(reaches_text(&reach, "192.0.2.200", 80, 6));
	assert_false(reaches_text(&reach, "192.0.2.200", 22, 6));
	assert_false(reaches_text(&reach, "192.0.3.1", 80, 6));
	assert_false(reaches_text(&reach, "2001:db8::1", 80, 6));
	reach_free(&reach);
	rules_free(&rules);
}

static void all_of_ipv6_is_nothing_of_ipv4(void **state)
{
	struct reach reach = {};
	struct rules rules = {};
	struct error err = {};

	(void)state;
	assert_int_equal(reach_compile(&reach, &rules, &err), 0);
	assert_false(reaches_text(&reach, "192.0.2.1", 80, 6));
	assert_false(reaches_text(&reach, "::1", 80, 6));
	reach_free(&reach);
	add(&rules, "any6");
	assert_int_equal(reach_compile(&reach, &rules, &err), 0);
	assert_true(reaches_text(&reach, "2001:db8::1", 80, 6));
	assert_false(reaches_text(&reach, "192.0.2.1", 80, 6));
	reach_free(&reach);
	add(&rules, "any4 port 53");
	assert_int_equal(reach_compile(&reach, &rules, &err), 0);
	assert_true(reaches_text(&reach, "192.0.2.1", 53, 17));
	assert_false(reaches_text(&reach, "192.0.2.1", 80, 17));
	reach_free(&reach);
	rules_free(&rules);
}

/* Any rules, in any order: what a naive look at each rule says. */
static void it_is_what_the_rules_say(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct reach reach = {};
		struct rules rules = {};
		struct error err = {};
		size_t n = 1 + unit_random(&seed) % 12;

		for (size_t i = 0; i < n; i++) {
			unsigned int len = 24 + (unsigned int)(unit_random(&seed) % 9);
			unsigned int last = (unsigned int)(unit_random(&seed) & 255) >> (32 - len) << (32 - len);
			char text[64];

			snprintf(text, sizeof(text), "192.0.2.%u/%u port %u", last, len,
				 1 + (unsigned int)(unit_random(&seed) % 3));
			add(&rules, text);
		}
		assert_int_equal(reach_compile(&reach, &rules, &err), 0);
		for (unsigned int last = 0; last < 256; last += 5) {
			const struct prefix host = {.ip = {.b = {[10] = 0xff, 0xff, 192, 0, 2, (__u8)last}},
						    .len = 128};

			for (uint16_t port = 1; port <= 3; port++) {
				bool wanted = false;

				for (size_t i = 0; i < rules.n; i++)
					wanted |= rules.at[i].port_lo == port &&
						  prefix_contains(&rules.at[i].prefix, &host);
				assert_int_equal(reaches(&reach, &host.ip, port, 6), wanted);
			}
		}
		reach_free(&reach);
		rules_free(&rules);
	}
}

static void too_many_ranges_are_refused(void **state)
{
	struct reach reach = {};
	struct rules rules = {};
	struct error err = {};
	char text[64];

	(void)state;
	for (int i = 0; i < RUN_RANGES; i++) {
		snprintf(text, sizeof(text), "192.0.2.1 port %d", 1000 + 2 * i);
		add(&rules, text);
	}
	assert_int_equal(reach_compile(&reach, &rules, &err), 0);
	reach_free(&reach);
	add(&rules, "192.0.2.0/24 port 7");
	assert_int_equal(reach_compile(&reach, &rules, &err), -1);
	assert_int_equal(err.code, ERR_FULL);
	assert_non_null(strstr(err.text, "192.0.2.1"));
	reach_free(&reach);
	rules_free(&rules);
}

static void what_a_run_has_not_is_refused(void **state)
{
	static const char *const bad[] = {"block 192.0.2.1", "192.0.2.1 uid 0", "192.0.2.1 timeout 1h"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rules rules = {};
		struct error err = {};

		add(&rules, bad[i]);
		assert_int_equal(reach_check(&rules.at[0], &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		rules_free(&rules);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_longer_prefix_has_the_ports_of_the_shorter),
		cmocka_unit_test(all_of_ipv6_is_nothing_of_ipv4),
		cmocka_unit_test(it_is_what_the_rules_say),
		cmocka_unit_test(too_many_ranges_are_refused),
		cmocka_unit_test(what_a_run_has_not_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
