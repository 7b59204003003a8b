// SPDX-License-Identifier: GPL-2.0-only
/* One ruleset in the place of another: what becomes of each rule. Rules that are there twice are in test_duplicates.c.
 */
#include "unit.h"
#include "policy.h"

static char told[4096];

static int note(const char *sign, const struct rule_info *rule)
{
	return policy_note(rule, strcat(told, sign));
}

static void tell(const struct rule_info *before, const struct rule_info *now, void *arg)
{
	(void)arg;
	if (before)
		note("-", before);
	if (now)
		note("+", now);
}

static const char *const old_lines[] = {"block 1.1.1.1",	   "allow 2.2.2.2 set a",
					"block 3.3.3.3 comment c", "block 4.4.4.4 port 80 uid 7",
					"block 5.5.5.5 set a",	   NULL};

static struct ruleset *begin(void)
{
	struct ruleset *rs;

	policy_load(100);
	rs = policy_open(RULESET_WRITE);
	policy_restore(rs, old_lines);
	told[0] = '\0';
	return rs;
}

static void end(struct ruleset *rs)
{
	ruleset_close(rs);
	policy_unload();
}

static void each_rule_is_added_changed_removed_or_stays(void **state)
{
	static const char *const lines[] = {"block 4.4.4.4 port 80 uid 7", "block 3.3.3.3 comment d", "block 1.1.1.1",
					    "block 6.6.6.6", NULL};
	struct ruleset *rs = begin();
	struct replaced result = {.each = tell};
	struct error err = {};
	uint32_t generation = ruleset_config(rs)->generation;

	(void)state;
	MUST(policy_replace(rs, lines, NULL, false, 0, &result, &err));
	assert_counts(result, 1, 1, 2, 2);
	assert_string_equal(told, "-2 allow 2.2.2.2 set a\n-5 block 5.5.5.5 set a\n"
				  "-3 block 3.3.3.3 comment \"c\"\n+3 block 3.3.3.3 comment \"d\"\n+0 block 6.6.6.6\n");
	/* Nothing has changed yet. */
	assert_int_equal(ruleset_config(rs)->generation, generation);
	told[0] = '\0';
	MUST(policy_replace(rs, lines, NULL, true, 0, &result, &err));
	assert_counts(result, 1, 1, 2, 2);
	assert_string_equal(policy_rules(rs),
			    "4 block 4.4.4.4 port 80 uid 7\n3 block 3.3.3.3 comment \"d\"\n1 block 1.1.1.1\n"
			    "6 block 6.6.6.6\n");
	end(rs);
}

static void the_same_file_again_changes_nothing(void **state)
{
	struct ruleset *rs = begin();
	uint32_t generation = ruleset_config(rs)->generation;
	struct replaced result = policy_restore(rs, old_lines);

	(void)state;
	assert_counts(result, 0, 0, 0, 5);
	assert_int_equal(ruleset_config(rs)->generation, generation);
	/* Another order is one. */
	result = policy_restore(rs, LINES("allow 2.2.2.2 set a", "block 1.1.1.1", "block 3.3.3.3 comment c",
					  "block 4.4.4.4 port 80 uid 7", "block 5.5.5.5 set a"));
	assert_counts(result, 0, 0, 0, 5);
	assert_int_equal(ruleset_config(rs)->generation, generation + 1);
	assert_ptr_equal(strstr(policy_rules(rs), "2 allow 2.2.2.2 set a\n1 block"), policy_rules(rs));
	/* So is one rule less, at the end. */
	result = policy_restore(rs, LINES("allow 2.2.2.2 set a", "block 1.1.1.1", "block 3.3.3.3 comment c",
					  "block 4.4.4.4 port 80 uid 7"));
	assert_counts(result, 0, 0, 1, 4);
	end(rs);
}

static void each_difference_is_a_change(void **state)
{
	static const char *const changed[] = {"allow 1.1.1.1", "audit 1.1.1.1", "block 1.1.1.1 errno EACCES",
					      "block 1.1.1.1 comment x", "block 1.1.1.1 timeout 1h"};

	(void)state;
	for (size_t i = 0; i < LENGTH(changed); i++) {
		struct ruleset *rs = begin();
		struct replaced result =
			policy_restore(rs, LINES(changed[i], old_lines[1], old_lines[2], old_lines[3], old_lines[4]));
		char wanted[64];

		assert_counts(result, 0, 1, 0, 4);
		snprintf(wanted, sizeof(wanted), "1 %.13s", changed[i]);
		assert_ptr_equal(strstr(policy_rules(rs), wanted), policy_rules(rs));
		end(rs);
	}
}

