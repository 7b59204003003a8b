// SPDX-License-Identifier: GPL-2.0-only
/* Rules that differ only in their sets: which of them decides, and where those are that no call gets to. */
#include "unit.h"
#include "policy.h"
#include "table/edit.h"
#include "table/find.h"

static struct ruleset *rs;

static int begin(void **state)
{
	(void)state;
	policy_load(500);
	rs = policy_open(RULESET_WRITE);
	return 0;
}

static int end(void **state)
{
	(void)state;
	ruleset_close(rs);
	policy_unload();
	return 0;
}

static void put(const char *sentence)
{
	struct rule_spec spec = spec_of(sentence);
	enum ruleset_change change;
	struct rule_info old;
	struct error err = {};

	MUST(ruleset_plan(rs, &spec, 1, &change, &old, &err));
	MUST(ruleset_put(rs, &spec, 1, &change, &old, false, &err));
}

static void drop(const char *sentence)
{
	struct rule_info gone = {.spec = spec_of(sentence)};
	struct error err = {};

	MUST(ruleset_remove(rs, &gone, 1, &err));
}

static uint32_t slot_of(const char *sentence)
{
	struct rule_spec spec = spec_of(sentence);

	return (uint32_t)ruleset_find_slot(rs, &spec);
}

static void expire(const char *sentence)
{
	const struct rule *rule = tables_rule(&rs->t, slot_of(sentence));

	((struct extra *)tables_line(&rs->t, action_extra(rule->action)))->expires = clock_boot();
}

/* Compares which rule decides: by its id. */
#define DECIDES(id) assert_int_equal(policy_decide("1.1.1.1", 0), id)

static void without_a_set_then_by_verdict_then_by_id(void **state)
{
	static const struct {
		const char *lines[5];
		uint32_t decides;
	} cases[] = {
		{{"block 1.1.1.1 set a", "allow 1.1.1.1"}, 2},
		{{"allow 1.1.1.1", "block 1.1.1.1 set a"}, 1},
		{{"allow 1.1.1.1 set a", "audit 1.1.1.1 set b", "block 1.1.1.1 set c"}, 3},
		{{"allow 1.1.1.1 set c", "audit 1.1.1.1 set a"}, 2},
		{{"block 1.1.1.1 set c", "block 1.1.1.1 set a"}, 1},
		{{"block 1.1.1.1 set b", "audit 1.1.1.1", "block 1.1.1.1 set a"}, 2},
		/* What is no twin goes as ever: a longer prefix, fewer ports, a protocol. */
		{{"allow 1.1.1.0/24", "block 1.1.1.1 set a"}, 2},
		{{"allow 1.1.1.1", "block 1.1.1.1 port 443 set a"}, 2},
		{{"allow 1.1.1.1", "block 1.1.1.1 proto tcp set a"}, 2},
		{{"allow 1.1.1.1", "block 1.1.1.1 uid 0 set a"}, 2},
		/* Port ranges that overlap, and are as wide: in a set or in none. */
		{{"block 1.1.1.1 port 400-450 set a", "allow 1.1.1.1 port 440-490"}, 2},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct error err = {};

		begin(NULL);
		policy_restore(rs, cases[i].lines);
		assert_case(policy_decide("1.1.1.1", 0) == cases[i].decides, cases[i].lines[0]);
		end(NULL);
		begin(NULL);
		for (size_t k = 0; cases[i].lines[k]; k++)
			put(cases[i].lines[k]);
		assert_case(policy_decide("1.1.1.1", 0) == cases[i].decides, cases[i].lines[0]);
		MUST(ruleset_recompile(rs, &err));
		assert_case(policy_decide("1.1.1.1", 0) == cases[i].decides, cases[i].lines[0]);
		end(NULL);
	}
}

/* Nobody writes anything when the time is up. */
static void the_next_decides_when_the_time_is_up(void **state)
{
	struct error err = {};

	(void)state;
	policy_restore(rs, LINES("block 1.1.1.1 set feed", "block 1.1.1.1 set other", "allow 1.1.1.1 set third"));
	put("allow 1.1.1.1 timeout 1h");
	put("block 1.1.1.1 set new timeout 1h");
	DECIDES(4);
	expire("allow 1.1.1.1");
	DECIDES(1);
	drop("1.1.1.1 set feed");
	DECIDES(2);
	drop("1.1.1.1 set other");
	DECIDES(5);
	expire("block 1.1.1.1 set new");
	DECIDES(3);
	/* The same after compilation. */
	policy_restore(rs, LINES("allow 1.1.1.1 timeout 1h", "audit 1.1.1.1 set a timeout 1h", "allow 1.1.1.1 set b",
				 "allow 1.1.1.1 set c", "block 1.1.1.0/24"));
	MUST(ruleset_recompile(rs, &err));
	DECIDES(6);
	expire("allow 1.1.1.1");
	/* Rules with a timeout share an extra: both are over. */
	DECIDES(8);
	assert_int_equal(policy_decide("1.1.1.2", 0), 10);
}

