// SPDX-License-Identifier: GPL-2.0-only
/* Rules that are put in, changed and removed: in place, or compiled anew; all of them or none. */
#include "unit.h"
#include "put.h"
#include "table/decode.h"

static void one_rule_is_put_in_its_place(void **state)
{
	uint32_t before = generation();
	struct error err;

	(void)state;
	MUST(put(LINES("block 3.3.3.3 timeout 1h", "allow 1.1.1.1", "block 2.2.2.2 set a comment x"), false, &err));
	assert_int_equal(generation(), before);
	assert_int_equal(changes[0], CHANGE_ADD);
	assert_int_equal(changes[1], CHANGE_EDIT);
	assert_int_equal(old[1].spec.verdict, VERDICT_BLOCK);
	assert_int_equal(changes[2], CHANGE_NONE);
	assert_int_equal(policy_decide("3.3.3.3", 0), 3);
	assert_int_equal(policy_decide("1.1.1.1", 0), 1);
	assert_int_equal(rs->t.header->live, 3);
	assert_int_equal(rs->t.header->expiring, 1);
	assert_int_equal(rs->t.header->blocking, 2);
	assert_int_equal(ruleset_config(rs)->last_id, 3);
	assert_int_equal(ruleset_config(rs)->pending, 0);
	assert_in(policy_rules(rs), "1 allow 1.1.1.1\n2 block 2.2.2.2 set a comment \"x\"\n3 block 3.3.3.3 timeout ");
	/* And out of it. */
	MUST(ruleset_remove(rs, (struct rule_info[]){{.spec = spec_of("1.1.1.1")}, {.spec = spec_of("9.9.9.9")}}, 2,
			    &err));
	assert_int_equal(generation(), before);
	assert_int_equal(policy_decide("1.1.1.1", 0), 0);
	assert_int_equal(rs->t.header->live, 2);
	assert_int_equal(rs->t.header->blocking, 2);
	assert_int_equal(ruleset_count(rs), 2);
}

static void a_dry_run_tells_and_changes_nothing(void **state)
{
	struct config before = *ruleset_config(rs);
	struct error err;

	(void)state;
	MUST(put(LINES("block 3.3.3.3", "allow 1.1.1.1"), true, &err));
	assert_int_equal(changes[0], CHANGE_ADD);
	assert_int_equal(changes[1], CHANGE_EDIT);
	MUST(put(LINES("block 4.4.4.4 cgroup /gone"), true, &err));
	assert_memory_equal(&before, ruleset_config(rs), sizeof(before));
	assert_string_equal(policy_rules(rs), "1 block 1.1.1.1\n2 block 2.2.2.2 set a comment \"x\"\n");
}

/* The last of them cannot be: those before it are taken back. */
static void all_or_none(void **state)
{
	const char *lines[PLACE_PATTERNS + 5] = {"block 3.3.3.3", "allow 1.1.1.1", "block 2.2.2.2 set a comment y"};
	char patterns[PLACE_PATTERNS + 1][64];
	struct error err;

	(void)state;
	for (int i = 0; i <= PLACE_PATTERNS; i++) {
		snprintf(patterns[i], sizeof(patterns[i]), "block 4.4.4.4 cgroup /%d-*", i);
		lines[3 + i] = patterns[i];
	}
	assert_int_equal(put(lines, false, &err), -1);
	assert_int_equal(err.code, ERR_FULL);
	assert_in(err.text, "33 different ones");
	assert_string_equal(policy_rules(rs), "1 block 1.1.1.1\n2 block 2.2.2.2 set a comment \"x\"\n");
	assert_int_equal(policy_decide("3.3.3.3", 0), 0);
	assert_int_equal(policy_decide("1.1.1.1", 0), 1);
	assert_int_equal(rs->t.header->blocking, 2);
}

static void a_new_set_or_user_is_compiled(void **state)
{
	uint32_t before = generation();
	struct error err;

	(void)state;
	MUST(put(LINES("block 3.3.3.3 set new"), false, &err));
	assert_int_equal(generation(), before + 1);
	MUST(put(LINES("block 3.3.3.3 uid 7"), false, &err));
	assert_int_equal(generation(), before + 2);
	MUST(put(LINES("block 2.2.2.2 set new"), false, &err)); /* another rule than that of set a */
	assert_string_equal(policy_rules(rs),
			    "1 block 1.1.1.1\n2 block 2.2.2.2 set a comment \"x\"\n3 block 3.3.3.3 set new\n"
			    "4 block 3.3.3.3 uid 7\n5 block 2.2.2.2 set new\n");
	assert_int_equal(policy_decide("3.3.3.3", 7), 4);
	assert_int_equal(policy_decide("3.3.3.3", 8), 3);
}

