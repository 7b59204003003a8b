// SPDX-License-Identifier: GPL-2.0-only
/* What stays from one generation to the next: counters, maps that are used again, and the bits of the filters. */
#include "unit.h"
#include "policy.h"
#include "table/filter.h"
#include "table/publish.h"

#define HOUR 3600000000000u

static const char *const old_lines[] = {"block 1.1.1.1", "block 10.0.0.0/8 set x", "block 2001:db8::/32", NULL};
static const char *const new_lines[] = {"block 2001:db8::/32", "block 10.2.0.0/16 comment more", "allow 1.1.1.0/24",
					"block 5.5.5.5 uid 4", NULL};

static void begin(void)
{
	struct ruleset *rs;

	policy_load(100);
	rs = policy_open(RULESET_WRITE);
	policy_restore(rs, old_lines);
	ruleset_close(rs);
}

static void on_trial(struct ruleset *rs)
{
	struct replaced result = {};
	struct error err = {};

	MUST(policy_replace(rs, new_lines, NULL, true, HOUR, &result, &err));
}

static struct counter counter_of(struct ruleset *rs, uint32_t id)
{
	struct rule_info info;

	assert_true(ruleset_find_id(rs, id, &info));
	return (struct counter){info.hits, info.last_hit};
}

static struct tables *counting; /* the generation that programs may still be in */
static uint32_t counting_from;

/* Each waits for the programs once, so none makes maps while programs may use those of its slot: load made them. */
static void a_small_change_waits_once_the_first_one_too(void **state)
{
	struct ruleset *rs;

	(void)state;
	policy_load(100);
	rs = policy_open(RULESET_WRITE);
	for (int i = 0; i < 3; i++) {
		uint32_t before = fake.puts;

		policy_restore(rs, i % 2 ? new_lines : old_lines);
		assert_int_equal(fake.puts - before, 1);
	}
	ruleset_close(rs);
	policy_unload();
}

/* A program that decided by the old generation counts there, while the writer waits for it. */
static void count_late(void)
{
	static const struct counter late = {.hits = 8, .last_hit = (__u64)9 << LAST_HIT_SHIFT};

	if (counting && counting->config->generation != counting_from) {
		tables_set_counter(counting, 2, &late);
		counting = NULL;
	}
}

static void counters_stay_with_their_rules(void **state)
{
	static const struct counter first = {.hits = 5, .last_hit = (__u64)3 << LAST_HIT_SHIFT};
	struct replaced result = {};
	struct error err = {};
	struct tables programs;
	struct ruleset *rs;

	(void)state;
	begin();
	assert_true(policy_view(&programs, policy_generation()));
	rs = policy_open(RULESET_WRITE);
	tables_set_counter(&programs, 0, &(struct counter){.hits = 100, .last_hit = 1});
	tables_set_counter(&programs, 2, &first); /* rule 3 */
	counting = &programs;
	counting_from = rs->t.config->generation;
	fake.looked = count_late;
	MUST(policy_replace(rs, new_lines, NULL, true, 0, &result, &err));
	fake.looked = NULL;
	assert_null(counting);
	assert_int_equal(counter_of(rs, 3).hits, 8);
	assert_int_equal(counter_of(rs, 3).last_hit, (__u64)9 << LAST_HIT_SHIFT);
	assert_int_equal(counter_of(rs, 4).hits, 0);
	assert_int_equal(counter_of(rs, 5).hits, 0);
	assert_int_equal(counter_of(rs, 6).hits, 0);
	ruleset_close(rs);
	tables_close(&programs);
	policy_unload();
}

