// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include "bind.h"
#include "names.h"
#include "next.h"
#include "publish.h"
#include "ruleset.h"
#include "settings.h"

/* Makes the new generation the open one. Must not fail: the new generation is in force. */
static void take_over(struct tables *t, struct mapped made[3], __u32 generation)
{
	store_close_generation(t);
	t->arena = made[ARENA];
	t->rules = made[RULES];
	t->counters = made[COUNTERS];
	for (int i = 0; i < 3; i++)
		made[i] = MAPPED_CLOSED;
	t->generation = generation;
	t->max_lines = t->arena.size / sizeof(struct line);
	t->max_rules = t->rules.size / sizeof(struct rule);
	t->header = mapped_at(&t->arena, 0, sizeof(*t->header)); /* cannot fail: mapped already */
}

/* What takes the place of the generation in force. */
struct publication {
	uint32_t lines, rules; /* in use */
	uint32_t more_lines, more_rules;
	const uint32_t *origin; /* see counters_copy() */
	const struct settings *settings;
	uint64_t trial_until;
	/* Fills the arena and the rules. 0, -errno, or DECLINED. */
	int (*fill)(struct publication *p, struct tables *t, struct mapped made[3], bool is_new);
	struct filters *filters;	/* NULL: those in force fit the new generation */
	const struct rule_needs *needs; /* NULL: as those in force */
	/* Of tables_publish() */
	const struct source *source;
	const struct arena *arena;
	/* Of tables_copy() */
	edits_fn *edits;
	void *arg;
};

#define DECLINED 1

/* 0, -errno, or DECLINED: the old generation is in force then. */
static int put_in_force(struct tables *t, struct publication *p)
{
	struct mapped made[3] = {MAPPED_CLOSED, MAPPED_CLOSED, MAPPED_CLOSED};
	struct mapped spare[3] = {MAPPED_CLOSED, MAPPED_CLOSED, MAPPED_CLOSED};
	/* Programs use no generation yet. The next finds maps in its slot then, and need not wait for new ones. */
	const bool first = !t->header;
	__u32 next = t->generation + 1, slot = next & 1, old = !slot;
	uint32_t doublings = doublings_after(t);
	struct counter *counters = counters_copy(t, p->origin, p->rules);
	struct header *header;
	struct puts puts, spare_puts;
	bool is_new = false, spare_is_new = false;
	int ret = counters ? next_make(t, slot, p->lines + p->more_lines, p->rules + p->more_rules, doublings, made,
				       &is_new)
			   : -ENOMEM,
	    waited;

	if (!ret && first)
		ret = next_make(t, old, p->lines, p->rules, doublings, spare, &spare_is_new);
	if (!ret && p->filters)
		ret = filters_widen(t, p->filters);
	/*
	 * The idle slot: normally no program looks there. After a killed writer, or after a trial that has just
	 * expired, a program may still do so until this wait.
	 */
	if (!ret && (t->config->pending || t->config->trial_until) && t->header)
		ret = wait_for_programs(t, &t->arena, old);
	if (ret)
		goto out;
	/* From here on the idle slot no longer has the rules from before, which undo would bring back. */
	t->config->fallback = t->generation;
	if (is_new)
		puts_begin(&puts, t, slot, made); /* waits in the background while the maps are filled */
	if (spare_is_new)
		puts_begin(&spare_puts, t, old, spare);
	ret = next_fill(&made[COUNTERS], NULL, 0, is_new);
	if (!ret)
		ret = p->fill(p, t, made, is_new);
	if (!ret)
		counters_paste(t, made, counters, p->origin, p->rules);
	header = mapped_at(&made[ARENA], 0, sizeof(*header));
	if (!ret && !header)
		ret = -ENOMEM;
	if (!ret)
		header->doublings = doublings;
	if (is_new) {
		int put = puts_end(&puts);

		ret = ret ? ret : put;
		if (!ret)
			ret = next_note_ids(t->config->inner[slot], made);
		if (ret) { /* leaves no maps behind */
			puts_begin(&puts, t, slot, NULL);
			puts_end(&puts);
		}
	}
	if (spare_is_new) {
		int put = puts_end(&spare_puts);

		ret = ret ? ret : put;
		if (!ret)
			ret = next_note_ids(t->config->inner[old], spare);
	}
	/* From here on the programs add new cgroups to both slots. */
	if (!ret)
		ret = bind_places(t, &made[ARENA], slot);
	if (ret)
		goto out;
	settings_put(t->config, slot, p->settings);
	/*
	 * A writer killed after this line leaves the old generation to clean up. A trial keeps the old generation, and
	 * waits when it ends.
	 */
	if (!p->trial_until)
		__atomic_store_n(&t->config->pending, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&t->config->trial_until, p->trial_until, __ATOMIC_RELEASE);
	__atomic_store_n(&t->config->generation, next, __ATOMIC_RELEASE); /* from here on the new one is in force */
	if (p->filters) {
		__atomic_store_n(&t->config->filter4_shift, p->filters->shift4, __ATOMIC_RELEASE);
		__atomic_store_n(&t->config->filter6_mask, p->filters->mask6, __ATOMIC_RELEASE);
	}
	/* Nothing frees the old generation before all programs have left it. */
	waited = first ? 0 : wait_for_programs(t, &made[ARENA], slot);
	if (!p->trial_until && !waited) {
		if (t->header && !store_is_small(&t->arena, &t->rules, &t->counters)) {
			puts_begin(&puts, t, old, NULL);
			puts_end(&puts); /* cannot fail: the slots exist */
		}
		if (p->filters)
			filters_narrow(t, p->filters);
		bind_forget(t, old);
		if (p->needs && t->keeper)
			t->keeper->keep(t->keeper->arg, p->needs);
		/* The programs look whether either generation blocks by default. */
		settings_put(t->config, old, p->settings);
	}
	if (!waited)
		__atomic_store_n(&t->config->pending, 0, __ATOMIC_RELEASE);
	counters_add_late(t, made, counters, p->origin, p->rules);
	take_over(t, made, next);
out:
	for (int i = 0; i < 3; i++) {
		mapped_close(&made[i]);
		mapped_close(&spare[i]);
	}
	free(counters);
	return ret;
}