static void a_set_that_drops_it_leaves_it_to_the_others(void **state)
{
	struct replaced result = {};
	struct error err = {};

	(void)state;
	policy_restore(rs, LINES("block 1.1.1.1 set a", "block 1.1.1.1 set b", "block 2.2.2.2 set a"));
	DECIDES(1);
	MUST(policy_replace(rs, LINES("block 2.2.2.2"), "a", true, 0, &result, &err));
	assert_counts(result, 0, 0, 1, 1);
	DECIDES(2);
	MUST(policy_replace(rs, LINES("block 1.1.1.1", "block 2.2.2.2"), "a", true, 0, &result, &err));
	assert_counts(result, 1, 0, 0, 1);
	DECIDES(2);
	put("allow 1.1.1.1");
	DECIDES(5);
	drop("1.1.1.1");
	DECIDES(2);
	drop("1.1.1.1 set b");
	DECIDES(4);
	drop("1.1.1.1 set a");
	DECIDES(0);
}

/* What a change of one makes of the others. */
static void changes_of_one_that_hides_others(void **state)
{
	(void)state;
	policy_restore(rs, LINES("block 1.1.1.1 set a", "block 1.1.1.1 set b", "audit 1.1.1.1 set c"));
	DECIDES(1);
	put("allow 1.1.1.1 set a");
	DECIDES(2);
	put("block 1.1.1.1 set a timeout 1h");
	DECIDES(1);
	expire("block 1.1.1.1 set a");
	DECIDES(2);
	put("allow 1.1.1.1 set b");
	DECIDES(3);
	put("block 1.1.1.1 set c");
	DECIDES(3);
	put("block 1.1.1.1 set b");
	DECIDES(2);
	assert_string_equal(policy_rules(rs), "2 block 1.1.1.1 set b\n3 block 1.1.1.1 set c\n");
}

/* A hundred and more sets with an address, and as many other rules for it as a walk has steps for. */
static void hidden_rules_use_up_no_steps(void **state)
{
	static char text[400][48];
	const char *lines[401] = {};
	uint32_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < 200; i++, n++)
		lines[n] = (sprintf(text[n], "block 1.1.1.1 set s%u", i), text[n]);
	for (uint32_t i = 0; i < WALK_STEPS - 1; i++, n++)
		lines[n] = (sprintf(text[n], "block 1.1.1.1 port %u", 1000 + i), text[n]);
	policy_restore(rs, lines);
	DECIDES(1);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(slot_of(lines[i]), i);
	/* One more is put in front; there is no room for both in a walk, and so the other is hidden. */
	put("allow 1.1.1.1");
	DECIDES(n + 1);
	drop("1.1.1.1");
	DECIDES(1);
	drop("1.1.1.1 set s0");
	DECIDES(2);
}

static int count(const struct rule_info *rule, void *arg)
{
	strcat(strcat(arg, rule->spec.set[0] ? rule->spec.set : "-"), " ");
	return 0;
}

static void assert_twins(const char *sentence, const char *sets)
{
	struct rule_spec spec = spec_of(sentence);
	char found[64] = "";

	ruleset_each_twin(rs, &spec, count, found);
	assert_string_equal(found, sets);
}

static void twins_are_found(void **state)
{
	(void)state;
	policy_restore(rs, LINES("block 1.1.1.1 set a", "block 1.1.1.1 set b", "block 1.1.1.1 port 80 set c",
				 "block 1.1.1.1 proto tcp set c", "block 1.1.1.1 uid 7 set c", "block 1.1.1.0/24 set c",
				 "block ::1 set a", "allow ::1 set b", "block 1.1.1.1 uid 7 set d",
				 "audit 1.1.1.1 set e timeout 1h"));
	assert_twins("1.1.1.1", "a b e ");
	assert_twins("1.1.1.1 set nosuch", "a b e ");
	assert_twins("1.1.1.1 set b", "a e ");
	assert_twins("1.1.1.1 port 80", "c ");
	assert_twins("1.1.1.1 port 80 set c", "");
	assert_twins("1.1.1.1 uid 7", "c d ");
	assert_twins("1.1.1.1 uid 8", "");
	assert_twins("1.1.1.0/24", "c ");
	assert_twins("::1", "a b ");
	put("allow 1.1.1.1");
	assert_twins("1.1.1.1 set b", "- a e ");
	expire("audit 1.1.1.1 set e");
	assert_twins("1.1.1.1 set b", "- a ");
	/* Only where a twin is hidden is a change not made in place. */
	assert_true(find_hidden(&rs->t, tables_rule(&rs->t, slot_of("1.1.1.1"))));
	assert_true(find_hidden(&rs->t, tables_rule(&rs->t, slot_of("::1 set a"))));
	assert_false(find_hidden(&rs->t, tables_rule(&rs->t, slot_of("1.1.1.0/24 set c"))));
}