static void one_set_is_replaced_and_others_stay(void **state)
{
	struct ruleset *rs = begin();
	struct replaced result = {.each = tell};
	struct error err = {};

	(void)state;
	/* 1.1.1.1 is there in no set, and stays what it is. */
	MUST(policy_replace(rs, LINES("block 5.5.5.5", "block 7.7.7.7", "allow 1.1.1.1"), "a", true, 0, &result, &err));
	assert_counts(result, 2, 0, 1, 1);
	assert_int_equal(result.elsewhere, 0);
	assert_string_equal(told, "-2 allow 2.2.2.2 set a\n+0 block 7.7.7.7 set a\n+0 allow 1.1.1.1 set a\n");
	assert_string_equal(policy_rules(rs),
			    "1 block 1.1.1.1\n3 block 3.3.3.3 comment \"c\"\n4 block 4.4.4.4 port 80 uid 7\n"
			    "5 block 5.5.5.5 set a\n6 block 7.7.7.7 set a\n7 allow 1.1.1.1 set a\n");
	assert_int_equal(policy_decide("1.1.1.1", 0), 1);
	/* The same again. */
	result = (struct replaced){};
	MUST(policy_replace(rs, LINES("block 5.5.5.5", "block 7.7.7.7", "allow 1.1.1.1"), "a", true, 0, &result, &err));
	assert_counts(result, 0, 0, 0, 3);
	/* A set that is not there yet; and one that goes. */
	MUST(policy_replace(rs, LINES("block 8.8.8.8"), "new", true, 0, &result, &err));
	assert_counts(result, 1, 0, 0, 0);
	MUST(policy_replace(rs, LINES(NULL), "a", true, 0, &result, &err));
	assert_counts(result, 0, 0, 3, 0);
	assert_string_equal(policy_rules(rs),
			    "1 block 1.1.1.1\n3 block 3.3.3.3 comment \"c\"\n4 block 4.4.4.4 port 80 uid 7\n"
			    "8 block 8.8.8.8 set new\n");
	end(rs);
}

static void sets_that_are_kept_stay(void **state)
{
	struct ruleset *rs = begin();
	struct replaced result = {};
	struct error err = {};
	struct replacement *r = ruleset_replace_begin(rs, "rules", NULL, &err);

	(void)state;
	MUST(ruleset_replace_keep(r, "a", &err));
	MUST(ruleset_replace_keep(r, "a", &err)); /* twice is once */
	MUST(ruleset_replace_keep(r, "nothing", &err));
	assert_int_equal(policy_add(r, "block 2.2.2.2 set a", 1) | policy_add(r, "block 1.1.1.1", 2) |
				 policy_add(r, "block 2.2.2.2", 3),
			 0);
	MUST(ruleset_replace_end(r, true, 0, &result, &err));
	ruleset_replace_free(r);
	assert_counts(result, 1, 0, 2, 1);
	assert_int_equal(result.elsewhere, 1);
	assert_string_equal(policy_rules(rs),
			    "2 allow 2.2.2.2 set a\n5 block 5.5.5.5 set a\n1 block 1.1.1.1\n6 block 2.2.2.2\n");
	assert_int_equal(policy_decide("2.2.2.2", 0), 6);
	end(rs);
}

static void settings_stay_until_they_are_changed(void **state)
{
	struct ruleset *rs = begin();
	struct replaced result = {};
	struct error err = {};
	struct settings settings = *ruleset_settings(rs);
	struct replacement *r;

	(void)state;
	settings.mode = MODE_AUDIT;
	ruleset_put_settings(rs, &settings);
	MUST(policy_replace(rs, LINES("block 7.7.7.7"), "a", true, 0, &result, &err));
	assert_int_equal(result.before.mode, MODE_AUDIT);
	assert_int_equal(result.now.mode, MODE_AUDIT);
	assert_int_equal(ruleset_settings(rs)->mode, MODE_AUDIT);
	result = policy_restore(rs, LINES("block 1.1.1.1"));
	assert_int_equal(result.now.mode, MODE_AUDIT);
	assert_int_equal(ruleset_settings(rs)->mode, MODE_AUDIT);
	/* The same rules with other settings are a change. */
	r = ruleset_replace_begin(rs, "rules", NULL, &err);
	ruleset_replace_settings(r)->mode = MODE_ENFORCE;
	assert_int_equal(policy_add(r, "block 1.1.1.1", 1), 0);
	result = (struct replaced){};
	MUST(ruleset_replace_end(r, true, 0, &result, &err));
	ruleset_replace_free(r);
	assert_counts(result, 0, 0, 0, 1);
	assert_int_equal(result.before.mode, MODE_AUDIT);
	assert_int_equal(result.now.mode, MODE_ENFORCE);
	assert_int_equal(ruleset_settings(rs)->mode, MODE_ENFORCE);
	end(rs);
}

