// SPDX-License-Identifier: GPL-2.0-only
/* Rules put together in private memory, numbered, and published without what is no longer used. */
#include "unit.h"
#include "policy.h"
#include "table/decode.h"
#include "table/draft.h"

/* Bits of the kinds of subjects that the programs ask. */
static uint32_t kinds(struct ruleset *rs)
{
	const uint32_t *bits = mapped_at(&rs->t.shared, offsetof(struct shared, kinds), sizeof(*bits));

	assert_non_null(bits);
	return *bits;
}

static void new_rules_have_the_next_ids(void **state)
{
	struct ruleset *rs;

	(void)state;
	policy_load(100);
	rs = policy_open(RULESET_WRITE);
	policy_restore(rs, LINES("block 1.1.1.1", "block 2.2.2.2"));
	policy_restore(rs, LINES("block 3.3.3.3", "block 2.2.2.2", "block 4.4.4.4"));
	assert_string_equal(policy_rules(rs), "3 block 3.3.3.3\n2 block 2.2.2.2\n4 block 4.4.4.4\n");
	assert_int_equal(ruleset_config(rs)->last_id, 4);
	/* An id that was given once is not given again, also when its rule is gone. */
	policy_restore(rs, LINES("block 2.2.2.2"));
	policy_restore(rs, LINES("block 4.4.4.4", "block 2.2.2.2"));
	assert_string_equal(policy_rules(rs), "5 block 4.4.4.4\n2 block 2.2.2.2\n");
	ruleset_close(rs);
	policy_unload();
}

/* With so many ids left that the rules of one more ruleset just have theirs, or just not. */
static void ids_begin_anew_before_they_run_out(void **state)
{
	struct ruleset *rs;

	(void)state;
	policy_load(100);
	rs = policy_open(RULESET_WRITE);
	policy_restore(rs, LINES("block 1.1.1.1"));
	ruleset_config(rs)->last_id = DRAFT_DROP - 4;
	policy_restore(rs, LINES("block 2.2.2.2", "block 1.1.1.1", "block 3.3.3.3"));
	assert_string_equal(policy_rules(rs), "4294967292 block 2.2.2.2\n1 block 1.1.1.1\n4294967293 block 3.3.3.3\n");
	assert_int_equal(ruleset_config(rs)->last_id, DRAFT_DROP - 2);
	policy_restore(rs, LINES("block 2.2.2.2", "block 4.4.4.4"));
	assert_string_equal(policy_rules(rs), "1 block 2.2.2.2\n2 block 4.4.4.4\n");
	assert_int_equal(ruleset_config(rs)->last_id, 2);
	/* One that is added in place stops before the last number too. */
	ruleset_config(rs)->last_id = DRAFT_DROP - 1;
	{
		struct rule_spec spec = spec_of("block 9.9.9.9");
		enum ruleset_change change;
		struct rule_info old;
		struct error err = {};

		MUST(ruleset_plan(rs, &spec, 1, &change, &old, &err));
		MUST(ruleset_put(rs, &spec, 1, &change, &old, false, &err));
	}
	assert_string_equal(policy_rules(rs), "1 block 2.2.2.2\n2 block 4.4.4.4\n3 block 9.9.9.9\n");
	ruleset_close(rs);
	policy_unload();
}

/* Where publishing fails as ids begin anew, the old ones stay, and so does the number they go on from. */
static void ids_do_not_begin_anew_where_publishing_fails(void **state)
{
	struct replaced result = {};
	struct error err = {};
	struct ruleset *rs;

	(void)state;
	policy_load(100);
	rs = policy_open(RULESET_WRITE);
	policy_restore(rs, LINES("block 1.1.1.1"));
	memset(ruleset_config(rs)->inner[!(ruleset_config(rs)->generation & 1)], 0, 3 * sizeof(__u32));
	ruleset_config(rs)->last_id = DRAFT_DROP - 1;
	fake.calls = 0;
	fake.fail_at = 1;
	assert_int_equal(policy_replace(rs, LINES("block 2.2.2.2"), NULL, true, 0, &result, &err), -1);
	fake.fail_at = 0;
	assert_string_equal(policy_rules(rs), "1 block 1.1.1.1\n");
	assert_int_equal(ruleset_config(rs)->last_id, DRAFT_DROP - 1);
	ruleset_close(rs);
	policy_unload();
}

