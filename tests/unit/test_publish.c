// SPDX-License-Identifier: GPL-2.0-only
/*
 * A generation takes the place of another: whole, at once, and where anything fails, not at all. What programs would
 * decide is looked at behind each call and each store on the way.
 */
#include "unit.h"
#include "policy.h"

/* draft.c, publish.c and filter.c, with a look behind each of their stores. */
static void stored(void);
#define __atomic_store_n(at, value, order) (__atomic_store(at, &(__typeof__(*(at))){value}, order), stored())
#include "table/draft.c"
#include "table/filter.c"
#include "table/publish.c"
#undef __atomic_store_n

#define HOUR 3600000000000u

/* Decisions about a few addresses, and about all others. */
struct decisions {
	uint32_t rules[4];
	uint32_t verdict;
};

static const char *const addresses[] = {"1.1.1.1", "10.2.3.4", "10.200.9.9", "2001:db8::1"};

/* What programs may decide on the way: all as before, and from some instant on all as after. */
static struct {
	bool on, trial;
	bool begins;		/* the trial; else it ends */
	uint32_t every, stores; /* of so many stores one is looked at; 0: of each */
	struct decisions before, after;
	__u32 generation, puts; /* the one before, and what was put when it was that for the last time */
	bool is_new;		/* seen once */
	bool waited;		/* no program decides by the old one any more */
	char wrong[256];
} seen;

static struct decisions decide_in(__u32 generation)
{
	struct decisions d;
	struct tables view;

	for (size_t i = 0; i < LENGTH(addresses); i++)
		d.rules[i] = policy_decide_in(generation, addresses[i], 0);
	policy_view(&view, generation);
	d.verdict = view.config->special.blocks ? view.config->settings[generation & 1].default_verdict : VERDICT_ALLOW;
	tables_close(&view);
	return d;
}

