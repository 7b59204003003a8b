// SPDX-License-Identifier: GPL-2.0-only
/*
 * A copy of the tables with a few edits takes the place of a generation: for a list that comes again with other lines,
 * and where edits have used up their room. Whole, at once, and where anything fails, not at all.
 */
#include "unit.h"
#include "policy.h"

/* With a look behind each store that programs can see. */
static void stored(void);
#define __atomic_store_n(at, value, order) (__atomic_store(at, &(__typeof__(*(at))){value}, order), stored())
#include "table/edit.c"
#include "table/publish.c"
#undef __atomic_store_n

#define MANY 1024 /* of so many rules four may be edited */

static char texts[MANY + 8][64];
static const char *lines[MANY + 9];
static struct ruleset *rs;

/* What programs decide about two rules that go and two that come, on the way. */
static struct {
	bool on, is_new;
	uint32_t before[4], after[4];
	char wrong[128];
} seen;

static const char *const addresses[] = {"9.9.0.10", "9.9.1.0", "5.5.5.5", "6.6.6.6"};

static void decide(uint32_t ids[4])
{
	for (size_t i = 0; i < LENGTH(addresses); i++)
		ids[i] = policy_decide(addresses[i], 0);
}

static void look(void)
{
	uint32_t now[4];

	decide(now);
	if (!memcmp(now, seen.after, sizeof(now)))
		seen.is_new = true;
	else if ((seen.is_new || memcmp(now, seen.before, sizeof(now))) && !seen.wrong[0])
		snprintf(seen.wrong, sizeof(seen.wrong), "call %u: rules %u, %u, %u, %u", fake.calls, now[0], now[1],
			 now[2], now[3]);
}

static void stored(void)
{
	if (!seen.on)
		return;
	pthread_mutex_lock(&fake.lock);
	look();
	pthread_mutex_unlock(&fake.lock);
}

static int begin(void **state)
{
	(void)state;
	policy_load(2 * MANY);
	rs = policy_open(RULESET_WRITE);
	memset(lines, 0, sizeof(lines));
	for (uint32_t i = 0; i < MANY; i++)
		lines[i] = (sprintf(texts[i], "block 9.9.%u.%u", i / 256, i % 256), texts[i]);
	policy_restore(rs, lines);
	return 0;
}

static int end(void **state)
{
	(void)state;
	ruleset_close(rs);
	policy_unload();
	return 0;
}

static uint32_t id_at(uint32_t slot)
{
	return tables_rule(&rs->t, slot)->id;
}

static void restore(uint32_t added, uint32_t changed, uint32_t removed, uint32_t unchanged)
{
	const struct replaced result = policy_restore(rs, lines);

	assert_counts(result, added, changed, removed, unchanged);
}

static void other_lines_take_the_place_of_those_that_go(void **state)
{
	uint32_t before = ruleset_config(rs)->generation;

	(void)state;
	tables_set_counter(&rs->t, 10, &(struct counter){.hits = 7});
	tables_set_counter(&rs->t, 11, &(struct counter){.hits = 8});
	lines[10] = "block 5.5.5.5";
	restore(1, 0, 1, MANY - 1);
	assert_int_equal(ruleset_config(rs)->generation, before + 1);
	assert_int_equal(policy_decide("5.5.5.5", 0), MANY + 1);
	assert_int_equal(policy_decide("9.9.0.10", 0), 0);
	assert_int_equal(policy_decide("9.9.0.11", 0), 12);
	assert_int_equal(id_at(10), MANY + 1);
	assert_int_equal(tables_counter(&rs->t, 10).hits, 0);
	assert_int_equal(tables_counter(&rs->t, 11).hits, 8);
	assert_int_equal(rs->t.header->rules, MANY);
	assert_int_equal(rs->t.header->live, MANY);
	assert_int_equal(rs->t.header->blocking, MANY);
	assert_int_equal(ruleset_config(rs)->pending, 0);
	/* Now it is in force as it is. */
	restore(0, 0, 0, MANY);
	assert_int_equal(ruleset_config(rs)->generation, before + 1);
}

