/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of a world's rules, one after the other, in place where common/table/edit.c does that. The calls are decided
 * anew after each word that it stores: each as before the change or as after it, since programs decide all the while.
 */
#ifndef LSMCTL_CHANGES_H
#define LSMCTL_CHANGES_H

#include "world.h"

#define WORLD_CHANGES 24 /* of one world, at most: a fuzzer has more of many short ways than of a long one */

/* edit.c, with a look at the tables behind each of its stores. */
static void stored(void);
#define __atomic_store_n(at, value, order) (__atomic_store(at, &(__typeof__(*(at))){value}, order), stored())
#include "table/edit.c"
#undef __atomic_store_n

/* A program that takes its time: it goes from rule to rule of one subject while those change. */
struct slow {
	bool begun, done;
	__u32 ref;
};

static struct watch {
	struct world *w;
	bool change;   /* of a rule that stays */
	bool add;      /* or else it goes */
	uint32_t slot; /* of that rule */
	struct slow slow[WORLD_CALLS];
	int64_t before[WORLD_CALLS], after[WORLD_CALLS];
	int64_t slow_before[WORLD_CALLS], slow_after[WORLD_CALLS];
	bool seen[WORLD_CALLS]; /* once it was decided as after the change, it is so from there on */
} watch;

struct changes {
	uint32_t in_place, declined, stores;
} changes;

static void slow_step(struct slow *slow, uint32_t i)
{
	struct world *w = watch.w;
	const struct call *call = &w->calls[i];
	struct generation g = {.t = &w->t, .now = call->now};
	const struct query q = {.ip = call->ip, .call = call_make(call->port, call->proto, call->raw, 0)};
	const struct naive_rule *about = &w->naive[watch.slot];

	if (!slow->begun) {
		slow->begun = true;
		slow->ref = trie_leaf(
			&g,
			subject_root(&g, w->t.header, about->kind,
				     about->kind == SUBJECT_CGROUP ? w->rules[watch.slot].subject : about->subject,
				     !ip_is_v4(&q.ip)),
			&q.ip);
	} else if (!slow->done) {
		const struct rule *rule = slow->ref ? rule_at(&g, slow->ref & ~REF_LEAF) : NULL;

		slow->done = !rule || rule_matches(&g, rule, &q);
		slow->ref = slow->done ? slow->ref : rule->next;
	}
}

/* Rules that block, of those that stay as they are. */
static uint32_t blocking_beside(const struct world *w, uint32_t slot)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->n; i++)
		n += i != slot && w->rules[i].id && action_verdict(w->rules[i].action) == VERDICT_BLOCK;
	return n;
}

static void stored(void)
{
	struct world *w = watch.w;
	const struct rule *rule;
	bool there, blocks = false;

	changes.stores++;
	if (!w)
		return;
	rule = tables_rule(&w->t, watch.slot);
	there = rule && watch.slot < w->t.header->rules && rule->id;
	if (there && rule->id > w->t.config->last_id)
		BROKEN("the id of a rule that is there would be given again");
	for (uint32_t i = 0; i < w->n_calls; i++) {
		int64_t found = memory_decide(&w->t, &w->calls[i]);

		if (found != watch.before[i] && found != watch.after[i])
			BROKEN("%s: on the way from rule %d to %d it is %d", world_words(&w->calls[i]),
			       (int)watch.before[i], (int)watch.after[i], (int)found);
		if (found != watch.after[i] && watch.seen[i])
			BROKEN("%s: as before the change again", world_words(&w->calls[i]));
		watch.seen[i] = found == watch.after[i];
		blocks = blocks || (rule && found == watch.slot && action_verdict(rule->action) == VERDICT_BLOCK);
		/* Killed here, when no other process compiles again. */
		if (!w->t.config->pending && !watch.change &&
		    found != (there == watch.add ? watch.after[i] : watch.before[i]))
			BROKEN("%s: the tables do not say what the rules say", world_words(&w->calls[i]));
		for (uint32_t steps = world_dice(w, 3); steps; steps--)
			slow_step(&watch.slow[i], i);
	}
	if (w->t.header->blocking < blocking_beside(w, watch.slot) + blocks)
		BROKEN("a rule blocks, and the header does not count it");
}

static void decide_all(struct world *w, int64_t found[WORLD_CALLS], int64_t slow[WORLD_CALLS])
{
	const struct naive_rule *about = &w->naive[watch.slot];

	for (uint32_t i = 0; i < w->n_calls; i++) {
		found[i] = naive_decide(w->naive, w->n, &w->calls[i]);
		slow[i] = naive_best(w->naive, w->n, &w->calls[i], about->kind, about->subject);
	}
}

static void changes_check(struct world *w)
{
	uint32_t live = 0, expiring = 0;

	world_check_rules(w);
	world_check_near(w);
	world_check_calls(w, "after a change");
	for (uint32_t i = 0; i < w->n; i++) {
		int64_t found = find_rule(&w->t, &w->rules[i]), wanted = world_find(w, &w->rules[i]);

		live += w->rules[i].id != 0;
		expiring += w->rules[i].id && w->extras[i].expires;
		if (found != wanted)
			BROKEN("the rule in slot %d is found in slot %d", (int)wanted, (int)found);
	}
	if (w->t.header->rules != w->n || w->t.header->live != live || w->t.config->pending ||
	    w->t.header->blocking != blocking_beside(w, UINT32_MAX) || w->t.header->expiring < expiring ||
	    w->t.header->lines > w->t.max_lines)
		BROKEN("the header is wrong");
}

