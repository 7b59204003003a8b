// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of rules that come from host names when these have other addresses. */
#include "unit.h"
#include "policy.h"
#include "name/refresh.h"

static struct hosts hosts;
static struct except excepted;
static struct ruleset *rs;

static struct rule_spec spec_with(const char *sentence, const char *comment)
{
	struct rule_spec spec = spec_of(sentence);

	strcpy(spec.comment, comment);
	return spec;
}

/* More of the rules, as block --resolve has made them. */
static void put(const char *sentence, const char *comment)
{
	struct rule_spec spec = spec_with(sentence, comment);
	enum ruleset_change change;
	struct rule_info old;
	struct error err = {};

	MUST(ruleset_plan(rs, &spec, 1, &change, &old, &err));
	MUST(ruleset_put(rs, &spec, 1, &change, &old, false, &err));
}

/* A name that has these addresses now, in order; no name server is asked. */
static void resolved(const char *name, const char *addresses)
{
	struct error err = {};
	struct host *host = hosts_add(&hosts, name, &err);
	char text[256], *at = text;

	snprintf(text, sizeof(text), "%s", addresses);
	host->addresses = calloc(16, sizeof(*host->addresses));
	for (char *word; (word = strsep(&at, " ")) && *word;)
		host->addresses[host->n++] = spec_of(word).prefix;
}

static int begin(void **state)
{
	(void)state;
	policy_load(100);
	rs = policy_open(RULESET_WRITE);
	hosts = (struct hosts){};
	return 0;
}

static int end(void **state)
{
	(void)state;
	ruleset_close(rs);
	policy_unload();
	hosts_free(&hosts);
	return 0;
}

static int refresh(const char *set, struct error *err)
{
	struct replacement *r = ruleset_replace_begin(rs, "names", set, err);
	struct replaced result = {};
	int ret = refresh_fill(rs, r, &hosts, &excepted, err);

	if (!ret)
		ret = ruleset_replace_end(r, true, 0, &result, err);
	ruleset_replace_free(r);
	return ret;
}

/* Refreshes set s, and compares the rules. */
static void becomes(const char *rules)
{
	struct error err = {};

	MUST(refresh("s", &err));
	assert_string_equal(policy_rules(rs), rules);
}