/* Replaces the rules of all sets but one. */
static void replace_beside(struct ruleset *rs, const char *set, const char *const *lines, struct replaced *result)
{
	struct error err = {};
	struct replacement *r = ruleset_replace_begin(rs, "rules", NULL, &err);

	MUST(ruleset_replace_keep(r, set, &err));
	for (size_t i = 0; lines[i]; i++)
		assert_int_equal(policy_add(r, lines[i], i + 1), 0);
	MUST(ruleset_replace_end(r, true, 0, result, &err));
	ruleset_replace_free(r);
}

/* Rules that are dropped leave gaps among those that are sorted already. */
static void what_is_dropped_moves_nothing_to_the_wrong_place(void **state)
{
	struct replaced result = {};
	struct ruleset *rs;

	(void)state;
	policy_load(100);
	rs = policy_open(RULESET_WRITE);
	policy_restore(rs, LINES("block 9.9.9.9 set other", "block 3.3.3.3 set other", "block 5.5.5.5"));
	replace_beside(rs, "other",
		       LINES("allow 9.9.9.9 set other", "block 5.5.5.5", "block 8.8.8.8 set mine",
			     "allow 3.3.3.3 set other", "block 2001:db8::1 set mine", "block 8.8.8.8 set mine",
			     "block 1.1.1.1 set mine", "block 9.9.0.0/16 set mine"),
		       &result);
	assert_int_equal(result.added, 4);
	assert_int_equal(result.elsewhere, 2);
	assert_string_equal(policy_rules(rs), "1 block 9.9.9.9 set other\n2 block 3.3.3.3 set other\n3 block 5.5.5.5\n"
					      "4 block 8.8.8.8 set mine\n5 block 2001:db8::1 set mine\n"
					      "6 block 1.1.1.1 set mine\n7 block 9.9.0.0/16 set mine\n");
	assert_int_equal(policy_decide("9.9.9.9", 0), 1);
	assert_int_equal(policy_decide("3.3.3.3", 0), 2);
	assert_int_equal(policy_decide("5.5.5.5", 0), 3);
	assert_int_equal(policy_decide("8.8.8.8", 0), 4);
	assert_int_equal(policy_decide("2001:db8::1", 0), 5);
	assert_int_equal(policy_decide("1.1.1.1", 0), 6);
	assert_int_equal(policy_decide("9.9.1.1", 0), 7);
	assert_int_equal(policy_decide("2.2.2.2", 0), 0);
	/* Nor counts. */
	tables_set_counter(&rs->t, 3, &(struct counter){.hits = 7}); /* rule 4 */
	replace_beside(rs, "other",
		       LINES("allow 9.9.9.9 set other", "block 7.7.7.7 set mine", "allow 3.3.3.3 set other",
			     "block 8.8.8.8 set mine"),
		       &result);
	assert_int_equal(result.elsewhere, 2);
	assert_in(policy_rules(rs), "8 block 7.7.7.7 set mine\n4 block 8.8.8.8 set mine\n");
	for (uint32_t slot = 0; slot < 5; slot++)
		assert_int_equal(tables_counter(&rs->t, slot).hits, tables_rule(&rs->t, slot)->id == 4 ? 7 : 0);
	ruleset_close(rs);
	policy_unload();
}

static void users_and_sets_that_no_rule_has_are_left_out(void **state)
{
	struct ruleset *rs;

	(void)state;
	policy_load(100);
	rs = policy_open(RULESET_WRITE);
	policy_restore(rs, LINES("block 1.1.1.1 uid 10 set a", "block 1.1.1.1 uid 11 set b",
				 "block 1.1.1.1 uid 12 set c", "block 2.2.2.2", "block 1.1.1.1 cgroup /a set c"));
	assert_int_equal(rs->t.header->subjects, 5);
	assert_int_equal(rs->t.header->sets, 4);
	assert_int_equal(kinds(rs), 1 << SUBJECT_EVERYONE | 1 << SUBJECT_UID | 1 << SUBJECT_CGROUP);
	policy_restore(rs, LINES("block 2.2.2.2", "block 1.1.1.1 uid 12 set c", "block 1.1.1.1 uid 10 set a"));
	assert_int_equal(rs->t.header->subjects, 3);
	assert_int_equal(rs->t.header->sets, 3);
	assert_int_equal(kinds(rs), 1 << SUBJECT_EVERYONE | 1 << SUBJECT_UID);
	assert_string_equal(policy_rules(rs),
			    "4 block 2.2.2.2\n3 block 1.1.1.1 uid 12 set c\n1 block 1.1.1.1 uid 10 set a\n");
	assert_int_equal(policy_decide("1.1.1.1", 10), 1);
	assert_int_equal(policy_decide("1.1.1.1", 11), 0);
	assert_int_equal(policy_decide("1.1.1.1", 12), 3);
	assert_int_equal(policy_decide("2.2.2.2", 12), 4);
	/* No rule is left for everyone: everyone stays all the same, and so does the set that is none. */
	policy_restore(rs, LINES("block 1.1.1.1 uid 10 set a"));
	assert_int_equal(rs->t.header->subjects, 2);
	assert_int_equal(rs->t.header->sets, 2);
	assert_string_equal(policy_rules(rs), "1 block 1.1.1.1 uid 10 set a\n");
	assert_int_equal(policy_decide("1.1.1.1", 10), 1);
	assert_int_equal(policy_decide("1.1.1.1", 12), 0);
	ruleset_close(rs);
	policy_unload();
}

