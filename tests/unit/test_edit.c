// SPDX-License-Identifier: GPL-2.0-only
/* One rule at a time in tables that programs look at all the while: see changes.h. */
#define BROKEN(...) fail_msg(__VA_ARGS__)
#include "unit.h"
#include "changes.h"

static void any_changes_in_any_order(void **state)
{
	uint64_t random = 1;

	(void)state;
	changes = (struct changes){};
	for (int run = 0; run < 100; run++) {
		uint8_t bytes[512];

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)(unit_random(&random) >> 32);
		changes_run(bytes, sizeof(bytes));
	}
	print_message("%u in place with %u stores, %u declined\n", changes.in_place, changes.stores, changes.declined);
	assert_true(changes.in_place > 1000 && changes.in_place > 9 * changes.declined);
}

/* The rules of the tests below, by slot; all for everyone, and of any port. */
#define MANY 6000

static struct rule rules[MANY];
static struct naive_rule naive[MANY];
static uint32_t n_rules;

static struct rule rule_v4(uint32_t ip, uint32_t len)
{
	return (struct rule){.ip.w = {0, 0, MAPPED_PREFIX, be32(ip)},
			     .action = action_make(VERDICT_BLOCK, 1, 96 + len, PROTO_ANY, 0),
			     .port_hi = 65535,
			     .id = n_rules + 1};
}

static void note(struct rule rule)
{
	naive[n_rules] = world_naive(&rule, &(struct extra){});
	rules[n_rules++] = rule;
}

static void open_noted(struct tables *t, uint32_t more_rules, uint32_t more_lines)
{
	struct source source = {.rules = rules,
				.n_rules = n_rules,
				.subjects = world_subjects,
				.n_subjects = LENGTH(world_subjects),
				.sets = world_sets,
				.n_sets = LENGTH(world_sets)};
	struct error err = {};

	if (memory_open(t, &source, more_rules, more_lines, &err))
		fail_msg("%s", err.text);
}

static void assert_decides(struct tables *t, uint32_t ip)
{
	struct call call = {.ip.w = {0, 0, MAPPED_PREFIX, be32(ip)}, .proto = 6, .port = 443, .now = WORLD_NOW};

	assert_int_equal(memory_decide(t, &call), naive_decide(naive, n_rules, &call));
}

static void assert_decides_around(struct tables *t, const struct rule *rule)
{
	uint32_t first = be32(rule->ip.w[3]),
		 last = first | (uint32_t)(0xffffffffull >> (action_len(rule->action) - 96));

	assert_decides(t, first);
	assert_decides(t, first - 1);
	assert_decides(t, last);
	assert_decides(t, last + 1);
}

static enum edit add(struct tables *t, struct rule rule)
{
	enum edit ret = edit_add(t, &rule, NULL);

	if (ret == EDIT_DONE)
		note(rule);
	return ret;
}

static enum edit drop(struct tables *t, uint32_t slot)
{
	enum edit ret = edit_remove(t, slot);

	if (ret == EDIT_DONE)
		naive[slot].there = false;
	return ret;
}

static void assert_unchanged(struct tables *t)
{
	assert_int_equal(t->header->rules, n_rules);
	assert_int_equal(t->config->pending, 0);
	for (uint32_t i = 0; i < n_rules; i += 1 + n_rules / 64)
		assert_decides_around(t, &rules[i]);
}