/* Puts a rule in a slot, or (id 0) removes the slot's rule. */
static void changes_make(struct world *w, uint32_t slot, const struct rule *rule, const struct extra *extra)
{
	struct rule old = w->rules[slot];
	const struct extra *words = world_has_extra(extra) ? extra : NULL;
	enum edit edit;

	watch = (struct watch){.slot = slot, .add = rule->id != 0, .change = slot < w->n && rule->id};
	if (slot == w->n)
		w->rules[w->n++] = (struct rule){.subject = rule->subject};
	world_put(w, slot, &w->rules[slot], &w->extras[slot]);
	w->n_calls = 0;
	world_calls_around(w, rule->id ? rule : &old, 16);
	for (uint32_t i = 0; i < w->n; i++)
		world_calls_around(w, &w->rules[i], 2);
	decide_all(w, watch.before, watch.slow_before);
	world_put(w, slot, rule, extra);
	decide_all(w, watch.after, watch.slow_after);
	watch.w = w;
	stored();
	if (watch.change)
		edit = edit_change(&w->t, slot, rule->action, words);
	else if (rule->id)
		edit = edit_add(&w->t, rule, words);
	else
		edit = edit_remove(&w->t, slot);
	watch.w = NULL;
	if (edit == EDIT_DONE) {
		changes.in_place++;
		for (uint32_t i = 0; i < w->n_calls; i++) {
			struct slow *slow = &watch.slow[i];
			int64_t at;

			watch.w = w;
			for (uint32_t steps = 0; steps <= WALK_STEPS + 2 && !slow->done; steps++)
				slow_step(slow, i);
			watch.w = NULL;
			at = slow->ref ? (int64_t)(slow->ref & ~REF_LEAF) : -1;
			if (!slow->done || (at != watch.slow_before[i] && at != watch.slow_after[i]))
				BROKEN("%s: who is slow finds rule %d, not %d or %d", world_words(&w->calls[i]),
				       (int)at, (int)watch.slow_before[i], (int)watch.slow_after[i]);
		}
	} else {
		struct error err = {};

		changes.declined++;
		for (uint32_t i = 0; i < w->n_calls; i++) {
			if (memory_decide(&w->t, &w->calls[i]) != watch.before[i])
				BROKEN("declined, and yet changed");
		}
		tables_close(&w->t);
		if (world_compile(w, 64, 512, &err))
			BROKEN("cannot compile: %s", err.text);
	}
	changes_check(w);
}

static void changes_put(struct world *w, const struct rule *rule, const struct extra *extra)
{
	int64_t slot = world_find(w, rule);
	struct rule new = *rule;

	if (slot < 0 && w->n == WORLD_RULES)
		return;
	new.id = slot < 0 ? ++w->last_id : w->rules[slot].id;
	changes_make(w, slot < 0 ? w->n : (uint32_t)slot, &new, extra);
}

static void changes_remove(struct world *w, uint32_t slot)
{
	struct rule gone = w->rules[slot];

	if (!gone.id)
		return;
	gone.id = 0;
	changes_make(w, slot, &gone, &w->extras[slot]);
}

/* A world, and what becomes of it, as the bytes say. */
static void changes_run(const uint8_t *bytes, size_t size)
{
	static struct world world;
	struct world *w = &world;
	struct error err = {};

	*w = (struct world){.bytes = bytes, .left = size, .dice = size};
	for (uint32_t i = world_choose(w, WORLD_RULES); i; i--) {
		struct rule rule = world_rule(w);
		struct extra extra = world_extra(w);

		if (world_find(w, &rule) >= 0)
			continue;
		rule.id = ++w->last_id;
		world_put(w, w->n++, &rule, &extra);
	}
	/* Sometimes hardly any room is left. */
	if (world_compile(w, world_choose(w, 8) ? 64 : 2, world_choose(w, 8) ? 512 : 8, &err))
		BROKEN("cannot compile: %s", err.text);
	for (uint32_t i = 0; i < w->n; i++)
		world_calls_around(w, &w->rules[i], 4);
	changes_check(w);
	for (int i = 0; i < WORLD_CHANGES && w->left; i++) {
		uint32_t how = world_choose(w, 4);

		if (how < 2 || !w->n) {
			struct rule rule = world_rule(w);
			struct extra extra = world_extra(w);

			changes_put(w, &rule, &extra);
		} else if (how == 2) {
			changes_remove(w, world_choose(w, w->n));
		} else {
			struct rule rule = w->rules[world_choose(w, w->n)];
			struct extra extra = world_extra(w);

			rule.action = world_action(w, action_len(rule.action), action_proto(rule.action));
			changes_put(w, &rule, &extra);
		}
	}
	tables_close(&w->t);
	if (world_compile(w, 0, 0, &err))
		BROKEN("cannot compile: %s", err.text);
	world_check_calls(w, "compiled anew");
	tables_close(&w->t);
}

#endif
