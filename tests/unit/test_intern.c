// SPDX-License-Identifier: GPL-2.0-only
/* Users, cgroups and sets as small numbers. */
#include "unit.h"
#include "policy.h"
#include "table/draft.h"
#include "table/intern.h"

static struct draft draft;
static struct ruleset *rs;

static int begin(void **state)
{
	struct error err = {};

	(void)state;
	rs = ruleset_imagine(10, &err);
	draft = (struct draft){};
	return !rs || draft_begin(&draft, &rs->t, &err);
}

static int end(void **state)
{
	(void)state;
	draft_free(&draft);
	ruleset_close(rs);
	return 0;
}

static int index_of(const char *sentence, struct error *err)
{
	struct rule_spec spec = spec_of(sentence);

	*err = (struct error){};
	return intern_subject_of(&draft.named, &spec, err);
}

static void each_subject_has_one_number(void **state)
{
	static const struct {
		const char *sentence;
		int index;
	} cases[] = {
		{"1.1.1.1", 0},
		{"1.1.1.1 uid 0", 1},
		{"1.1.1.1 uid 7", 2},
		{"1.1.1.1 cgroup /a", 3},
		{"1.1.1.1 uid 0-7", 4},
		{"1.1.1.1 uid 7-8", 5},
		{"1.1.1.1 cgroup /a/b", 6},
		{"2.2.2.2 uid 0", 1},
		{"2.2.2.2 cgroup /a", 3},
		{"2.2.2.2 uid 0-7", 4},
		{"2.2.2.2", 0},
		{"1.1.1.1 uid 7-9", 7},
		{"1.1.1.1 uid 4294967294", 8},
		{"1.1.1.1 uid 7-8", 5},
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_case(index_of(cases[i].sentence, &err) == cases[i].index, cases[i].sentence);
	assert_int_equal(draft.named.n_subjects, 9);
	assert_int_equal(draft.named.subjects[4].id, range_id(0, 7));
	assert_string_equal(draft.named.subjects[6].path, "/a/b");
}

static void there_are_65536_at_most(void **state)
{
	struct error err;

	(void)state;
	for (uint32_t i = 1; i <= UINT16_MAX; i++)
		assert_int_equal(intern_subject(&draft.named, SUBJECT_UID, i, NULL), i);
	assert_int_equal(intern_subject(&draft.named, SUBJECT_UID, 0, NULL), -1);
	assert_int_equal(index_of("1.1.1.1 uid 70000", &err), -1);
	assert_int_equal(err.code, ERR_FULL);
	assert_int_equal(index_of("1.1.1.1 uid 65535", &err), 65535);
	for (uint32_t i = 1; i <= UINT16_MAX; i++) {
		char name[SET_SIZE];

		snprintf(name, sizeof(name), "set%u", i);
		assert_int_equal(intern_set(&draft.named, name), i);
	}
	assert_int_equal(intern_set(&draft.named, "one-more"), -1);
	assert_int_equal(intern_find_set(&draft.named, "set65535"), 65535);
}

static void sets_are_found_by_their_whole_name(void **state)
{
	char longest[SET_SIZE];

	(void)state;
	memset(longest, 'x', SET_SIZE - 1);
	longest[SET_SIZE - 1] = '\0';
	assert_int_equal(intern_find_set(&draft.named, ""), 0);
	assert_int_equal(intern_find_set(&draft.named, "a"), -1);
	assert_int_equal(intern_set(&draft.named, "a"), 1);
	assert_int_equal(intern_set(&draft.named, longest), 2);
	assert_int_equal(intern_set(&draft.named, "ab"), 3);
	assert_int_equal(intern_find_set(&draft.named, "ab"), 3);
	assert_int_equal(intern_find_set(&draft.named, longest), 2);
	assert_int_equal(intern_find_set(&draft.named, "abc"), -1);
	longest[SET_SIZE - 2] = '\0';
	assert_int_equal(intern_find_set(&draft.named, longest), -1);
}

static void add(const char *sentence)
{
	struct rule_spec spec = spec_of(sentence);
	struct error err = {};

	MUST(draft_add(&draft, &spec, &err));
}

static void what_no_rule_has_is_dropped(void **state)
{
	uint16_t subjects[8] = {}, sets[8] = {};

	(void)state;
	add("1.1.1.1 uid 1 set a");
	add("1.1.1.1 cgroup /a set b");
	add("1.1.1.1 uid 2 set c");
	add("1.1.1.1 cgroup /a/b set d");
	subjects[2] = sets[2] = subjects[4] = sets[4] = 1;
	assert_true(intern_drop_unused(&draft.named, subjects, sets));
	assert_int_equal(draft.named.n_subjects, 3);
	assert_int_equal(draft.named.n_sets, 3);
	assert_int_equal(subjects[2], 1);
	assert_int_equal(subjects[4], 2);
	assert_int_equal(sets[2], 1);
	assert_int_equal(sets[4], 2);
	assert_string_equal(draft.named.subjects[1].path, "/a");
	assert_string_equal(draft.named.subjects[2].path, "/a/b");
	assert_string_equal(draft.named.sets[1], "b");
	assert_string_equal(draft.named.sets[2], "d");
}

/* Everyone and no set are 0 whatever the marks say. */
static void everyone_stays_number_0(void **state)
{
	uint16_t subjects[8] = {1}, sets[8] = {1};

	(void)state;
	add("1.1.1.1 uid 1 set a");
	add("1.1.1.1");
	assert_true(intern_drop_unused(&draft.named, subjects, sets));
	assert_int_equal(draft.named.n_subjects, 1);
	assert_int_equal(draft.named.n_sets, 1);
	assert_int_equal(subjects[0], 0);
	assert_int_equal(sets[0], 0);
}

static void what_is_all_used_keeps_its_numbers(void **state)
{
	uint16_t subjects[8] = {1, 1, 1}, sets[8] = {1, 1};

	(void)state;
	add("1.1.1.1 uid 1 set a");
	add("1.1.1.1 cgroup /a");
	assert_false(intern_drop_unused(&draft.named, subjects, sets));
	assert_int_equal(draft.named.n_subjects, 3);
	assert_int_equal(draft.named.n_sets, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_subject_has_one_number, begin, end),
		cmocka_unit_test_setup_teardown(there_are_65536_at_most, begin, end),
		cmocka_unit_test_setup_teardown(sets_are_found_by_their_whole_name, begin, end),
		cmocka_unit_test_setup_teardown(what_no_rule_has_is_dropped, begin, end),
		cmocka_unit_test_setup_teardown(everyone_stays_number_0, begin, end),
		cmocka_unit_test_setup_teardown(what_is_all_used_keeps_its_numbers, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