static int refuse(const struct replaced *result, void *arg, struct error *err)
{
	assert_counts(*result, 1, 0, 5, 0);
	return error_set(err, ERR_INPUT, "%s", (const char *)arg);
}

static void counts_can_be_refused_before_anything_changes(void **state)
{
	char text[] = "too few";
	struct ruleset *rs = begin();
	struct replaced result = {.may = refuse, .arg = text};
	struct error err = {};
	uint32_t generation = ruleset_config(rs)->generation;

	(void)state;
	assert_int_equal(policy_replace(rs, LINES("block 7.7.7.7"), NULL, true, 0, &result, &err), -1);
	assert_string_equal(err.text, text);
	assert_int_equal(ruleset_config(rs)->generation, generation);
	assert_int_equal(ruleset_count(rs), 5);
	end(rs);
}

/* Replaces a set, or everything, by one rule; words: NULL: what is excepted already. */
static const char *excepting(struct ruleset *rs, const char *set, const char *kept, const char *words, const char *line)
{
	struct replaced result = {};
	struct error err = {};
	struct replacement *r = ruleset_replace_begin(rs, "rules", set, &err);
	static char before[EXCEPT_SIZE];

	assert_non_null(r);
	if (kept)
		MUST(ruleset_replace_keep(r, kept, &err));
	snprintf(before, sizeof(before), "%s", ruleset_replace_excepted(r, "s"));
	if (words)
		MUST(ruleset_replace_except(r, "s", words, &err));
	assert_int_equal(policy_add(r, line, 1), 0);
	MUST(ruleset_replace_end(r, true, 0, &result, &err));
	ruleset_replace_free(r);
	return before;
}

static int note_except(const char *set, const char *words, void *arg)
{
	strcat(strcat(strcat(strcat(arg, set), ": "), words), "\n");
	return 0;
}

static void assert_excepts(struct ruleset *rs, const char *wanted)
{
	struct error err = {};
	char found[256] = "";

	MUST(ruleset_each_except(rs, note_except, found, &err));
	assert_string_equal(found, wanted);
}

static void a_set_keeps_what_it_excepts(void **state)
{
	struct ruleset *rs = begin();
	struct error err = {};
	uint32_t generation;

	(void)state;
	assert_excepts(rs, "");
	assert_string_equal(excepting(rs, "s", NULL, "x,y", "block 9.9.9.9 set s"), "");
	assert_excepts(rs, "s: x,y\n");
	/* The rest of the tables is what it was. */
	assert_int_equal(policy_decide("9.9.9.9", 0), 6);
	assert_int_equal(policy_decide("5.5.5.5", 0), 5);
	generation = ruleset_config(rs)->generation;
	assert_string_equal(excepting(rs, "s", NULL, NULL, "block 9.9.9.9 set s"), "x,y");
	assert_string_equal(excepting(rs, "s", NULL, "x,y", "block 9.9.9.9 set s"), "x,y");
	assert_int_equal(ruleset_config(rs)->generation, generation);
	/* Other changes leave it, and other words are a change. */
	assert_string_equal(excepting(rs, "t", NULL, NULL, "block 8.8.8.8 set t"), "x,y");
	MUST(ruleset_recompile(rs, &err));
	assert_excepts(rs, "s: x,y\n");
	assert_string_equal(excepting(rs, "s", NULL, "z", "block 9.9.9.9 set s"), "x,y");
	assert_excepts(rs, "s: z\n");
	assert_int_equal(ruleset_config(rs)->generation, generation + 3);
	/* Sets before it go, and it is numbered anew. */
	assert_string_equal(excepting(rs, NULL, "s", NULL, "block 7.7.7.7"), "z");
	assert_excepts(rs, "s: z\n");
	assert_string_equal(excepting(rs, NULL, NULL, NULL, "block 9.9.9.9 set s"), "");
	assert_excepts(rs, "");
	assert_string_equal(excepting(rs, NULL, NULL, "w", "block 9.9.9.9 set s"), "");
	assert_excepts(rs, "s: w\n");
	/* It goes with the last rule, also where that goes in place. */
	MUST(ruleset_remove(rs, (struct rule_info[]){{.spec = spec_of("block 9.9.9.9 set s")}}, 1, &err));
	assert_excepts(rs, "");
	assert_string_equal(excepting(rs, "s", NULL, NULL, "block 9.9.9.9 set s"), "");
	assert_excepts(rs, "");
	end(rs);
}