/* A call may have to be held against so many. */
static void no_more_ranges_of_users_than_are_asked(void **state)
{
	static char text[ID_RANGES + 1][64];
	const char *lines[ID_RANGES + 2] = {};
	struct replaced result = {};
	struct error err = {};
	struct ruleset *rs;

	(void)state;
	policy_load(100);
	rs = policy_open(RULESET_WRITE);
	for (uint32_t i = 0; i < ID_RANGES; i++)
		lines[i] = (sprintf(text[i], "block 1.1.1.1 uid %u-%u", 1000 + 10 * i, 1005 + 10 * i), text[i]);
	policy_restore(rs, lines);
	assert_int_equal(rs->t.header->ranges[0], ID_RANGES);
	for (uint32_t i = 0; i < ID_RANGES; i++) {
		assert_int_equal(policy_decide("1.1.1.1", 1005 + 10 * i), i + 1);
		assert_int_equal(policy_decide("1.1.1.1", 1006 + 10 * i), 0);
	}
	lines[ID_RANGES] = "block 1.1.1.1 uid 1-2";
	assert_int_equal(policy_replace(rs, lines, NULL, true, 0, &result, &err), -1);
	assert_int_equal(err.code, ERR_FULL);
	assert_int_equal(policy_decide("1.1.1.1", 1000), 1);
	ruleset_close(rs);
	policy_unload();
}

/* One more user with one place in the hash than are looked at from there. */
static void users_whose_hash_is_one_are_all_found(void **state)
{
	static char text[SUBJECT_PROBES + 1][64];
	const char *lines[SUBJECT_PROBES + 2] = {};
	uint32_t uids[SUBJECT_PROBES + 1], n = 0;
	struct ruleset *rs;

	(void)state;
	policy_load(100);
	rs = policy_open(RULESET_WRITE);
	for (uint32_t uid = 1; n < LENGTH(uids); uid++) {
		if (subject_hash(SUBJECT_UID, uid) % LINE_WORDS == 7)
			uids[n++] = uid;
	}
	for (uint32_t i = 0; i < n; i++)
		lines[i] = (sprintf(text[i], "block 1.1.1.1 uid %u", uids[i]), text[i]);
	policy_restore(rs, lines);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(policy_decide("1.1.1.1", uids[i]), i + 1);
	ruleset_close(rs);
	policy_unload();
}

static void begin(struct draft *draft, struct ruleset *rs)
{
	struct error err = {};

	*draft = (struct draft){};
	MUST(draft_begin(draft, &rs->t, &err));
}

static void takes_over_one_set_or_all_but_one(void **state)
{
	struct error err = {};
	struct ruleset *rs;
	struct draft draft;
	int a;

	(void)state;
	policy_load(100);
	rs = policy_open(RULESET_WRITE);
	policy_restore(rs, LINES("block 1.1.1.1 set a", "block 2.2.2.2", "block 3.3.3.3 set b comment x",
				 "block 4.4.4.4 set a"));
	a = encode_set(&rs->t, "a");
	assert_true(a > 0);
	begin(&draft, rs);
	MUST(draft_add_current(&draft, &rs->t, a, -1, &err));
	assert_int_equal(draft.n, 2);
	assert_int_equal(draft.origin[0], 1);
	assert_int_equal(draft.origin[1], 4);
	draft_free(&draft);
	begin(&draft, rs);
	MUST(draft_add_current(&draft, &rs->t, -1, a, &err));
	assert_int_equal(draft.n, 2);
	assert_int_equal(draft.origin[0], 2);
	assert_int_equal(draft.origin[1], 3);
	assert_string_equal(draft_extra(&draft, &draft.rules[1])->comment, "x");
	assert_null(draft_extra(&draft, &draft.rules[0]));
	draft_free(&draft);
	begin(&draft, rs);
	MUST(draft_add_current(&draft, &rs->t, 0, -1, &err)); /* those in none */
	assert_int_equal(draft.n, 1);
	assert_int_equal(draft.origin[0], 2);
	draft_free(&draft);
	ruleset_close(rs);
	policy_unload();
}