static void small_generations_use_the_same_maps_again(void **state)
{
	struct ruleset *rs;
	uint32_t n;

	(void)state;
	begin();
	n = fake.n;
	rs = policy_open(RULESET_WRITE);
	for (int i = 0; i < 4; i++) {
		policy_restore(rs, i % 2 ? old_lines : new_lines);
		assert_int_equal(policy_decide("10.2.3.4", 0) != 0, true);
	}
	assert_int_equal(fake.n, n);
	/* Nor counts that are another rule's. */
	tables_set_counter(&rs->t, 3, &(struct counter){.hits = 7});
	policy_restore(rs, LINES("block 2001:db8::/32", "block 4.4.4.4"));
	policy_restore(rs, LINES("block 2001:db8::/32", "block 4.4.4.4", "block 3.3.3.3", "block 2.2.2.2"));
	assert_int_equal(tables_counter(&rs->t, 3).hits, 0);
	assert_int_equal(fake.n, n);
	/* A shorter one leaves nothing of the longer one behind. */
	policy_restore(rs, LINES("block 9.9.9.9"));
	assert_int_equal(policy_decide("5.5.5.5", 4), 0);
	assert_int_equal(tables_rule(&rs->t, 1)->id, 0);
	assert_int_equal(rs->t.header->rules, 1);
	ruleset_close(rs);
	policy_unload();
}

static void maps_that_are_too_small_are_not_used_again(void **state)
{
	static char text[250][32];
	const char *lines[LENGTH(text) + 1] = {};
	struct ruleset *rs;

	(void)state;
	policy_load(1000);
	rs = policy_open(RULESET_WRITE);
	for (uint32_t i = 0; i < LENGTH(text); i++)
		lines[i] = (sprintf(text[i], "block 9.9.9.%u", i), text[i]);
	policy_restore(rs, LINES("block 8.8.8.8")); /* now both slots have maps */
	policy_restore(rs, lines);
	assert_int_equal(ruleset_count(rs), LENGTH(text));
	assert_int_equal(policy_decide("9.9.9.249", 0), 1 + LENGTH(text));
	ruleset_close(rs);
	policy_unload();
}

#define MANY 30000

static void add_many(struct ruleset *rs, uint32_t from, uint64_t trial)
{
	struct replaced result = {};
	struct error err = {};
	struct replacement *r = ruleset_replace_begin(rs, "rules", NULL, &err);

	assert_non_null(r);
	for (uint32_t i = 0; i < MANY; i++) {
		struct rule_spec spec;

		rule_init(&spec, VERDICT_BLOCK);
		spec.prefix = (struct prefix){.ip.w = {0, 0, MAPPED_PREFIX, be32(from + i * 16)}, .len = 128};
		MUST(ruleset_replace_add(r, &spec, i + 1, &err));
	}
	MUST(ruleset_replace_end(r, true, trial, &result, &err));
	ruleset_replace_free(r);
}

static bool holds(uint32_t slot)
{
	return fake_map(policy.outer[0])->inner[slot] && fake_map(policy.outer[1])->inner[slot] &&
	       fake_map(policy.outer[2])->inner[slot];
}

static bool is_empty(uint32_t slot)
{
	return !fake_map(policy.outer[0])->inner[slot] && !fake_map(policy.outer[1])->inner[slot] &&
	       !fake_map(policy.outer[2])->inner[slot];
}

static void a_large_generation_goes_when_nobody_needs_it(void **state)
{
	struct error err = {};
	struct ruleset *rs;
	uint32_t slot;

	(void)state;
	policy_load(100000);
	rs = policy_open(RULESET_WRITE);
	add_many(rs, 0x0a000000, 0);
	slot = rs->t.generation & 1;
	assert_true(holds(slot));
	assert_int_equal(policy_decide("10.0.0.16", 0), 2);
	assert_int_equal(policy_decide("10.0.0.17", 0), 0);
	/* Another filter now: a bit stands for fewer addresses. */
	assert_int_equal(rs->t.config->filter4_shift, filter4_shift(MANY));
	/* On trial both are there. */
	add_many(rs, 0x14000000, HOUR);
	assert_true(holds(slot) && holds(!slot));
	MUST(ruleset_end_trial(rs, false, &err));
	slot = rs->t.generation & 1;
	assert_true(holds(slot) && is_empty(!slot));
	assert_int_equal(policy_decide("10.0.0.16", 0), 2);
	add_many(rs, 0x14000000, 0);
	assert_true(is_empty(slot) && holds(!slot));
	assert_int_equal(policy_decide("10.0.0.16", 0), 0);
	ruleset_close(rs);
	policy_unload();
}