/* What people do all day long: an address, or a small network, into a long list, and out of it. */
static void into_a_big_set_and_out_of_it(void **state)
{
	uint64_t random = 5;
	struct tables t;
	uint32_t lines;

	(void)state;
	n_rules = 0;
	/* A quarter of it close together, and two prefixes around that. */
	for (uint32_t i = 0; i < 3000; i++)
		note(rule_v4(i % 4 ? (uint32_t)unit_random(&random) : 0x0a000000 + i, 32));
	note(rule_v4(0x0a000000, 8));
	note(rule_v4(0x0a000000, 22));
	open_noted(&t, 1000, 8000);
	lines = t.header->lines;
	for (uint32_t i = 0; i < 300; i++) {
		static const uint32_t lens[] = {32, 32, 32, 24, 30, 27};
		uint32_t len = lens[i % LENGTH(lens)], slot = n_rules;
		uint32_t ip =
			i % 2 ? (uint32_t)unit_random(&random) : 0x0a000000 + (uint32_t)unit_random(&random) % 8192;
		struct rule rule = rule_v4(ip & ~(uint32_t)(0xffffffffull >> len), len);

		if (find_rule(&t, &rule) >= 0)
			continue;
		assert_int_equal(add(&t, rule), EDIT_DONE);
		assert_int_equal(find_rule(&t, &rule), slot);
		assert_decides_around(&t, &rule);
		if (i % 3 == 0)
			continue;
		assert_int_equal(drop(&t, slot), EDIT_DONE);
		assert_int_equal(find_rule(&t, &rule), -1);
		assert_decides_around(&t, &rule);
	}
	/* Room for as many as tables_publish() leaves room for is not used up at once. */
	assert_true(t.header->lines - lines < 8 * 2 * 300);
	for (uint32_t i = 0; i < 3000; i += 60) {
		assert_int_equal(drop(&t, i), EDIT_DONE);
		assert_decides_around(&t, &rules[i]);
	}
	assert_unchanged(&t);
	tables_close(&t);
}

/* Equal slots of a node share a word; a slot that changes gets its own. */
static void neighbours_that_share_a_word(void **state)
{
	struct rule first = rule_v4(0x0a000501, 32), second = rule_v4(0x0a000701, 32), third = rule_v4(0x0a000901, 32);
	struct rule *all[] = {&first, &second, &third};
	struct tables t;

	(void)state;
	n_rules = 0;
	note(rule_v4(0x0a000002, 32));
	note(rule_v4(0x0a000101, 32));
	open_noted(&t, 8, 64);
	for (size_t i = 0; i < LENGTH(all); i++)
		assert_int_equal(add(&t, *all[i]), EDIT_DONE);
	for (size_t i = 0; i < LENGTH(all); i++)
		assert_decides_around(&t, all[i]);
	for (uint32_t slot = 0; slot < n_rules; slot++) {
		assert_int_equal(drop(&t, slot), EDIT_DONE);
		assert_unchanged(&t);
	}
	tables_close(&t);
}

static void more_than_is_looked_at_is_declined(void **state)
{
	struct tables t;

	(void)state;
	n_rules = 0;
	open_noted(&t, 2 * WALK_STEPS, 4096);
	for (uint32_t i = 0; i <= WALK_STEPS; i++) {
		struct rule rule = rule_v4(0x0a000000, i % 2 ? 32 : 24);

		rule.port_lo = rule.port_hi = (uint16_t)(1000 + i);
		assert_int_equal(add(&t, rule), i < WALK_STEPS ? EDIT_DONE : EDIT_DECLINED);
	}
	assert_unchanged(&t);
	/* As many as before: they fit again. */
	assert_int_equal(drop(&t, 7), EDIT_DONE);
	assert_int_equal(add(&t, rule_v4(0x0a000000, 24)), EDIT_DONE);
	assert_unchanged(&t);
	tables_close(&t);
}

static void where_there_is_no_room_it_says_so(void **state)
{
	const struct extra extra = {.comment =
					    "a comment that takes more than a line, which is what there is room for"};
	struct rule rule;
	struct tables t;

	(void)state;
	n_rules = 0;
	note(rule_v4(0x0a000000, 24));
	rule = rule_v4(0x0a000100, 24);
	open_noted(&t, 1, 1);
	assert_int_equal(edit_change(&t, 0, rules[0].action, &extra), EDIT_FULL);
	assert_int_equal(add(&t, rule), EDIT_FULL);
	assert_unchanged(&t);
	tables_close(&t);
	/* Three nodes tell the two apart; the comment takes two lines. */
	open_noted(&t, 1, 4);
	assert_int_equal(edit_add(&t, &rule, &extra), EDIT_FULL);
	assert_unchanged(&t);
	assert_int_equal(add(&t, rule), EDIT_DONE);
	assert_unchanged(&t);
	rule.port_lo = rule.port_hi = 80;
	assert_int_equal(add(&t, rule), EDIT_FULL);
	assert_unchanged(&t);
	tables_close(&t);
}