static void lines_go_from_the_middle_and_come_at_the_end(void **state)
{
	(void)state;
	memmove(&lines[20], &lines[22], (MANY - 22) * sizeof(*lines));
	lines[MANY - 2] = "block 5.5.5.5 comment new";
	lines[MANY - 1] = "allow 6.6.6.6";
	restore(2, 0, 2, MANY - 2);
	assert_int_equal(rs->t.header->rules, MANY + 2); /* not compiled: then no slot is empty */
	assert_int_equal(rs->t.header->live, MANY);
	assert_int_equal(rs->t.header->blocking, MANY - 1);
	assert_int_equal(policy_decide("9.9.0.20", 0), 0);
	assert_int_equal(policy_decide("9.9.0.22", 0), 23);
	assert_int_equal(policy_decide("6.6.6.6", 0), MANY + 2);
	restore(0, 0, 0, MANY);
	/* The last ones go, and nothing comes. */
	lines[MANY - 2] = NULL;
	restore(0, 0, 2, MANY - 2);
	assert_int_equal(policy_decide("6.6.6.6", 0), 0);
	restore(0, 0, 0, MANY - 2);
}

static void a_rule_that_changes_keeps_its_id(void **state)
{
	(void)state;
	tables_set_counter(&rs->t, 3, &(struct counter){.hits = 7});
	lines[3] = "allow 9.9.0.3 comment x";
	restore(0, 1, 0, MANY - 1);
	assert_int_equal(policy_decide("9.9.0.3", 0), 4);
	assert_int_equal(tables_counter(&rs->t, 3).hits, 7);
	assert_int_equal(rs->t.header->blocking, MANY - 1);
	restore(0, 0, 0, MANY);
}

/* All these are compiled, and no slot is empty then. */
static void what_edits_cannot_do_is_compiled(void **state)
{
	const char *line = lines[0];

	(void)state;
	/* A rule that moves keeps its id. */
	memmove(&lines[0], &lines[1], (MANY - 1) * sizeof(*lines));
	lines[MANY - 1] = line;
	restore(0, 0, 0, MANY);
	assert_int_equal(id_at(MANY - 1), 1);
	/* A line that comes in between. */
	memmove(&lines[8], &lines[7], (MANY - 7) * sizeof(*lines));
	lines[7] = "block 5.5.5.5";
	restore(1, 0, 0, MANY);
	assert_int_equal(id_at(7), MANY + 1);
	assert_int_equal(policy_decide("5.5.5.5", 0), MANY + 1);
	/* A new user or set. */
	lines[8] = "block 9.9.0.8 uid 7";
	restore(1, 0, 1, MANY);
	assert_int_equal(policy_decide("9.9.0.8", 7), MANY + 2);
	assert_int_equal(policy_decide("9.9.0.8", 8), 0);
	lines[8] = "block 9.9.0.8 set new";
	restore(1, 0, 1, MANY);
	/* More than edits are for. */
	memmove(&lines[0], &lines[5], (MANY - 4) * sizeof(*lines));
	lines[MANY - 4] = NULL;
	restore(0, 0, 5, MANY - 4);
	assert_int_equal(rs->t.header->rules, MANY - 4);
}

static void a_line_that_is_there_twice_is_found(void **state)
{
	struct replaced result = {};
	struct error err = {};

	(void)state;
	lines[MANY] = "block 9.9.0.0";
	restore(0, 0, 0, MANY);
	lines[MANY] = "allow 9.9.0.0";
	assert_int_equal(policy_replace(rs, lines, NULL, true, 0, &result, &err), -1);
	assert_in(err.text, "conflicts with line 1");
	lines[MANY] = "block 5.5.5.5";
	lines[MANY + 1] = "allow 5.5.5.5";
	assert_int_equal(policy_replace(rs, lines, NULL, true, 0, &result, &err), -1);
	/* Half a copy stands where the rules from before stood: undo does not take it for them. */
	assert_int_equal(ruleset_config(rs)->fallback, ruleset_config(rs)->generation);
	lines[MANY + 1] = lines[MANY];
	restore(1, 0, 0, MANY);
	assert_int_equal(ruleset_count(rs), MANY + 1);
}

static char told[4096];