static uint32_t bits_of(struct tables *t, bool v4)
{
	const uint32_t *filter =
		mapped_at(&t->shared, v4 ? offsetof(struct shared, filter4) : offsetof(struct shared, filter6),
			  sizeof(uint32_t) * (v4 ? FILTER_WORDS(FILTER4_BITS) : FILTER_WORDS(FILTER6_BITS)));
	uint32_t n = 0;

	for (size_t i = 0; i < (v4 ? FILTER_WORDS(FILTER4_BITS) : FILTER_WORDS(FILTER6_BITS)); i++)
		n += bits_set(filter[i]);
	return n;
}

static void filters_have_the_bits_of_the_rules_in_force_alone(void **state)
{
	struct error err = {};
	struct ruleset *rs;

	(void)state;
	begin();
	rs = policy_open(RULESET_WRITE);
	policy_restore(rs, LINES("block 1.1.1.1", "block 200.1.1.1", "block 2001:db8::/32", "block 3001:db8::/32"));
	assert_int_equal(bits_of(&rs->t, true), 2);
	assert_int_equal(bits_of(&rs->t, false), 2);
	policy_restore(rs, LINES("block 1.1.1.1"));
	assert_int_equal(bits_of(&rs->t, true), 1);
	assert_int_equal(bits_of(&rs->t, false), 0);
	/* On trial those of both are there. */
	on_trial(rs);
	assert_true(bits_of(&rs->t, true) > 1);
	MUST(ruleset_end_trial(rs, false, &err));
	assert_int_equal(bits_of(&rs->t, true), 1);
	ruleset_close(rs);
	policy_unload();
}

/* A writer that was killed may have left programs in the idle slot: it is filled only behind a wait. */
static void who_comes_after_a_killed_writer_waits_first(void **state)
{
	struct ruleset *rs;
	uint32_t calls;

	(void)state;
	begin();
	rs = policy_open(RULESET_WRITE);
	fake.calls = 0;
	policy_restore(rs, new_lines);
	calls = fake.calls;
	ruleset_close(rs);
	policy_unload();
	begin();
	rs = policy_open(RULESET_WRITE);
	ruleset_config(rs)->pending = 1;
	fake.calls = 0;
	policy_restore(rs, new_lines);
	assert_int_equal(fake.calls, calls + 1);
	assert_int_equal(ruleset_config(rs)->pending, 0);
	ruleset_close(rs);
	policy_unload();
}

static int count_rule(const struct rule_info *rule, void *arg)
{
	assert_true(rule->id);
	++*(uint32_t *)arg;
	return 0;
}

/* What load puts on trial goes back to nothing, which lets everything through. */
static void all_that_is_in_force_can_be_put_on_trial(void **state)
{
	struct error err = {};
	struct settings settings;
	struct ruleset *rs;

	(void)state;
	begin();
	rs = policy_open(RULESET_WRITE);
	settings = *ruleset_settings(rs);
	settings.default_verdict = VERDICT_BLOCK;
	settings.strict = 1;
	ruleset_put_settings(rs, &settings);
	MUST(ruleset_begin_on_trial(rs, HOUR, &err));
	assert_true(ruleset_trial_left(rs) > 0);
	assert_string_equal(policy_rules(rs), "1 block 1.1.1.1\n2 block 10.0.0.0/8 set x\n3 block 2001:db8::/32\n");
	assert_int_equal(ruleset_settings(rs)->default_verdict, VERDICT_BLOCK);
	assert_int_equal(policy_decide("1.1.1.1", 0), 1);
	MUST(ruleset_end_trial(rs, false, &err));
	assert_string_equal(policy_rules(rs), "");
	assert_int_equal(ruleset_settings(rs)->default_verdict, VERDICT_ALLOW);
	assert_int_equal(ruleset_settings(rs)->strict, 0);
	assert_int_equal(policy_decide("1.1.1.1", 0), 0);
	ruleset_close(rs);
	policy_unload();
}

