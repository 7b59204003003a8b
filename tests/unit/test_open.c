// SPDX-License-Identifier: GPL-2.0-only
/* What is opened as a ruleset, what is refused, and what a reader has while others write. */
#include "unit.h"
#include "put.h"

static void assert_no_open(enum error_code code)
{
	struct error err = {};

	assert_null(ruleset_open(&policy.pins, RULESET_READ, &err));
	assert_int_equal(err.code, code);
	err = (struct error){};
	assert_null(ruleset_open(&policy.pins, RULESET_WRITE, &err));
	assert_int_equal(err.code, code);
}

static void opens_only_what_is_whole_and_of_its_own(void **state)
{
	struct config *config = ruleset_config(rs), before = *config;

	(void)state;
	config->layout++;
	assert_no_open(ERR_LAYOUT);
	*config = before;
	config->magic++;
	assert_no_open(ERR_LAYOUT);
	*config = before;
	config->state = STATE_OFF; /* a load that was cut short */
	assert_no_open(ERR_NOT_LOADED);
	*config = before;
	config->inner[config->generation & 1][0] = 0;
	assert_no_open(ERR_SYSTEM);
	*config = before;
	rs->t.header->rules = rs->t.max_rules + 1;
	assert_no_open(ERR_SYSTEM);
	rs->t.header->rules = 2;
	ruleset_close(policy_open(RULESET_WRITE));
}

/* A reader's list is as it was when it let the lock go, whatever is put in its place meanwhile. */
static void a_reader_of_a_small_ruleset_has_a_copy(void **state)
{
	struct ruleset *reader = policy_open(RULESET_READ);
	uint32_t before = generation();
	struct error err = {};

	(void)state;
	MUST(ruleset_detach(reader, &err));
	MUST(put(LINES("3.3.3.3"), false, &err));
	assert_int_equal(generation(), before); /* that does not keep anybody from changing it in place */
	for (int i = 0; i < 3; i++)
		policy_restore(rs, LINES("block 8.8.8.8"));
	policy_restore(rs, LINES("block 7.7.7.7", "block 6.6.6.6"));
	assert_string_equal(policy_rules(reader), "1 block 1.1.1.1\n2 block 2.2.2.2 set a comment \"x\"\n");
	assert_int_equal(ruleset_config(reader)->generation, before);
	ruleset_close(reader);
}

/* A large one is not copied: nobody changes it in place, and its maps are not used again. */
static void a_reader_of_a_large_ruleset_holds_it(void **state)
{
	struct ruleset *reader;
	struct rule_spec spec = spec_of("block 9.9.9.9");
	struct error err = {};
	uint32_t before;

	(void)state;
	ruleset_config(rs)->max_rules = 50000;
	{
		struct replacement *r = ruleset_replace_begin(rs, "rules", NULL, &err);
		struct replaced result = {};

		for (uint32_t i = 0; i < 25000; i++) {
			spec.prefix.ip.w[3] = be32(0x0a000000 + i * 4);
			MUST(ruleset_replace_add(r, &spec, i + 1, &err));
		}
		MUST(ruleset_replace_end(r, true, 0, &result, &err));
		ruleset_replace_free(r);
	}
	reader = policy_open(RULESET_READ);
	MUST(ruleset_detach(reader, &err));
	assert_true(tables_is_held(&rs->t));
	before = generation();
	MUST(put(LINES("3.3.3.3"), false, &err));
	assert_int_equal(generation(), before + 1);
	MUST(put(LINES("4.4.4.4"), false, &err)); /* this one is held by nobody */
	assert_int_equal(generation(), before + 1);
	assert_false(tables_is_held(&rs->t));
	policy_restore(rs, LINES("block 8.8.8.8"));
	assert_int_equal(ruleset_count(reader), 25000);
	assert_false(ruleset_find(
		reader, &(struct rule_spec){.prefix = spec_of("3.3.3.3").prefix, .port_hi = 65535, .proto = PROTO_ANY},
		old));
	spec = spec_of("10.0.0.4");
	assert_true(ruleset_find(reader, &spec, old));
	/* The lock goes with the reader. */
	ruleset_close(reader);
	reader = policy_open(RULESET_READ);
	assert_false(tables_is_held(&rs->t));
	ruleset_close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(opens_only_what_is_whole_and_of_its_own, begin, end),
		cmocka_unit_test_setup_teardown(a_reader_of_a_small_ruleset_has_a_copy, begin, end),
		cmocka_unit_test_setup_teardown(a_reader_of_a_large_ruleset_holds_it, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