static void finds_the_names_of_a_set(void **state)
{
	struct error err = {};

	(void)state;
	put("block 1.1.1.1 set s", "resolved from a.x");
	put("block 2.2.2.2 set s", "resolved from a.x, b.x: words");
	put("block 3.3.3.3 set s", "a person's own");
	put("block 4.4.4.0/24 set s", "resolved from c.x"); /* no single address: a person's own */
	put("block 5.5.5.5 set other", "resolved from d.x");
	put("block 6.6.6.6 set plain", "x");
	MUST(refresh_hosts(rs, "s", &hosts, &err));
	assert_int_equal(hosts.n, 2);
	assert_string_equal(hosts.at[0].name, "a.x");
	assert_string_equal(hosts.at[1].name, "b.x");
	assert_int_equal(refresh_hosts(rs, "plain", &hosts, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	err = (struct error){};
	assert_int_equal(refresh_hosts(rs, "no-such-set", &hosts, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void new_addresses_come_and_old_ones_go(void **state)
{
	(void)state;
	put("block 1.1.1.1 port 443 set s", "resolved from a.x: words");
	put("block 2.2.2.2 port 443 set s", "resolved from a.x: words");
	put("block 3.3.3.3 set s", "a person's own");
	put("allow 4.4.4.4 set other", "resolved from a.x");
	resolved("a.x", "2.2.2.2 5.5.5.5");
	becomes("4 allow 4.4.4.4 set other comment \"resolved from a.x\"\n"
		"2 block 2.2.2.2 port 443 set s comment \"resolved from a.x: words\"\n"
		"3 block 3.3.3.3 set s comment \"a person's own\"\n"
		"5 block 5.5.5.5 port 443 set s comment \"resolved from a.x: words\"\n");
	/* Nothing has changed since: nothing changes. */
	becomes("4 allow 4.4.4.4 set other comment \"resolved from a.x\"\n"
		"2 block 2.2.2.2 port 443 set s comment \"resolved from a.x: words\"\n"
		"3 block 3.3.3.3 set s comment \"a person's own\"\n"
		"5 block 5.5.5.5 port 443 set s comment \"resolved from a.x: words\"\n");
}

static void each_kind_of_rule_of_a_name_goes_along(void **state)
{
	(void)state;
	put("block 1.1.1.1 port 443 set s", "resolved from a.x");
	put("allow 1.1.1.1 port 80 set s", "resolved from a.x");
	resolved("a.x", "5.5.5.5");
	becomes("3 block 5.5.5.5 port 443 set s comment \"resolved from a.x\"\n"
		"4 allow 5.5.5.5 port 80 set s comment \"resolved from a.x\"\n");
}

/* An address that two names share has both, until one of them has it no more. */
static void names_come_and_go_with_the_address(void **state)
{
	(void)state;
	put("block 1.1.1.1 set s", "resolved from a.x, b.x");
	put("block 2.2.2.2 set s", "resolved from b.x");
	resolved("a.x", "1.1.1.1 2.2.2.2");
	resolved("b.x", "2.2.2.2");
	becomes("1 block 1.1.1.1 set s comment \"resolved from a.x\"\n"
		"2 block 2.2.2.2 set s comment \"resolved from a.x, b.x\"\n");
}

static void the_longest_timeout_is_the_new_rules_too(void **state)
{
	struct rule_info info;
	struct rule_spec spec = spec_of("block 5.5.5.5 set s");
	struct error err = {};

	(void)state;
	put("block 1.1.1.1 set s timeout 10m", "resolved from a.x");
	put("block 2.2.2.2 set s timeout 2h", "resolved from a.x");
	resolved("a.x", "1.1.1.1 2.2.2.2 5.5.5.5");
	MUST(refresh("s", &err));
	assert_true(ruleset_find(rs, &spec, &info));
	assert_true(info.spec.timeout > 7100000000000u && info.spec.timeout <= 7200000000000u);
	/* One that never ends is the longest. */
	put("block 3.3.3.3 set s", "resolved from a.x");
	hosts_free(&hosts);
	resolved("a.x", "3.3.3.3 6.6.6.6");
	MUST(refresh("s", &err));
	spec = spec_of("block 6.6.6.6 set s");
	assert_true(ruleset_find(rs, &spec, &info));
	assert_int_equal(info.spec.timeout, 0);
}

static void what_is_excepted_gets_no_rule(void **state)
{
	struct error err = {};

	(void)state;
	MUST(prefixes_parse(&excepted.list, "10.0.0.0/8,1.1.1.1", &err));
	except_ready(&excepted);
	put("block 1.1.1.1 set s", "resolved from a.x");
	put("allow 1.1.1.1 port 80 set s", "resolved from a.x");
	put("block 10.9.9.9 set s", "a person's own");
	resolved("a.x", "1.1.1.1 5.5.5.5 10.1.1.1");
	hosts.local = true;
	MUST(refresh("s", &err));
	assert_string_equal(policy_rules(rs), "2 allow 1.1.1.1 port 80 set s comment \"resolved from a.x\"\n"
					      "3 block 10.9.9.9 set s comment \"a person's own\"\n"
					      "4 block 5.5.5.5 set s comment \"resolved from a.x\"\n"
					      "5 allow 5.5.5.5 port 80 set s comment \"resolved from a.x\"\n"
					      "6 allow 10.1.1.1 port 80 set s comment \"resolved from a.x\"\n");
	prefixes_free(&excepted.list);
}

static void a_place_that_is_taken_stays_what_it_is(void **state)
{
	struct error err = {};

	(void)state;
	put("block 1.1.1.1 set s", "resolved from a.x");
	put("allow 5.5.5.5 set other", "words");
	put("allow 6.6.6.6 set s", "a person's own");
	resolved("a.x", "1.1.1.1 5.5.5.5 6.6.6.6");
	MUST(refresh("s", &err));
	assert_string_equal(policy_rules(rs), "2 allow 5.5.5.5 set other comment \"words\"\n"
					      "1 block 1.1.1.1 set s comment \"resolved from a.x\"\n"
					      "3 allow 6.6.6.6 set s comment \"a person's own\"\n"
					      "4 block 5.5.5.5 set s comment \"resolved from a.x\"\n");
	/* With no other address the name would be forgotten. */
	hosts_free(&hosts);
	resolved("a.x", "6.6.6.6");
	assert_int_equal(refresh("s", &err), -1);
	assert_int_equal(err.code, ERR_EXISTS);
	assert_in(err.text, "'a.x'");
	assert_in(policy_rules(rs), "1 block 1.1.1.1");
}

/* Whoever answers for the name does not open a private address by that. */
static void a_private_address_is_not_opened(void **state)
{
	struct error err = {};

	(void)state;
	put("allow 1.1.1.1 set s", "resolved from a.x");
	resolved("a.x", "1.1.1.1 10.1.1.1");
	assert_int_equal(refresh("s", &err), -1);
	assert_in(err.text, "10.1.1.1");
	hosts.local = true;
	err = (struct error){};
	MUST(refresh("s", &err));
	assert_in(policy_rules(rs), "allow 10.1.1.1 set s");
}

static int joins(const char *sentence, const char *comment, struct rule_spec *spec, struct error *err)
{
	*err = (struct error){};
	*spec = spec_with(sentence, comment);
	return refresh_join(rs, spec, 1, err);
}

static void a_rule_that_is_there_gets_the_name_too(void **state)
{
	struct rule_spec spec;
	struct error err;

	(void)state;
	put("block 1.1.1.1 set s timeout 10m", "resolved from a.x: words");
	put("block 2.2.2.2 set s", "a person's own");
	put("block 3.3.3.3 set other", "resolved from a.x");
	assert_int_equal(joins("block 1.1.1.1 set s timeout 5m", "resolved from b.x: words", &spec, &err), 0);
	assert_string_equal(spec.comment, "resolved from a.x, b.x: words");
	assert_true(spec.timeout > 590000000000u);
	/* All that it is, it is by this name: a command may make another rule of it. */
	assert_int_equal(joins("allow 1.1.1.1 set s", "resolved from a.x", &spec, &err), 0);
	assert_string_equal(spec.comment, "resolved from a.x");
	assert_int_equal(joins("block 9.9.9.9 set s", "resolved from b.x", &spec, &err), 0);
	assert_string_equal(spec.comment, "resolved from b.x");
	/* Another set's rule is another rule. */
	assert_int_equal(joins("block 3.3.3.3 set s", "resolved from b.x", &spec, &err), 0);
	assert_string_equal(spec.comment, "resolved from b.x");
	/* Of a person's own, of another kind. */
	assert_int_equal(joins("block 2.2.2.2 set s", "resolved from b.x", &spec, &err), -1);
	assert_int_equal(err.code, ERR_EXISTS);
	assert_int_equal(joins("allow 1.1.1.1 set s", "resolved from b.x: words", &spec, &err), -1);
	assert_int_equal(err.code, ERR_EXISTS);
	/* No name is in it: none of this. */
	assert_int_equal(joins("allow 2.2.2.2 set s", "words", &spec, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_the_names_of_a_set, begin, end),
		cmocka_unit_test_setup_teardown(new_addresses_come_and_old_ones_go, begin, end),
		cmocka_unit_test_setup_teardown(each_kind_of_rule_of_a_name_goes_along, begin, end),
		cmocka_unit_test_setup_teardown(names_come_and_go_with_the_address, begin, end),
		cmocka_unit_test_setup_teardown(the_longest_timeout_is_the_new_rules_too, begin, end),
		cmocka_unit_test_setup_teardown(what_is_excepted_gets_no_rule, begin, end),
		cmocka_unit_test_setup_teardown(a_place_that_is_taken_stays_what_it_is, begin, end),
		cmocka_unit_test_setup_teardown(a_private_address_is_not_opened, begin, end),
		cmocka_unit_test_setup_teardown(a_rule_that_is_there_gets_the_name_too, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