/* A prefix with much in it: compiling everything is the quicker way. */
static void around_too_many_rules_it_is_declined(void **state)
{
	struct rule net = rule_v4(0x0a000000, 12);
	struct tables t;

	(void)state;
	n_rules = 0;
	for (uint32_t i = 0; i < 2000; i++)
		note(rule_v4(0x0a000000 + 7 * i, 32));
	open_noted(&t, 8, 4096);
	net.id = n_rules + 1;
	assert_int_equal(add(&t, net), EDIT_DECLINED);
	assert_unchanged(&t);
	/* Other places have nothing. */
	net = rule_v4(0x14000000, 12);
	assert_int_equal(add(&t, net), EDIT_DONE);
	assert_decides_around(&t, &net);
	assert_int_equal(drop(&t, n_rules - 1), EDIT_DONE);
	assert_unchanged(&t);
	tables_close(&t);
}

static void a_change_is_one_word(void **state)
{
	static const uint16_t ports[][2] = {{0, 65535}, {80, 80}, {443, 443}, {8080, 8089}, {8085, 8094}};
	const struct extra extra = {.expires = WORLD_NOW, .comment = "until now"}, none = {};
	struct tables t;
	struct rule *rule;

	(void)state;
	n_rules = 0;
	note(rule_v4(0x0a000000, 24));
	for (size_t i = 0; i < LENGTH(ports); i++) {
		note(rule_v4(0x0a000001, 32));
		rules[1 + i].port_lo = ports[i][0];
		rules[1 + i].port_hi = ports[i][1];
		naive[1 + i] = world_naive(&rules[1 + i], &none);
	}
	open_noted(&t, 0, 64);
	rule = tables_rule(&t, 0);
	/* The verdict of the only rule of a prefix. */
	assert_int_equal(edit_change(&t, 0, action_make(VERDICT_ALLOW, 13, 120, PROTO_ANY, 0), NULL), EDIT_DONE);
	assert_int_equal(rule->action, action_make(VERDICT_ALLOW, 13, 120, PROTO_ANY, 0));
	/* Of one of several: the verdict too, unless another's place depends on it. */
	for (uint32_t slot = 1; slot < n_rules; slot++) {
		bool overlaps = ports[slot - 1][0] == 8080;

		assert_int_equal(edit_change(&t, slot, action_make(VERDICT_ALLOW, 13, 128, PROTO_ANY, 0), NULL),
				 overlaps ? EDIT_DECLINED : EDIT_DONE);
		assert_int_equal(action_verdict(tables_rule(&t, slot)->action),
				 overlaps ? VERDICT_BLOCK : VERDICT_ALLOW);
		assert_int_equal(edit_change(&t, slot, action_make(VERDICT_BLOCK, 13, 128, PROTO_ANY, 0), NULL),
				 EDIT_DONE);
		assert_int_equal(tables_rule(&t, slot)->action, action_make(VERDICT_BLOCK, 13, 128, PROTO_ANY, 0));
	}
	/* And words. */
	assert_int_equal(edit_change(&t, 0, rule->action, &extra), EDIT_DONE);
	assert_memory_equal(tables_line(&t, action_extra(rule->action)), &extra, 16);
	assert_int_equal(t.header->expiring, 1);
	naive[0].expires = extra.expires;
	assert_unchanged(&t);
	assert_int_equal(edit_change(&t, 0, rule->action, NULL), EDIT_DONE);
	assert_int_equal(action_extra(rule->action), 0);
	naive[0].expires = 0;
	assert_unchanged(&t);
	tables_close(&t);
}

static void gaps_are_worth_a_compilation_at_last(void **state)
{
	struct tables t;
	uint32_t slot = 0;

	(void)state;
	n_rules = 0;
	for (uint32_t i = 0; i < MANY; i++)
		note(rule_v4(0x0a000000 + 256 * i, 32));
	open_noted(&t, 0, 8192);
	for (; slot < MANY && !edit_is_fragmented(&t); slot++)
		assert_int_equal(drop(&t, slot), EDIT_DONE);
	/* A fifth of all is a quarter of the rest. */
	assert_in_range(slot, MANY / 5, MANY / 5 + 1);
	tables_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_changes_in_any_order),
		cmocka_unit_test(into_a_big_set_and_out_of_it),
		cmocka_unit_test(neighbours_that_share_a_word),
		cmocka_unit_test(more_than_is_looked_at_is_declined),
		cmocka_unit_test(where_there_is_no_room_it_says_so),
		cmocka_unit_test(around_too_many_rules_it_is_declined),
		cmocka_unit_test(a_change_is_one_word),
		cmocka_unit_test(gaps_are_worth_a_compilation_at_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