static bool are(const struct decisions *a, const struct decisions *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void wrong(const char *what, const struct decisions *d)
{
	if (!seen.wrong[0])
		snprintf(seen.wrong, sizeof(seen.wrong), "call %u: %s: rules %u, %u, %u, %u and %u", fake.calls, what,
			 d->rules[0], d->rules[1], d->rules[2], d->rules[3], d->verdict);
}

/* Called from threads of their own too, which cannot fail a test. */
static void look(void)
{
	struct decisions now = decide_in(policy_generation()), slow;
	struct tables view;
	bool switched;

	policy_view(&view, 0);
	switched = view.config->generation != seen.generation;
	if (!switched)
		seen.puts = fake.puts;
	seen.waited = seen.waited || (switched && fake.puts > seen.puts);
	if (are(&now, &seen.after))
		seen.is_new = true;
	else if (seen.is_new || !are(&now, &seen.before))
		wrong("decided", &now);
	/* A program that looked for the generation before the switch, and takes its time. */
	if (switched && !seen.waited) {
		slow = decide_in(seen.generation);
		if (!are(&slow, &seen.before))
			wrong("decided late", &slow);
		/* Whoever is killed here leaves the old one behind, and others have to know. */
		if (!seen.trial && !view.config->pending)
			wrong("not pending", &now);
		/* And whoever is killed as a trial begins has not made it last for good. */
		if (seen.trial && seen.begins && !view.config->trial_until)
			wrong("no time is set", &now);
	}
	for (size_t i = 0; i < LENGTH(now.rules); i++) {
		if (now.rules[i] > view.config->last_id)
			wrong("an id would be given twice", &now);
	}
	tables_close(&view);
}

static void stored(void)
{
	if (!seen.on || (seen.every && ++seen.stores % seen.every))
		return;
	pthread_mutex_lock(&fake.lock);
	look();
	pthread_mutex_unlock(&fake.lock);
}

static void look_begin(struct decisions after, bool trial)
{
	memset(&seen, 0, sizeof(seen));
	seen.trial = trial;
	seen.after = after;
	seen.generation = policy_generation();
	seen.before = decide_in(seen.generation);
	seen.on = true;
	fake.calls = 0;
	fake.looked = look;
}

static void look_end(void)
{
	seen.on = false;
	fake.looked = NULL;
	fake.fail_at = 0;
	assert_string_equal(seen.wrong, "");
}

static const struct decisions old_decisions = {{1, 2, 2, 3}, VERDICT_ALLOW},
			      new_decisions = {{5, 4, 0, 3}, VERDICT_BLOCK};

static const char *const old_lines[] = {"block 1.1.1.1", "block 10.0.0.0/8 set x", "block 2001:db8::/32", NULL};
static const char *const new_lines[] = {"block 2001:db8::/32", "block 10.2.0.0/16 comment more", "allow 1.1.1.0/24",
					"block 5.5.5.5 uid 4", NULL};
#define OLD_RULES "1 block 1.1.1.1\n2 block 10.0.0.0/8 set x\n3 block 2001:db8::/32\n"
#define NEW_RULES                                                                                                      \
	"3 block 2001:db8::/32\n4 block 10.2.0.0/16 comment \"more\"\n5 allow 1.1.1.0/24\n6 block 5.5.5.5 uid 4\n"

static void begin(bool keeps_maps)
{
	struct ruleset *rs;

	policy_load(100);
	rs = policy_open(RULESET_WRITE);
	policy_restore(rs, old_lines);
	/* The maps of the generation before are there, but nobody knows which they are. */
	if (!keeps_maps)
		memset(ruleset_config(rs)->inner[!(ruleset_config(rs)->generation & 1)], 0, 3 * sizeof(__u32));
	ruleset_close(rs);
	policy.verdict = VERDICT_BLOCK;
}

/* Lets call number `at` fail. False: there are not so many. */
static bool fails_at(uint32_t at, bool keeps_maps, uint64_t trial, int error)
{
	struct replaced result = {};
	struct error err = {};
	struct config before;
	struct ruleset *rs;
	int ret;

	begin(keeps_maps);
	rs = policy_open(RULESET_WRITE);
	before = *ruleset_config(rs);
	look_begin(new_decisions, trial);
	seen.begins = true;
	fake.fail_at = at;
	fake.error = error;
	ret = policy_replace(rs, new_lines, NULL, true, trial, &result, &err);
	at = fake.calls < at ? 0 : at;
	look_end();
	/* What failed may be known already, and then it is put right; else nothing has changed, for this opener and
	 * others. */
	assert_string_equal(policy_rules(rs), ret ? OLD_RULES : NEW_RULES);
	if (ret) {
		assert_in(err.text, "cannot put the rules in force");
		assert_int_equal(ruleset_config(rs)->generation, before.generation);
		assert_int_equal(ruleset_config(rs)->trial_until, 0);
		assert_int_equal(ruleset_config(rs)->pending, 0);
		assert_int_equal(ruleset_config(rs)->filter4_shift, before.filter4_shift);
		assert_int_equal(ruleset_config(rs)->filter6_mask, before.filter6_mask);
	}
	assert_int_equal(ruleset_config(rs)->pending, 0);
	assert_int_equal(seen.is_new, !ret);
	if (!ret && !trial)
		assert_memory_equal(&ruleset_config(rs)->settings[0], &ruleset_config(rs)->settings[1],
				    sizeof(struct settings));
	ruleset_close(rs);
	rs = policy_open(RULESET_CONFIRM);
	assert_string_equal(policy_rules(rs), ret ? OLD_RULES : NEW_RULES);
	/* And it works when it is tried again. */
	if (ret) {
		struct error none = {};

		MUST(policy_replace(rs, new_lines, NULL, true, trial, &result, &none));
		assert_int_equal(result.added, 3); /* ids may be skipped */
		assert_int_equal(result.unchanged, 1);
		assert_in(policy_rules(rs), "3 block 2001:db8::/32\n");
	}
	ruleset_close(rs);
	policy_unload();
	return at;
}

static void a_failure_anywhere_leaves_the_old_rules(void **state)
{
	(void)state;
	for (int keeps = 0; keeps < 2; keeps++) {
		uint32_t at = 1;

		while (fails_at(at, keeps, 0, at % 2 ? ENOMEM : EPERM))
			at++;
		assert_true(at > 5); /* so many calls there are at least */
		for (at = 1; fails_at(at, keeps, HOUR, ENOMEM);)
			at++;
	}
}

static void on_trial(struct ruleset *rs)
{
	struct replaced result = {};
	struct error err = {};

	MUST(policy_replace(rs, new_lines, NULL, true, HOUR, &result, &err));
	assert_true(ruleset_trial_left(rs) > HOUR / 2 && ruleset_trial_left(rs) <= HOUR);
}

/* Another width of the filters: all bits are set while programs may look by the old one or the new one. */
static void no_rule_is_missed_while_the_filters_change(void **state)
{
	const char *lines[60] = {};
	char text[40][32];
	struct replaced result = {};
	struct error err = {};
	struct ruleset *rs;
	size_t n = 0;

	(void)state;
	begin(true);
	rs = policy_open(RULESET_WRITE);
	for (; new_lines[n]; n++)
		lines[n] = new_lines[n];
	for (uint32_t i = 0; i < LENGTH(text); i++)
		lines[n++] = (sprintf(text[i], "block %u.7.7.7", 100 + i), text[i]);
	look_begin(new_decisions, false);
	seen.every = 7;
	MUST(policy_replace(rs, lines, NULL, true, 0, &result, &err));
	look_end();
	assert_true(seen.is_new && seen.stores > 2 * seen.every);
	look_begin((struct decisions){{5, 4, 0, 3}, VERDICT_BLOCK}, false);
	seen.every = 7;
	MUST(policy_replace(rs, new_lines, NULL, true, 0, &result, &err));
	look_end();
	ruleset_close(rs);
	policy_unload();
}

/* Of a generation with an even number, and of one with an odd one. */
static void expires(bool odd)
{
	struct settings settings;
	struct error err = {};
	struct ruleset *rs;

	begin(true);
	rs = policy_open(RULESET_WRITE);
	if (odd)
		MUST(ruleset_recompile(rs, &err));
	on_trial(rs);
	assert_int_equal(policy_decide("1.1.1.1", 0), 5);
	assert_null(ruleset_open(&policy.pins, RULESET_WRITE, &err));
	assert_int_equal(err.code, ERR_ON_TRIAL);
	ruleset_config(rs)->settings[ruleset_config(rs)->generation & 1].mode = MODE_AUDIT;
	ruleset_close(rs);
	rs = policy_open(RULESET_READ);
	assert_string_equal(policy_rules(rs), NEW_RULES);
	settings = *ruleset_settings(rs);
	assert_int_equal(settings.mode, MODE_AUDIT);
	ruleset_close(rs);
	/* At that very instant. */
	rs = policy_open(RULESET_CONFIRM);
	ruleset_config(rs)->trial_until = clock_boot();
	assert_int_equal(ruleset_trial_left(rs), 0);
	assert_int_equal(ruleset_other_settings(rs)->mode, MODE_ENFORCE); /* what has returned */
	ruleset_close(rs);
	assert_int_equal(policy_decide("1.1.1.1", 0), 1);
	rs = policy_open(RULESET_READ);
	assert_string_equal(policy_rules(rs), OLD_RULES);
	assert_int_equal(ruleset_settings(rs)->mode, MODE_ENFORCE);
	ruleset_close(rs);
	/* The next writer ends it for good, and on the way to that it is never in force again. */
	look_begin(old_decisions, true);
	rs = policy_open(RULESET_WRITE);
	look_end();
	assert_string_equal(policy_rules(rs), OLD_RULES);
	assert_int_equal(ruleset_config(rs)->trial_until, 0);
	assert_null(ruleset_other_settings(rs));
	assert_int_equal(ruleset_config(rs)->settings[0].mode, MODE_ENFORCE);
	assert_int_equal(ruleset_config(rs)->settings[1].mode, MODE_ENFORCE);
	ruleset_close(rs);
	policy_unload();
}

static void a_trial_that_nobody_confirms_expires(void **state)
{
	(void)state;
	expires(false);
	expires(true);
}

/* A writer that was killed as it began a trial left its time behind, and only one ruleset. */
static void half_a_trial_is_none(void **state)
{
	struct config config = {.generation = 4, .fallback = 3, .trial_until = 100};
	struct ruleset *rs;

	(void)state;
	assert_int_equal(generation_at(&config, 99), 4);
	assert_int_equal(generation_at(&config, 100), 3); /* at that very instant */
	config.trial_until = 0;
	assert_int_equal(generation_at(&config, UINT64_MAX), 4);
	begin(true);
	rs = policy_open(RULESET_WRITE);
	ruleset_config(rs)->trial_until = clock_boot() + HOUR;
	ruleset_config(rs)->fallback = ruleset_config(rs)->generation;
	assert_int_equal(ruleset_trial_left(rs), 0);
	ruleset_close(rs);
	rs = policy_open(RULESET_WRITE);
	assert_string_equal(policy_rules(rs), OLD_RULES);
	ruleset_close(rs);
	policy_unload();
}

/* Ends a trial while call number `at` fails. False: there are not so many. */
static bool end_fails_at(uint32_t at, bool keep)
{
	struct error err = {};
	struct ruleset *rs;
	int ret;

	begin(true);
	rs = policy_open(RULESET_WRITE);
	on_trial(rs);
	look_begin(keep ? new_decisions : old_decisions, true);
	fake.fail_at = at;
	ret = ruleset_end_trial(rs, keep, &err);
	at = fake.calls < at ? 0 : at;
	look_end();
	if (ret) {
		/* Still on trial: it can be ended again, by who opens it again. */
		assert_int_equal(policy_decide("1.1.1.1", 0), 5);
		ruleset_close(rs);
		rs = policy_open(RULESET_CONFIRM);
		assert_true(ruleset_trial_left(rs));
		MUST(ruleset_end_trial(rs, keep, &err));
	}
	assert_int_equal(ruleset_config(rs)->trial_until, 0);
	ruleset_close(rs);
	rs = policy_open(RULESET_WRITE);
	assert_string_equal(policy_rules(rs), keep ? NEW_RULES : OLD_RULES);
	assert_int_equal(ruleset_config(rs)->pending, 0);
	ruleset_close(rs);
	policy_unload();
	return at;
}

static void a_trial_is_kept_or_given_up_whatever_fails(void **state)
{
	(void)state;
	for (int keep = 0; keep < 2; keep++) {
		for (uint32_t at = 1; end_fails_at(at, keep);)
			at++;
	}
}

static void a_sender_may_be_answered_for_three_minutes(void **state)
{
	const uint64_t at = 1000, minute = 60000000000ull;

	(void)state;
	assert_true(sender_is_recent(at, at));
	assert_true(sender_is_recent(at, at + 3 * minute - 1));
	assert_false(sender_is_recent(at, at + 3 * minute)); /* at that very instant */
	assert_false(sender_is_recent(at, at + 1000000 * minute));
	/* The clock of another processor may be behind. */
	assert_true(sender_is_recent(at, at - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sender_may_be_answered_for_three_minutes),
		cmocka_unit_test(a_failure_anywhere_leaves_the_old_rules),
		cmocka_unit_test(no_rule_is_missed_while_the_filters_change),
		cmocka_unit_test(a_trial_that_nobody_confirms_expires),
		cmocka_unit_test(half_a_trial_is_none),
		cmocka_unit_test(a_trial_is_kept_or_given_up_whatever_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