/* True when the filter sends a look for a cgroup into the map. */
static bool is_placed(__u64 id)
{
	const __u8 *byte = mapped_at(ruleset_shared(rs), offsetof(struct shared, placed) + placed_hash(id), 1);

	assert_non_null(byte);
	return *byte;
}

/* The ids in the map of cgroups in force, and their places, as "1:1 7:2". The filter must have each. */
static const char *bound(void)
{
	static char text[256];
	const __u32 id = ruleset_config(rs)->bound[generation() & 1];
	const struct fake_map *map = id ? fake_map(id) : NULL;

	text[0] = '\0';
	for (__u32 i = 0; map && i < map->n; i++) {
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d:%u", i ? " " : "",
			 (int)map->entries[i].key, map->entries[i].value);
		assert_true(is_placed(map->entries[i].key));
	}
	return text;
}

static int64_t now_of(uint32_t slot)
{
	struct rule_info info;

	assert_true(ruleset_at(rs, slot, &info));
	return info.cgroups_now;
}

static void cgroups_get_their_places_before_the_rules_are_in_force(void **state)
{
	struct error err;
	__u32 map;

	(void)state;
	assert_string_equal(bound(), "");
	MUST(put(LINES("block 3.3.3.3 cgroup /a/b", "block 3.3.3.3 cgroup /gone"), false, &err));
	assert_string_equal(bound(), "1:1 7:2 9:4");
	assert_int_equal(now_of(2), 1);
	assert_int_equal(now_of(3), 0);
	/* The other slot's map goes with it. */
	assert_int_equal(ruleset_config(rs)->bound[!(generation() & 1)], 0);
	assert_int_equal(fake_map(policy.cgroups)->inner[!(generation() & 1)], 0);
	/* Rules for the same paths need no other map. */
	map = ruleset_config(rs)->bound[generation() & 1];
	MUST(put(LINES("block 3.3.3.3 set new", "block 5.5.5.5 cgroup /gone"), false, &err));
	assert_int_equal(ruleset_config(rs)->bound[generation() & 1], map);
	MUST(put(LINES("block 3.3.3.3 set newer"), false, &err));
	assert_true(ruleset_config(rs)->bound[0] == map && ruleset_config(rs)->bound[1] == map);
	MUST(put(LINES("block 3.3.3.3 cgroup /a"), false, &err));
	assert_int_equal(ruleset_config(rs)->bound[generation() & 1], map);
	assert_int_equal(now_of(7), 1);
	MUST(put(LINES("block 3.3.3.3 cgroup /*"), false, &err));
	assert_int_not_equal(ruleset_config(rs)->bound[generation() & 1], map);
	assert_string_equal(bound(), "1:1 7:2 9:5");
	MUST(ruleset_flush(rs, &err));
	assert_string_equal(bound(), "");
	assert_int_equal(ruleset_config(rs)->bound[0] | ruleset_config(rs)->bound[1], 0);
}

static __u32 levels(void)
{
	return ruleset_config(rs)->levels[generation() & 1];
}

static void the_programs_know_what_levels_have_places(void **state)
{
	struct error err;
	__u32 map;

	(void)state;
	MUST(put(LINES("block 3.3.3.3 uid 1"), false, &err));
	assert_int_equal(levels(), 0);
	MUST(put(LINES("block 3.3.3.3 cgroup /a/b"), false, &err));
	assert_int_equal(levels(), 2);
	/* The same places, so that the map is the same. */
	map = ruleset_config(rs)->bound[generation() & 1];
	MUST(put(LINES("block 3.3.3.3 cgroup /"), false, &err));
	assert_int_equal(ruleset_config(rs)->bound[generation() & 1], map);
	assert_int_equal(levels(), 2 | ROOT_RULED);
	MUST(ruleset_flush(rs, &err));
	assert_int_equal(levels(), 0);
	MUST(put(LINES("block 3.3.3.3 cgroup /"), false, &err));
	assert_int_equal(levels(), ROOT_RULED);
}

static void the_filter_forgets_cgroups_when_no_place_is_left(void **state)
{
	struct replaced result = {};
	struct error err;

	(void)state;
	MUST(put(LINES("block 3.3.3.3 cgroup /a/b"), false, &err));
	/* Not while the other slot's map may be in use. */
	MUST(policy_replace(rs, LINES("block 3.3.3.3 cgroup /a"), NULL, true, 1000000000000, &result, &err));
	assert_string_equal(bound(), "1:1 7:2");
	assert_true(is_placed(9));
	MUST(ruleset_end_trial(rs, false, &err));
	assert_string_equal(bound(), "1:1 7:2 9:3");
	MUST(ruleset_flush(rs, &err));
	MUST(put(LINES("block 3.3.3.3 cgroup /a"), false, &err));
	assert_true(is_placed(7) && !is_placed(9));
}