static void a_rule_whose_time_is_up_is_not_taken_over(void **state)
{
	struct error err = {};
	struct extra *extra;
	struct ruleset *rs;
	struct draft draft;

	(void)state;
	policy_load(100);
	rs = policy_open(RULESET_WRITE);
	policy_restore(rs, LINES("block 1.1.1.1 timeout 1h", "block 2.2.2.2 timeout 1h", "block 3.3.3.3"));
	assert_int_equal(rs->t.header->expiring, 2);
	assert_int_equal(action_extra(tables_rule(&rs->t, 0)->action), action_extra(tables_rule(&rs->t, 1)->action));
	extra = (struct extra *)tables_line(&rs->t, action_extra(tables_rule(&rs->t, 0)->action));
	extra->expires = clock_boot();
	begin(&draft, rs);
	MUST(draft_add_current(&draft, &rs->t, -1, -1, &err));
	assert_int_equal(draft.n, 1);
	assert_int_equal(draft.origin[0], 3);
	draft_free(&draft);
	/* At that very instant, and at the one before. */
	begin(&draft, rs);
	draft.now = extra->expires;
	MUST(draft_add_current(&draft, &rs->t, -1, -1, &err));
	assert_int_equal(draft.n, 1);
	draft_free(&draft);
	begin(&draft, rs);
	draft.now = extra->expires - 1;
	MUST(draft_add_current(&draft, &rs->t, -1, -1, &err));
	assert_int_equal(draft.n, 3);
	draft_free(&draft);
	assert_int_equal(ruleset_count(rs), 1);
	assert_int_equal(policy_decide("1.1.1.1", 0), 0);
	/* It is a new rule when it is made again. */
	policy_restore(rs, LINES("block 1.1.1.1", "block 3.3.3.3"));
	assert_string_equal(policy_rules(rs), "4 block 1.1.1.1\n3 block 3.3.3.3\n");
	ruleset_close(rs);
	policy_unload();
}

static void a_rule_of_a_draft_in_words(void **state)
{
	struct rule_spec spec =
		spec_of("allow 10.0.0.0/8 port 80-90 proto udp cgroup /a timeout 1h set s errno EACCES comment c");
	struct rule_spec gone = spec_of("block 1.1.1.1 cgroup /gone");
	struct error err = {};
	struct rule_info info;
	struct ruleset *rs = ruleset_imagine(10, &err);
	struct draft draft;

	(void)state;
	assert_non_null(rs);
	begin(&draft, rs);
	MUST(draft_add(&draft, &spec, &err));
	draft_describe(&draft, 0, &info);
	assert_true(rule_same_identity(&info.spec, &spec));
	assert_int_equal(info.spec.timeout, spec.timeout);
	assert_string_equal(info.spec.set, "s");
	assert_string_equal(info.spec.comment, "c");
	MUST(draft_add(&draft, &gone, &err));
	draft_describe(&draft, 1, &info);
	assert_int_equal(info.cgroups_now, -1);
	assert_string_equal(info.spec.cgroup, "/gone");
	draft_free(&draft);
	ruleset_close(rs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_rules_have_the_next_ids),
		cmocka_unit_test(ids_begin_anew_before_they_run_out),
		cmocka_unit_test(ids_do_not_begin_anew_where_publishing_fails),
		cmocka_unit_test(what_is_dropped_moves_nothing_to_the_wrong_place),
		cmocka_unit_test(users_and_sets_that_no_rule_has_are_left_out),
		cmocka_unit_test(no_more_ranges_of_users_than_are_asked),
		cmocka_unit_test(users_whose_hash_is_one_are_all_found),
		cmocka_unit_test(takes_over_one_set_or_all_but_one),
		cmocka_unit_test(a_rule_whose_time_is_up_is_not_taken_over),
		cmocka_unit_test(a_rule_of_a_draft_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