static void restore_from(struct ruleset *rs, const char *set, const char *source, const char *line, bool publish)
{
	struct replaced result = {};
	struct error err = {};
	struct replacement *r = ruleset_replace_begin(rs, "rules", set, &err);

	assert_non_null(r);
	ruleset_replace_source(r, source);
	assert_int_equal(policy_add(r, line, 1), 0);
	MUST(ruleset_replace_end(r, publish, 0, &result, &err));
	ruleset_replace_free(r);
}

static int note_kept(const struct set_kept *kept, void *arg)
{
	if (strcmp(kept->set, "s"))
		return 0;
	*(struct set_kept *)arg = *kept;
	return 1;
}

/* Returns where the set s comes from, and stores when it was restored. */
static const char *source_of(struct ruleset *rs, uint64_t *at)
{
	static struct set_kept kept;

	kept = (struct set_kept){};
	ruleset_each_kept(rs, note_kept, &kept);
	*at = kept.restored;
	return kept.source;
}

static void a_set_keeps_where_it_comes_from(void **state)
{
	struct ruleset *rs = begin();
	uint64_t first, next, started = clock_boot();
	struct error err = {};
	uint32_t generation;

	(void)state;
	assert_string_equal(source_of(rs, &first), "");
	restore_from(rs, "s", "a file", "block 9.9.9.9 set s", true);
	assert_string_equal(source_of(rs, &first), "a file");
	assert_in_range(first, started, clock_boot());
	/* The same again is no change, but the set is newer then; a dry run is nothing. */
	generation = ruleset_config(rs)->generation;
	restore_from(rs, "s", "a file", "block 9.9.9.9 set s", false);
	assert_string_equal(source_of(rs, &next), "a file");
	assert_int_equal(next, first);
	restore_from(rs, "s", "a file", "block 9.9.9.9 set s", true);
	assert_string_equal(source_of(rs, &next), "a file");
	assert_true(next > first);
	assert_int_equal(ruleset_config(rs)->generation, generation);
	/* From elsewhere it is a change. Those of other sets, and of nothing known, are none of this set's. */
	restore_from(rs, "s", "b", "block 9.9.9.9 set s", true);
	assert_string_equal(source_of(rs, &first), "b");
	assert_int_equal(ruleset_config(rs)->generation, generation + 1);
	restore_from(rs, "t", "c", "block 9.9.9.8 set t", true);
	restore_from(rs, "s", NULL, "block 9.9.9.7 set s", true);
	MUST(ruleset_recompile(rs, &err));
	assert_string_equal(source_of(rs, &next), "b");
	assert_int_equal(next, first);
	/* Everything is replaced, the set too. */
	restore_from(rs, NULL, "d", "block 9.9.9.7 set s", true);
	assert_string_equal(source_of(rs, &next), "d");
	restore_from(rs, NULL, "d", "block 9.9.9.7", true);
	assert_string_equal(source_of(rs, &next), "");
	end(rs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_is_added_changed_removed_or_stays),
		cmocka_unit_test(the_same_file_again_changes_nothing),
		cmocka_unit_test(each_difference_is_a_change),
		cmocka_unit_test(one_set_is_replaced_and_others_stay),
		cmocka_unit_test(sets_that_are_kept_stay),
		cmocka_unit_test(settings_stay_until_they_are_changed),
		cmocka_unit_test(counts_can_be_refused_before_anything_changes),
		cmocka_unit_test(a_set_keeps_what_it_excepts),
		cmocka_unit_test(a_set_keeps_where_it_comes_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