static void a_trial_keeps_the_places_of_both(void **state)
{
	struct error err;
	__u32 first;

	(void)state;
	MUST(put(LINES("block 3.3.3.3 cgroup /a/b"), false, &err));
	first = ruleset_config(rs)->bound[generation() & 1];
	ruleset_set_trial(rs, 1000000000000);
	MUST(put(LINES("block 3.3.3.3 cgroup /c"), false, &err));
	assert_int_equal(ruleset_config(rs)->bound[!(generation() & 1)], first);
	assert_int_not_equal(ruleset_config(rs)->bound[generation() & 1], first);
	ruleset_set_trial(rs, 0);
	MUST(ruleset_end_trial(rs, false, &err));
	assert_int_equal(ruleset_config(rs)->bound[generation() & 1], first);
	assert_string_equal(bound(), "1:1 7:2 9:3");
}

static void expire(uint32_t slot)
{
	struct extra *extra = (struct extra *)tables_line(&rs->t, action_extra(tables_rule(&rs->t, slot)->action));

	extra->expires = clock_boot();
}

/* A rule whose time is up is gone: made again it is a new one, with a new id, also where it is put in its place. */
static void what_is_over_is_a_new_rule_when_it_is_made_again(void **state)
{
	struct error err;
	uint32_t before = generation();

	(void)state;
	MUST(put(LINES("block 3.3.3.3 timeout 1h", "block 4.4.4.4 timeout 1h"), false, &err));
	expire(2);
	expire(3);
	assert_int_equal(policy_decide("3.3.3.3", 0), 0);
	assert_int_equal(ruleset_count(rs), 2);
	MUST(put(LINES("block 3.3.3.3"), false, &err));
	assert_int_equal(changes[0], CHANGE_ADD);
	assert_int_equal(generation(), before);
	assert_int_equal(policy_decide("3.3.3.3", 0), 5);
	assert_int_equal(tables_rule(&rs->t, 2)->id, 0); /* nothing of the old one is left */
	assert_int_equal(rs->t.header->live, 4);
	MUST(put(LINES("block 4.4.4.4 set other"), false, &err));
	assert_int_equal(changes[0], CHANGE_ADD);
	assert_int_equal(generation(), before + 1);
	assert_int_equal(policy_decide("4.4.4.4", 0), 6);
}

static void tallies_are_of_what_is_in_force(void **state)
{
	struct set_tally *tallies;
	struct error err;
	size_t n;

	(void)state;
	MUST(put(LINES("block 3.3.3.3 set a timeout 1h", "allow 4.4.4.4 set a", "audit 5.5.5.5 set b timeout 1h"),
		 false, &err));
	tables_set_counter(&rs->t, 1, &(struct counter){.hits = 5});
	tables_set_counter(&rs->t, 2, &(struct counter){.hits = 70});
	for (uint32_t slot = 0; slot < rs->t.header->rules; slot++) {
		if (tables_rule(&rs->t, slot)->id == 3 || tables_rule(&rs->t, slot)->id == 5)
			expire(slot);
	}
	MUST(ruleset_tally(rs, &tallies, &n, &err));
	assert_int_equal(n, 2);
	assert_string_equal(tallies[0].set, "");
	assert_int_equal(tallies[0].rules[VERDICT_BLOCK], 1);
	assert_string_equal(tallies[1].set, "a");
	assert_int_equal(tallies[1].rules[VERDICT_BLOCK], 1);
	assert_int_equal(tallies[1].rules[VERDICT_ALLOW], 1);
	assert_int_equal(tallies[1].hits, 5);
	ruleset_tally_free(tallies, n);
}

static const char *const *addresses(uint32_t n)
{
	static const char *lines[71];
	static char text[70][16];

	for (uint32_t i = 0; i < n; i++)
		lines[i] = (sprintf(text[i], "9.9.9.%u", i), text[i]);
	lines[n] = NULL;
	return lines;
}

static void no_more_than_there_is_room_for(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(put(addresses(69), false, &err), -1);
	assert_int_equal(err.code, ERR_FULL);
	assert_int_equal(ruleset_count(rs), 2);
	MUST(put(addresses(68), false, &err));
	assert_int_equal(ruleset_count(rs), 70);
	assert_int_equal(put(LINES("8.8.8.8"), false, &err), -1);
	MUST(put(LINES("allow 9.9.9.9"), false, &err)); /* one that is there needs none */
	MUST(ruleset_remove(rs, (struct rule_info[]){{.spec = spec_of("9.9.9.1")}}, 1, &err));
	MUST(put(LINES("8.8.8.8"), false, &err));
	assert_int_equal(put(LINES("8.8.8.7"), false, &err), -1);
	/* One whose time is up leaves its room. */
	MUST(put(LINES("allow 8.8.8.8 timeout 1h"), false, &err));
	expire((uint32_t)ruleset_find_slot(
		rs, &(struct rule_spec){.prefix = spec_of("8.8.8.8").prefix, .port_hi = 65535, .proto = PROTO_ANY}));
	MUST(put(LINES("8.8.8.7"), false, &err));
}