static int failed(int ret, struct error *err)
{
	if (ret == -EXDEV)
		return error_set(
			err, ERR_SYSTEM,
			"rules are for cgroups, and this process cannot see the root of all cgroups: run this command outside of containers");
	return ret ? error_errno(err, -ret, "cannot put the rules in force") : 0;
}

static int fill_compiled(struct publication *p, struct tables *t, struct mapped made[3], bool is_new)
{
	int ret = next_fill(&made[ARENA], p->arena->lines, p->arena->n * sizeof(struct line), is_new);

	(void)t;
	return ret ? ret : next_fill(&made[RULES], p->source->rules, p->rules * sizeof(struct rule), is_new);
}

int tables_publish(struct tables *t, const struct source *source, const struct arena *arena, struct filters *filters,
		   const uint32_t *origin, const struct settings *settings, uint64_t trial_until, struct error *err)
{
	struct rule_needs needs = {
		.subjects = source->subjects, .n_subjects = source->n_subjects, .settings = settings};
	struct publication p = {.lines = arena->n,
				.rules = source->n_rules,
				.origin = origin,
				.settings = settings,
				.trial_until = trial_until,
				.fill = fill_compiled,
				.filters = filters,
				.needs = &needs,
				.source = source,
				.arena = arena};
	uint64_t *names = NULL;
	bool said = false; /* the error is set */
	int ret = names_of(source->rules, source->n_rules, &names, &needs.n_names, &needs.resolvers);

	needs.names = names;
	if (!ret && t->keeper && t->keeper->want(t->keeper->arg, &needs, err))
		said = true;
	else if (!ret)
		ret = put_in_force(t, &p);
	free(names);
	return said ? -1 : failed(ret, err);
}

static int fill_copied(struct publication *p, struct tables *t, struct mapped made[3], bool is_new)
{
	/* The rules first: who looked for edits has mapped them. */
	int ret = next_copy(&made[RULES], &t->rules, p->rules * sizeof(struct rule), is_new);
	struct tables copy;

	if (!ret)
		ret = next_copy(&made[ARENA], &t->arena, p->lines * sizeof(struct line), is_new);
	t->header = mapped_at(&t->arena, 0, sizeof(*t->header)); /* where it was: copying has unmapped it */
	copy = *t;
	copy.arena = made[ARENA];
	copy.rules = made[RULES];
	copy.counters = made[COUNTERS];
	copy.header = mapped_at(&copy.arena, 0, sizeof(*copy.header));
	copy.max_lines = copy.arena.size / sizeof(struct line);
	copy.max_rules = copy.rules.size / sizeof(struct rule);
	if (!ret && (!t->header || !copy.header))
		ret = -ENOMEM;
	return !ret && p->edits(&copy, p->arg) ? DECLINED : ret;
}

int tables_copy(struct tables *t, uint32_t more_lines, uint32_t more_rules, edits_fn *edits, void *arg,
		struct error *err)
{
	struct publication p = {.lines = t->header->lines,
				.rules = t->header->rules,
				.more_lines = more_lines,
				.more_rules = more_rules,
				.settings = tables_settings(t),
				.fill = fill_copied,
				.edits = edits,
				.arg = arg};
	int ret = put_in_force(t, &p);

	return ret == DECLINED ? ret : failed(ret, err);
}

int tables_end_trial(struct tables *t, bool keep, struct error *err)
{
	__u32 generation = keep ? t->config->generation : t->config->fallback;
	int ret = 0;

	/* Do first what can fail: on failure, nothing has changed. */
	if (t->generation != generation) {
		store_close_generation(t);
		t->generation = generation;
		ret = store_open_generation(t);
	}
	if (ret)
		return error_errno(err, -ret, "cannot open the rules");
	__atomic_store_n(&t->config->pending, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&t->config->generation, generation, __ATOMIC_RELEASE);
	__atomic_store_n(&t->config->trial_until, 0, __ATOMIC_RELEASE);
	/* Wait, so that the next generation may use the other slot. */
	if (!wait_for_programs(t, &t->arena, generation & 1)) {
		settings_put(t->config, !(generation & 1), &t->config->settings[generation & 1]);
		__atomic_store_n(&t->config->pending, 0, __ATOMIC_RELEASE);
	}
	return 0;
}