static void tell(const struct rule_info *before, const struct rule_info *now, void *arg)
{
	(void)arg;
	if (before)
		policy_note(before, strcat(told, "-"));
	if (now)
		policy_note(now, strcat(told, "+"));
}

static int refuse(const struct replaced *result, void *arg, struct error *err)
{
	(void)arg;
	assert_counts(*result, 1, 1, 1, MANY - 2);
	return error_set(err, ERR_INPUT, "refused");
}

static void each_change_is_told_once(void **state)
{
	struct replaced result = {.each = tell, .may = refuse};
	struct error err = {};
	uint32_t before = ruleset_config(rs)->generation;

	(void)state;
	lines[10] = "block 5.5.5.5";
	lines[11] = "audit 9.9.0.11";
	told[0] = '\0';
	assert_int_equal(policy_replace(rs, lines, NULL, true, 0, &result, &err), -1);
	assert_string_equal(err.text, "refused");
	assert_string_equal(told, "-11 block 9.9.0.10\n+0 block 5.5.5.5\n-12 block 9.9.0.11\n+12 audit 9.9.0.11\n");
	assert_int_equal(ruleset_config(rs)->generation, before);
	told[0] = '\0';
	result = (struct replaced){.each = tell};
	MUST(policy_replace(rs, lines, NULL, false, 0, &result, &err)); /* a dry run */
	assert_int_equal(ruleset_config(rs)->generation, before);
	told[0] = '\0';
	result = (struct replaced){.each = tell};
	MUST(policy_replace(rs, lines, NULL, true, 0, &result, &err));
	assert_string_equal(told, "-11 block 9.9.0.10\n+0 block 5.5.5.5\n-12 block 9.9.0.11\n+12 audit 9.9.0.11\n");
	/* Also when edits give up: around so many rules. */
	lines[MANY] = "block 9.9.9.1";
	lines[MANY + 1] = "block 9.9.9.2";
	restore(2, 0, 0, MANY);
	lines[10] = "block 9.0.0.0/8";
	told[0] = '\0';
	result = (struct replaced){.each = tell};
	MUST(policy_replace(rs, lines, NULL, true, 0, &result, &err));
	assert_string_equal(told, "-1025 block 5.5.5.5\n+0 block 9.0.0.0/8\n");
	assert_counts(result, 1, 0, 1, MANY + 1);
	assert_int_equal(policy_decide("9.9.0.10", 0), MANY + 4);
}

/* Lets call number `at` fail. False: there are not so many. */
static bool fails_at(uint32_t at)
{
	static const uint32_t after[] = {0, 257, MANY + 1, MANY + 2};
	struct replaced result = {};
	struct error err = {};
	uint32_t ids[4], calls, idle, there;
	int ret;

	begin(NULL);
	idle = !(ruleset_config(rs)->generation & 1);
	there = fake_map(policy.outer[1])->inner[idle];
	memset(&seen, 0, sizeof(seen));
	lines[10] = "block 5.5.5.5";
	lines[MANY] = "block 6.6.6.6";
	decide(seen.before);
	memcpy(seen.after, after, sizeof(after));
	seen.on = true;
	fake.calls = 0;
	fake.fail_at = at;
	fake.looked = look;
	ret = policy_replace(rs, lines, NULL, true, 0, &result, &err);
	calls = fake.calls;
	seen.on = false;
	fake.fail_at = 0;
	fake.looked = NULL;
	assert_string_equal(seen.wrong, "");
	decide(ids);
	assert_memory_equal(ids, ret ? seen.before : seen.after, sizeof(ids));
	assert_int_equal(ruleset_config(rs)->pending, 0);
	/* No maps stay behind that nobody uses. */
	if (ret)
		assert_true(!fake_map(policy.outer[1])->inner[idle] || fake_map(policy.outer[1])->inner[idle] == there);
	assert_int_equal(ruleset_count(rs), ret ? MANY : MANY + 1);
	ruleset_close(rs);
	rs = policy_open(RULESET_WRITE);
	MUST(policy_replace(rs, lines, NULL, true, 0, &result, &err));
	assert_int_equal(ruleset_count(rs), MANY + 1);
	end(NULL);
	return calls >= at;
}