static void many_at_once_are_compiled(void **state)
{
	struct rule_info gone[70] = {};
	uint32_t before = generation();
	struct error err;

	(void)state;
	MUST(put(addresses(64), false, &err));
	assert_int_equal(generation(), before);
	MUST(ruleset_remove(rs, gone, 0, &err));
	for (uint32_t i = 0; i < 64; i++)
		gone[i].spec = spec_of(addresses(64)[i]);
	MUST(ruleset_remove(rs, gone, 64, &err));
	assert_int_equal(generation(), before);
	MUST(put(addresses(65), false, &err));
	assert_int_equal(generation(), before + 1);
	gone[64].spec = spec_of(addresses(65)[64]);
	MUST(ruleset_remove(rs, gone, 65, &err));
	assert_int_equal(generation(), before + 2);
	assert_string_equal(policy_rules(rs), "1 block 1.1.1.1\n2 block 2.2.2.2 set a comment \"x\"\n");
}

static void a_change_that_was_cut_short_is_ended_by_the_next(void **state)
{
	uint32_t before = generation();

	(void)state;
	ruleset_config(rs)->pending = 1;
	ruleset_close(rs);
	rs = policy_open(RULESET_READ);
	assert_true(ruleset_is_pending(rs));
	ruleset_close(rs);
	rs = policy_open(RULESET_WRITE);
	assert_int_equal(generation(), before + 1);
	assert_false(ruleset_is_pending(rs));
}

/* None is in force for a while before the copy is made, and then fails. */
static void where_there_is_no_room_for_all_a_copy_has_all(void **state)
{
	struct config *config = ruleset_config(rs);
	uint32_t last_id = config->last_id, before = generation();
	struct error err;

	(void)state;
	rs->t.max_rules = rs->t.header->rules + 1;
	memset(config->inner[!(before & 1)], 0, sizeof(config->inner[0])); /* so that it needs new maps */
	fake.fail_at = fake.calls + 1;
	assert_int_equal(put(LINES("block 3.3.3.3", "block 4.4.4.4"), false, &err), -1);
	fake.fail_at = 0;
	assert_int_equal(config->last_id, last_id);
	MUST(put(LINES("block 3.3.3.3"), false, &err));
	assert_int_equal(generation(), before);
	MUST(put(LINES("block 4.4.4.4", "block 5.5.5.5"), false, &err));
	assert_int_equal(generation(), before + 1);
}

/* Else every call would look at the tables until the next ruleset. */
static void a_default_that_blocks_no_more_leaves_nothing(void **state)
{
	struct settings settings = *ruleset_settings(rs);
	struct error err = {};

	(void)state;
	settings.default_verdict = VERDICT_BLOCK;
	MUST(ruleset_try(rs, &settings, NULL, 0, 0, false, &err));
	assert_int_equal(ruleset_config(rs)->special.blocks, 3);
	settings.default_verdict = VERDICT_ALLOW;
	ruleset_put_settings(rs, &settings);
	assert_int_equal(ruleset_config(rs)->special.blocks, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_rule_is_put_in_its_place, begin, end),
		cmocka_unit_test_setup_teardown(a_dry_run_tells_and_changes_nothing, begin, end),
		cmocka_unit_test_setup_teardown(all_or_none, begin, end),
		cmocka_unit_test_setup_teardown(a_new_set_or_user_is_compiled, begin, end),
		cmocka_unit_test_setup_teardown(cgroups_get_their_places_before_the_rules_are_in_force, begin, end),
		cmocka_unit_test_setup_teardown(the_programs_know_what_levels_have_places, begin, end),
		cmocka_unit_test_setup_teardown(the_filter_forgets_cgroups_when_no_place_is_left, begin, end),
		cmocka_unit_test_setup_teardown(a_trial_keeps_the_places_of_both, begin, end),
		cmocka_unit_test_setup_teardown(what_is_over_is_a_new_rule_when_it_is_made_again, begin, end),
		cmocka_unit_test_setup_teardown(tallies_are_of_what_is_in_force, begin, end),
		cmocka_unit_test_setup_teardown(no_more_than_there_is_room_for, begin, end),
		cmocka_unit_test_setup_teardown(many_at_once_are_compiled, begin, end),
		cmocka_unit_test_setup_teardown(where_there_is_no_room_for_all_a_copy_has_all, begin, end),
		cmocka_unit_test_setup_teardown(a_change_that_was_cut_short_is_ended_by_the_next, begin, end),
		cmocka_unit_test_setup_teardown(a_default_that_blocks_no_more_leaves_nothing, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