static void rules_go_and_come_in_one_step(void **state)
{
	const struct rule_info removed[] = {{.spec = spec_of("1.1.1.1")}};
	const struct rule_spec put[] = {spec_of("allow 2001:db8::/32"), spec_of("block 7.7.7.7 cgroup /not/there")};
	const struct settings settings = {.mode = MODE_AUDIT};
	const struct amendment change = {
		.removed = removed, .n_removed = 1, .specs = put, .n = 2, .settings = &settings};
	struct error err = {};
	struct ruleset *rs;
	uint32_t before;

	(void)state;
	begin();
	rs = policy_open(RULESET_WRITE);
	before = ruleset_config(rs)->generation;
	MUST(ruleset_amend(rs, &change, true, &err));
	assert_int_equal(ruleset_config(rs)->generation, before);
	MUST(ruleset_amend(rs, &change, false, &err));
	assert_int_equal(ruleset_config(rs)->generation, before + 1);
	assert_string_equal(policy_rules(rs),
			    "2 block 10.0.0.0/8 set x\n3 allow 2001:db8::/32\n4 block 7.7.7.7 cgroup /not/there\n");
	assert_int_equal(ruleset_settings(rs)->mode, MODE_AUDIT);
	/* On trial too. */
	ruleset_set_trial(rs, HOUR);
	MUST(ruleset_amend(rs, &(struct amendment){.settings = &(struct settings){}}, false, &err));
	MUST(ruleset_end_trial(rs, false, &err));
	assert_int_equal(ruleset_settings(rs)->mode, MODE_AUDIT);
	ruleset_close(rs);
	policy_unload();
}

static int ignore_kept(const struct set_kept *kept, void *arg)
{
	(void)kept, (void)arg;
	return 0;
}

static void the_rules_of_the_generation_before_are_read_while_the_maps_have_them(void **state)
{
	struct ruleset *rs;
	uint32_t n = 0;

	(void)state;
	begin();
	rs = policy_open(RULESET_WRITE);
	policy_restore(rs, new_lines);
	assert_int_equal(ruleset_each_before(rs, count_rule, ignore_kept, &n), 0);
	assert_int_equal(n, 3);
	/* Its maps were let go, or a large generation was in them. */
	memset(ruleset_config(rs)->inner[ruleset_config(rs)->fallback & 1], 0, sizeof(ruleset_config(rs)->inner[0]));
	assert_int_equal(ruleset_each_before(rs, count_rule, ignore_kept, &n), -1);
	assert_int_equal(n, 3);
	ruleset_config(rs)->fallback = ruleset_config(rs)->generation;
	assert_int_equal(ruleset_each_before(rs, count_rule, ignore_kept, &n), -1);
	ruleset_config(rs)->fallback = ruleset_config(rs)->generation - 1;
	ruleset_close(rs);
	policy_unload();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_change_waits_once_the_first_one_too),
		cmocka_unit_test(counters_stay_with_their_rules),
		cmocka_unit_test(small_generations_use_the_same_maps_again),
		cmocka_unit_test(maps_that_are_too_small_are_not_used_again),
		cmocka_unit_test(a_large_generation_goes_when_nobody_needs_it),
		cmocka_unit_test(filters_have_the_bits_of_the_rules_in_force_alone),
		cmocka_unit_test(who_comes_after_a_killed_writer_waits_first),
		cmocka_unit_test(all_that_is_in_force_can_be_put_on_trial),
		cmocka_unit_test(rules_go_and_come_in_one_step),
		cmocka_unit_test(the_rules_of_the_generation_before_are_read_while_the_maps_have_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