/* The slot of the rule that decides without the one that does, where `walked` is what a walk finds behind it. */
static void assert_runner_up(const char *decides, const char *walked, const char *wanted)
{
	uint32_t slot = ruleset_runner_up(rs, slot_of(decides), walked ? slot_of(walked) : NO_SLOT);

	assert_int_equal(slot, wanted ? slot_of(wanted) : NO_SLOT);
}

static void the_runner_up_may_be_hidden(void **state)
{
	(void)state;
	policy_restore(rs, LINES("allow 1.1.1.1", "audit 1.1.1.1 set a", "block 1.1.1.1 set b",
				 "block 1.1.1.1 set c timeout 1h", "block 1.1.1.0/24", "block 2.2.2.2",
				 "block 3.3.3.3 port 80-90", "allow 3.3.3.3 port 80-90 set a",
				 "block 3.3.3.3 port 85-95 set a", "block 4.4.4.4 timeout 1h", "block 4.4.4.4 set a",
				 "block 4.4.4.4 set b", "block 1.1.1.1 uid 7"));
	assert_runner_up("1.1.1.1", "1.1.1.0/24", "1.1.1.1 set b");
	assert_runner_up("1.1.1.1", NULL, "1.1.1.1 set b");
	assert_runner_up("1.1.1.1 uid 7", "1.1.1.1", "1.1.1.1");
	assert_runner_up("2.2.2.2", NULL, NULL);
	/* A rule that is no twin, and before the twin. */
	assert_runner_up("3.3.3.3 port 80-90", "3.3.3.3 port 85-95 set a", "3.3.3.3 port 85-95 set a");
	assert_runner_up("3.3.3.3 port 80-90", NULL, "3.3.3.3 port 80-90 set a");
	assert_runner_up("4.4.4.4", "4.4.4.4 set a", "4.4.4.4 set a");
	assert_int_equal(ruleset_runner_up(rs, NO_SLOT, NO_SLOT), NO_SLOT);
	expire("1.1.1.1 set c");
	drop("1.1.1.1 set b");
	assert_runner_up("1.1.1.1", "1.1.1.0/24", "1.1.1.1 set a");
}

/* Rules of one prefix without twins, in several sets, have the same links as without sets. */
static void what_has_no_twins_is_not_hidden(void **state)
{
	const struct subject *everyone;

	(void)state;
	policy_restore(rs,
		       LINES("block 1.1.1.1 port 80 set a", "block 1.1.1.1 port 81 set b", "block 1.1.1.1 proto tcp",
			     "block 1.1.1.1 set c", "block ::1 set a", "block ::2 set b"));
	everyone = (const struct subject *)tables_line(&rs->t, rs->t.header->subject_line);
	assert_int_equal(everyone->root[0], 0);
	assert_int_equal(everyone->root[1], 0);
	put("block ::1");
	assert_int_equal(edit_remove(&rs->t, slot_of("::1")), EDIT_DONE);
	policy_restore(rs, LINES("block ::1", "block ::1 set b"));
	everyone = (const struct subject *)tables_line(&rs->t, rs->t.header->subject_line);
	assert_int_equal(everyone->root[0], 0);
	assert_int_equal(everyone->root[1], REF_LEAF | 1);
	assert_int_equal(edit_remove(&rs->t, slot_of("::1")), EDIT_DECLINED);
	assert_int_equal(edit_remove(&rs->t, slot_of("::1 set b")), EDIT_DECLINED);
	/* A rule with a timeout hides none. */
	put("allow ::1 set c");
	drop("::1");
	put("block ::1 timeout 1h");
	everyone = (const struct subject *)tables_line(&rs->t, rs->t.header->subject_line);
	assert_int_not_equal(everyone->root[1], 0);
	assert_int_equal(edit_remove(&rs->t, slot_of("::1")), EDIT_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_set_then_by_verdict_then_by_id),
		cmocka_unit_test_setup_teardown(the_next_decides_when_the_time_is_up, begin, end),
		cmocka_unit_test_setup_teardown(a_set_that_drops_it_leaves_it_to_the_others, begin, end),
		cmocka_unit_test_setup_teardown(changes_of_one_that_hides_others, begin, end),
		cmocka_unit_test_setup_teardown(hidden_rules_use_up_no_steps, begin, end),
		cmocka_unit_test_setup_teardown(twins_are_found, begin, end),
		cmocka_unit_test_setup_teardown(the_runner_up_may_be_hidden, begin, end),
		cmocka_unit_test_setup_teardown(what_has_no_twins_is_not_hidden, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