static void a_failure_anywhere_leaves_the_old_rules(void **state)
{
	uint32_t at = 1;

	(void)state;
	while (fails_at(at))
		at++;
	assert_true(at > 5);
}

static uint32_t late_from; /* the generation before; 0: told already */

/* A program that decided by the old generation counts there, while the writer waits for it. */
static void count_late(void)
{
	struct tables view;

	if (!late_from || policy_generation() == late_from || !policy_view(&view, late_from))
		return;
	tables_set_counter(&view, 10, &(struct counter){.hits = 20});
	tables_set_counter(&view, 11, &(struct counter){.hits = 30, .last_hit = (__u64)9 << LAST_HIT_SHIFT});
	tables_close(&view);
	late_from = 0;
}

static void late_hits_are_of_the_rule_that_had_them(void **state)
{
	(void)state;
	tables_set_counter(&rs->t, 11, &(struct counter){.hits = 5});
	lines[10] = "block 5.5.5.5";
	late_from = policy_generation();
	fake.looked = count_late;
	restore(1, 0, 1, MANY - 1);
	fake.looked = NULL;
	assert_int_equal(late_from, 0);
	assert_int_equal(tables_counter(&rs->t, 10).hits, 0);
	assert_int_equal(tables_counter(&rs->t, 11).hits, 30);
	assert_int_equal(tables_counter(&rs->t, 11).last_hit, (__u64)9 << LAST_HIT_SHIFT);
}

static void put(const char *line)
{
	struct rule_spec spec = spec_of(line);
	enum ruleset_change change;
	struct rule_info before;
	struct error err = {};

	MUST(ruleset_plan(rs, &spec, 1, &change, &before, &err));
	MUST(ruleset_put(rs, &spec, 1, &change, &before, false, &err));
}

static void where_room_is_used_up_a_copy_has_more(void **state)
{
	uint32_t copies = 0, compiles = 0, compiled = decode_subject_at(&rs->t, 0)->compiled,
		 last = ruleset_config(rs)->generation;
	struct rule_info gone = {.spec = spec_of("9.9.0.0")};
	struct error err = {};
	char text[64];

	(void)state;
	assert_int_equal(compiled, rs->t.header->lines);
	MUST(ruleset_remove(rs, &gone, 1, &err)); /* leaves an empty slot, until they are compiled */
	for (uint32_t i = 0; i < MANY; i++) {
		sprintf(text, "block %u.%u.%u.%u", 20 + i % 7, i * 7 % 256, i * 31 % 256, i % 256);
		put(text);
		assert_int_equal(policy_decide(text + strlen("block "), 0), MANY + 1 + i);
		if (ruleset_config(rs)->generation == last)
			continue;
		last = ruleset_config(rs)->generation;
		if (decode_subject_at(&rs->t, 0)->compiled == compiled) {
			copies++;
			assert_int_equal(rs->t.header->rules - rs->t.header->live, compiles ? 0 : 1);
		} else {
			/* It is compiled when edits have used as much again. */
			compiles++;
			assert_int_equal(rs->t.header->rules, rs->t.header->live);
			compiled = decode_subject_at(&rs->t, 0)->compiled;
		}
		assert_int_equal(rs->t.header->live, MANY + i);
		assert_int_equal(policy_decide("9.9.1.0", 0), 257);
	}
	assert_true(copies > 2 * compiles && compiles);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(other_lines_take_the_place_of_those_that_go, begin, end),
		cmocka_unit_test_setup_teardown(lines_go_from_the_middle_and_come_at_the_end, begin, end),
		cmocka_unit_test_setup_teardown(a_rule_that_changes_keeps_its_id, begin, end),
		cmocka_unit_test_setup_teardown(what_edits_cannot_do_is_compiled, begin, end),
		cmocka_unit_test_setup_teardown(a_line_that_is_there_twice_is_found, begin, end),
		cmocka_unit_test_setup_teardown(each_change_is_told_once, begin, end),
		cmocka_unit_test(a_failure_anywhere_leaves_the_old_rules),
		cmocka_unit_test_setup_teardown(late_hits_are_of_the_rule_that_had_them, begin, end),
		cmocka_unit_test_setup_teardown(where_room_is_used_up_a_copy_has_more, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
