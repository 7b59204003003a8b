// SPDX-License-Identifier: GPL-2.0-only
/* Rules that a file has twice: left out where they say the same, and else refused by their lines. */
#include "unit.h"
#include "policy.h"

/* What becomes of a file where there are no rules. */
static int imagine(const char *const *lines, uint32_t max_rules, struct replaced *result, struct error *err)
{
	struct ruleset *rs = ruleset_imagine(max_rules, err);
	int ret;

	*err = (struct error){};
	*result = (struct replaced){};
	assert_non_null(rs);
	ret = policy_replace(rs, lines, NULL, false, 0, result, err);
	ruleset_close(rs);
	return ret;
}

static void the_same_rule_twice_is_one_rule(void **state)
{
	static const char *const pairs[][2] = {
		{"block 1.1.1.1", "block 1.1.1.1/32"},
		{"block 1.1.1.1 port 443", "block 1.1.1.1 port 443"},
		{"block 1.1.1.1 set a comment x", "block 1.1.1.1 comment x set a"},
		{"block 1.1.1.1 timeout 5m", "block 1.1.1.1 timeout 300s"},
		{"block ::/0 uid 4", "block ::/0 uid 4"},
		{"audit 1.1.1.1 cgroup /a errno EACCES", "audit 1.1.1.1 cgroup /a errno EACCES"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(pairs); i++) {
		struct replaced result;
		struct error err;

		if (imagine(LINES(pairs[i][0], pairs[i][1], "block 9.9.9.9", pairs[i][0]), 2, &result, &err))
			fail_msg("%s: %s", pairs[i][0], err.text);
		assert_counts(result, 2, 0, 0, 0);
	}
}

static void rules_of_another_identity_are_two(void **state)
{
	static const char *const pairs[][2] = {
		{"block 1.1.1.1", "allow 1.1.1.1 port 443"},
		{"block 1.1.1.1 port 1-443", "allow 1.1.1.1 port 2-443"},
		{"block 1.1.1.1 port 1-443", "allow 1.1.1.1 port 1-444"},
		{"block 1.1.1.1 proto tcp", "allow 1.1.1.1 proto udp"},
		{"block 1.1.1.1 uid 1", "allow 1.1.1.1 uid 2"},
		{"block 1.1.1.1 uid 1", "allow 1.1.1.1"},
		{"block 1.1.1.1 uid 1-2", "allow 1.1.1.1 uid 1-3"},
		{"block 1.1.1.1 cgroup /a", "allow 1.1.1.1 cgroup /a/b"},
		{"block 1.1.1.0/24", "allow 1.1.1.0/25"},
		{"block 0.0.0.0/0", "allow ::/0"},
		{"block 1.1.1.1", "allow ::1.1.1.1"},
		{"block 1.1.1.1 set a", "block 1.1.1.1 set b"},
		{"block 1.1.1.1 set a", "allow 1.1.1.1"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(pairs); i++) {
		struct replaced result;
		struct error err;

		if (imagine(LINES(pairs[i][0], pairs[i][1]), 2, &result, &err))
			fail_msg("%s: %s", pairs[i][1], err.text);
		assert_counts(result, 2, 0, 0, 0);
	}
}

/* The second has the identity of the first, and says something else. */
static void rules_that_conflict_are_refused_by_their_lines(void **state)
{
	static const char *const pairs[][2] = {
		{"block 1.1.1.1", "allow 1.1.1.1"},
		{"block 1.1.1.1", "audit 1.1.1.1"},
		{"block 1.1.1.1", "block 1.1.1.1 errno EACCES"},
		{"block 1.1.1.1", "block 1.1.1.1 comment x"},
		{"block 1.1.1.1 comment y", "block 1.1.1.1 comment x"},
		{"block 1.1.1.1 comment y", "block 1.1.1.1"},
		{"block 1.1.1.1 timeout 5m", "block 1.1.1.1 timeout 6m"},
		{"block 1.1.1.1 timeout 5m", "block 1.1.1.1"},
		{"block 1.1.1.1 set a", "allow 1.1.1.1 set a"},
		{"block 2001:db8::/32 port 443 proto tcp uid 4", "allow 2001:db8::/32 port 443 proto tcp uid 4"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(pairs); i++) {
		struct replaced result;
		struct error err;
		struct rule_spec second = spec_of(pairs[i][1]);
		char near[256], *text = rule_format(&second);

		assert_case(imagine(LINES("block 5.5.5.5", pairs[i][0], "block 1.1.1.1 port 7", pairs[i][1]), 9,
				    &result, &err),
			    pairs[i][1]);
		snprintf(near, sizeof(near), "near '%s'", text);
		free(text);
		assert_int_equal(err.code, ERR_INPUT);
		assert_ptr_equal(strstr(err.text, "rules:4: "), err.text);
		assert_in(err.text, "line 2");
		assert_in(err.text, near);
		assert_null(strchr(err.text, '\n'));
	}
}

/* Rules of other identities stand between the two, in the file and where all are sorted. */
static void conflicts_are_found_among_neighbours(void **state)
{
	static const char *const threes[][3] = {
		{"block 1.1.1.1 proto tcp", "block 1.1.1.1 proto udp", "allow 1.1.1.1 proto tcp"},
		{"block 1.1.1.1 proto udp", "block 1.1.1.1 proto tcp", "allow 1.1.1.1 proto udp"},
		{"block 1.1.1.1 port 1-443", "block 1.1.1.1 port 1-444", "allow 1.1.1.1 port 1-443"},
		{"block 1.1.1.1 port 2-443", "block 1.1.1.1 port 1-443", "allow 1.1.1.1 port 2-443"},
		{"block 1.1.1.0/24", "block 1.1.1.0/25", "allow 1.1.1.0/24"},
		{"block 1.1.1.0/25", "block 1.1.1.0/24", "allow 1.1.1.0/25"},
		{"block 1.1.1.1 uid 1", "block 1.1.1.1 uid 2", "allow 1.1.1.1 uid 1"},
		{"block 1.1.1.1 set b", "block 1.1.1.1 set a", "allow 1.1.1.1 set b"},
		{"block 1.1.1.1 set a", "block 1.1.1.1", "allow 1.1.1.1 set a"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(threes); i++) {
		struct replaced result;
		struct error err;

		assert_case(imagine(LINES(threes[i][0], threes[i][1], threes[i][2]), 9, &result, &err), threes[i][2]);
		assert_in(err.text, "rules:3: ");
		assert_in(err.text, "line 1");
		assert_null(strchr(err.text, '\n'));
	}
}

/* Each against the first, in the order of the file, whatever the order of the tables. */
static void all_conflicts_are_told(void **state)
{
	struct replaced result;
	struct error err;
	const char *at;

	(void)state;
	assert_int_equal(imagine(LINES("block 9.9.9.9", "block 1.1.1.1", "allow 9.9.9.9", "allow 1.1.1.1",
				       "block 9.9.9.9", "audit 9.9.9.9"),
				 9, &result, &err),
			 -1);
	assert_true(err.lines);
	at = strstr(err.text, "rules:3: ");
	assert_ptr_equal(at, err.text);
	assert_non_null(at = strstr(at, "\nrules:4: "));
	assert_in(at, "line 2");
	assert_non_null(at = strstr(at, "\nrules:6: "));
	assert_in(at, "line 1");
	assert_null(strstr(err.text, "rules:5:"));
	assert_null(strstr(at + 1, "\n"));
}

/* Twenty are told, and the rest are counted. */
static void many_conflicts_are_counted(void **state)
{
	const char *lines[202] = {"block 1.1.1.1"};
	struct replaced result;
	struct error err;
	int n = 0;

	(void)state;
	for (int i = 1; i <= 200; i++)
		lines[i] = "allow 1.1.1.1";
	assert_int_equal(imagine(lines, 9, &result, &err), -1);
	for (const char *at = err.text; (at = strstr(at, "rules:")); at++)
		n++;
	assert_int_equal(n, 20);
	assert_in(err.text, "and 180 more");
}

static void a_conflict_of_two_files_names_both(void **state)
{
	struct replaced result = {};
	struct error err = {};
	struct ruleset *rs = ruleset_imagine(10, &err);
	struct replacement *r = ruleset_replace_begin(rs, "a", NULL, &err);

	(void)state;
	assert_int_equal(policy_add(r, "block 1.1.1.1", 7) | policy_add(r, "block 2.2.2.2", 8), 0);
	MUST(ruleset_replace_file(r, "empty", &err));
	MUST(ruleset_replace_file(r, "b", &err));
	assert_int_equal(policy_add(r, "allow 1.1.1.1", 1) | policy_add(r, "block 3.3.3.3", 2), 0);
	MUST(ruleset_replace_file(r, "c", &err));
	assert_int_equal(policy_add(r, "allow 3.3.3.3", 5) | policy_add(r, "allow 2.2.2.2", 6), 0);
	assert_int_equal(ruleset_replace_end(r, false, 0, &result, &err), -1);
	assert_ptr_equal(strstr(err.text, "b:1: "), err.text);
	assert_in(err.text, "a:7");
	assert_in(err.text, "\nc:5: ");
	assert_in(err.text, "b:2");
	assert_in(err.text, "\nc:6: ");
	assert_in(err.text, "a:8");
	ruleset_replace_free(r);
	ruleset_close(rs);
}

static void what_there_is_no_room_for_is_refused(void **state)
{
	struct replaced result;
	struct error err;

	(void)state;
	assert_int_equal(imagine(LINES("block 1.1.1.1", "block 2.2.2.2"), 2, &result, &err), 0);
	assert_counts(result, 2, 0, 0, 0);
	assert_int_equal(imagine(LINES("block 1.1.1.1", "block 2.2.2.2", "block 3.3.3.3"), 2, &result, &err), -1);
	assert_int_equal(err.code, ERR_FULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_rule_twice_is_one_rule),
		cmocka_unit_test(rules_of_another_identity_are_two),
		cmocka_unit_test(rules_that_conflict_are_refused_by_their_lines),
		cmocka_unit_test(conflicts_are_found_among_neighbours),
		cmocka_unit_test(all_conflicts_are_told),
		cmocka_unit_test(many_conflicts_are_counted),
		cmocka_unit_test(a_conflict_of_two_files_names_both),
		cmocka_unit_test(what_there_is_no_room_for_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
