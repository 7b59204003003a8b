// SPDX-License-Identifier: GPL-2.0-only
/* Tables that lead nowhere, or round in a ring: a call is blocked then. And what a walk that ends says. */
#include "unit.h"
#include "policy.h"

static struct ruleset *rs;

static int begin(void **state)
{
	(void)state;
	policy_load(200);
	rs = policy_open(RULESET_WRITE);
	policy_restore(rs, LINES("block 1.1.1.1", "allow 1.1.1.0/24", "block 2.2.2.2", "block 3.3.3.3 uid 7"));
	return 0;
}

static int end(void **state)
{
	(void)state;
	ruleset_close(rs);
	policy_unload();
	return 0;
}

#define BROKEN_TABLES UINT32_MAX

static void a_ring_of_rules_blocks(void **state)
{
	(void)state;
	assert_int_equal(policy_decide("1.1.1.2", 0), 2);
	/* From the longer prefix to itself, for an address that it does not cover. */
	tables_rule(&rs->t, 1)->action = action_make(VERDICT_ALLOW, 1, 128, PROTO_ANY, 0);
	tables_rule(&rs->t, 1)->next = REF_LEAF | 1;
	assert_int_equal(policy_decide("1.1.1.2", 0), BROKEN_TABLES);
	assert_int_equal(policy_decide("1.1.1.1", 0), 1);
}

static void a_rule_past_the_array_blocks(void **state)
{
	(void)state;
	tables_rule(&rs->t, 0)->port_lo = tables_rule(&rs->t, 0)->port_hi = 9; /* is not about the call */
	tables_rule(&rs->t, 0)->next = REF_LEAF | rs->t.max_rules;
	assert_int_equal(policy_decide("1.1.1.1", 0), BROKEN_TABLES);
	assert_int_equal(policy_decide("2.2.2.2", 0), 3);
}

static void a_node_past_the_arena_blocks(void **state)
{
	struct node *node;

	(void)state;
	node = (struct node *)tables_line(&rs->t, rs->t.header->root[0]);
	node->refs = rs->t.max_lines * LINE_WORDS;
	assert_int_equal(policy_decide("1.1.1.1", 0), BROKEN_TABLES);
	rs->t.header->root[0] = rs->t.max_lines;
	assert_int_equal(policy_decide("1.1.1.1", 0), BROKEN_TABLES);
	assert_int_equal(policy_decide("2001:db8::1", 0), 0);
}

static void a_subject_past_the_arena_blocks(void **state)
{
	(void)state;
	assert_int_equal(policy_decide("3.3.3.3", 7), 4);
	rs->t.header->subject_line = rs->t.max_lines;
	assert_int_equal(policy_decide("3.3.3.3", 7), BROKEN_TABLES);
	assert_int_equal(policy_decide("3.3.3.3", 8), 0); /* nobody is looked for */
}

static void a_hash_past_the_arena_blocks(void **state)
{
	(void)state;
	rs->t.header->hash_line = rs->t.max_lines;
	assert_int_equal(policy_decide("3.3.3.3", 7), BROKEN_TABLES);
	assert_int_equal(policy_decide("3.3.3.3", 8), 0);
}

/* A node that leads to itself has no leaf, however many bytes an address has. */
static void a_trie_without_a_leaf_blocks(void **state)
{
	uint32_t root = rs->t.header->root[0], n = 0;
	struct node *node = (struct node *)tables_line(&rs->t, root);

	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		n += bits_set(node->begins[i]);
	for (uint32_t at = node->refs; at < node->refs + n; at++)
		tables_line(&rs->t, at / LINE_WORDS)->w[at % LINE_WORDS] = root;
	assert_int_equal(policy_decide("1.1.1.1", 0), BROKEN_TABLES);
}

static void a_prefix_longer_than_an_address_blocks(void **state)
{
	(void)state;
	tables_rule(&rs->t, 0)->action = action_make(VERDICT_ALLOW, 1, 129, PROTO_ANY, 0);
	assert_int_equal(policy_decide("1.1.1.1", 0), BROKEN_TABLES);
}

static void an_extra_past_the_arena_blocks(void **state)
{
	(void)state;
	tables_rule(&rs->t, 0)->action = action_make(VERDICT_ALLOW, 1, 128, PROTO_ANY, (uint32_t)rs->t.max_lines);
	assert_int_equal(policy_decide("1.1.1.1", 0), BROKEN_TABLES);
}

/* The low half of the rule's action, above, and its ref; 0: no rule. */
static void a_walk_says_what_it_found(void **state)
{
	struct generation g = {.t = &rs->t, .now = clock_boot()};
	struct query q = {.ip = spec_of("1.1.1.1").prefix.ip, .call = call_make(443, 6, 0, 0)};

	(void)state;
	assert_int_equal(walk(&g, REF_LEAF | 0, &q),
			 (uint64_t)(uint32_t)tables_rule(&rs->t, 0)->action << 32 | REF_LEAF | 0);
	assert_int_equal(walk(&g, REF_LEAF | 2, &q), 0);
	assert_int_equal(walk(&g, 0, &q), 0);
	assert_int_equal(walk(&g, REF_LEAF | rs->t.max_rules, &q), FOUND_BROKEN);
	/* Which blocks, with EPERM. */
	assert_int_equal(action_verdict(FOUND_BROKEN >> 32), VERDICT_BLOCK);
	assert_int_equal(action_errno(FOUND_BROKEN >> 32), EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_ring_of_rules_blocks, begin, end),
		cmocka_unit_test_setup_teardown(a_rule_past_the_array_blocks, begin, end),
		cmocka_unit_test_setup_teardown(a_node_past_the_arena_blocks, begin, end),
		cmocka_unit_test_setup_teardown(a_subject_past_the_arena_blocks, begin, end),
		cmocka_unit_test_setup_teardown(a_hash_past_the_arena_blocks, begin, end),
		cmocka_unit_test_setup_teardown(a_trie_without_a_leaf_blocks, begin, end),
		cmocka_unit_test_setup_teardown(a_prefix_longer_than_an_address_blocks, begin, end),
		cmocka_unit_test_setup_teardown(an_extra_past_the_arena_blocks, begin, end),
		cmocka_unit_test_setup_teardown(a_walk_says_what_it_found, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
