// SPDX-License-Identifier: GPL-2.0-only
/*
 * Most lists come again with a few lines changed. Then the new generation is a copy of the old one, with a few edits.
 * Finds them by going through the file and the rules in force side by side. A rule keeps its slot, so that rules in
 * force stay in the order of the file: a new one takes the slot of one that goes there, or comes last.
 */
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/time.h"
#include "bind.h"
#include "decode.h"
#include "edit.h"
#include "find.h"
#include "publish.h"
#include "replace_impl.h"

#define EDITS_PART 256 /* one in so many rules: an edit takes that much longer than compiling a rule */
#define AHEAD	   32  /* rules to look at to find where both go on alike */
#define LAST	   UINT32_MAX

enum what {
	ADDED,
	CHANGED,
	REMOVED
};

struct replace_edit {
	enum what what;
	uint32_t slot; /* LAST: behind all others */
	uint32_t rule; /* of the draft */
};

struct walk {
	const struct replacement *r;
	struct replace_edits *edits;
	uint32_t slot, rule;	/* the next ones */
	const struct rule *old; /* in slot */
};

static bool note(struct walk *w, enum what what, uint32_t slot, uint32_t rule)
{
	struct replace_edits *edits = w->edits;
	struct replace_edit *at;

	if (edits->n >= w->r->draft.n / EDITS_PART)
		return false;
	at = array_with_room_for_one(edits->at, edits->n, sizeof(*at));
	if (!at)
		return false;
	edits->at = at;
	at[edits->n++] = (struct replace_edit){what, slot, rule};
	return true;
}

static bool has_expired(const struct walk *w, const struct rule *rule)
{
	uint32_t line = action_extra(rule->action);
	const struct extra *extra = line ? (const struct extra *)tables_line(&w->r->rs->t, line) : NULL;

	return extra && extra->expires && extra->expires <= w->r->draft.now;
}

/* Returns the first slot from this one on with a rule in force that the file is about; LAST: none. */
static uint32_t next_old(const struct walk *w, uint32_t slot)
{
	struct tables *t = &w->r->rs->t;

	for (; slot < t->header->rules; slot++) {
		const struct rule *rule = tables_rule(t, slot);

		if (rule && rule->id && replace_covers(w->r, rule->set) && !has_expired(w, rule))
			return slot;
	}
	return LAST;
}

/* True when both go on alike there, or both end. */
static bool meets(const struct walk *w, uint32_t slot, uint32_t rule)
{
	const struct draft *draft = &w->r->draft;
	const struct rule *old = slot == LAST ? NULL : tables_rule(&w->r->rs->t, slot);

	if (slot == LAST || rule >= draft->n)
		return slot == LAST && rule == draft->n;
	return old && rule_identical(&draft->rules[rule], old);
}

static void go_to(struct walk *w, uint32_t slot)
{
	w->slot = slot;
	w->old = slot == LAST ? NULL : tables_rule(&w->r->rs->t, slot);
}

/* Goes past all that is alike. */
static void go_on(struct walk *w)
{
	const struct draft *draft = &w->r->draft;

	while (w->old && w->rule < draft->n && rule_identical(&draft->rules[w->rule], w->old) &&
	       replace_same_words(w->r, &draft->rules[w->rule], w->old)) {
		w->edits->unchanged++;
		w->rule++;
		w->old = NULL;
		/* Fast path: nearly always the next slot is it. */
		if (++w->slot < w->r->rs->t.header->rules)
			w->old = tables_rule(&w->r->rs->t, w->slot);
		if (!w->old || !w->old->id || !replace_covers(w->r, w->old->set) || has_expired(w, w->old))
			go_to(w, next_old(w, w->slot));
	}
}

/* Notes what goes and what comes where the two differ. False: too much, or the order could not be kept. */
static bool differ(struct walk *w)
{
	uint32_t slots[AHEAD + 1], n = 0;

	/* One of the two has ended. */
	while (w->slot == LAST && w->rule < w->r->draft.n) {
		if (!note(w, ADDED, LAST, w->rule++))
			return false;
	}
	while (w->slot != LAST && w->rule == w->r->draft.n) {
		if (!note(w, REMOVED, w->slot, 0))
			return false;
		go_to(w, next_old(w, w->slot + 1));
	}
	if (w->slot == LAST)
		return true;
	slots[0] = w->slot;
	while (n < AHEAD && slots[n] != LAST) {
		slots[n + 1] = next_old(w, slots[n] + 1);
		n++;
	}
	for (uint32_t both = 1; both <= 2 * AHEAD; both++) {
		for (uint32_t go = both < n ? both : n;; go--) {
			uint32_t come = both - go;

			if (come > AHEAD)
				break;
			if (meets(w, slots[go], w->rule + come)) {
				bool ok = come <= go || slots[go] == LAST;

				for (uint32_t i = 0; i < go && ok; i++)
					ok = note(w, REMOVED, slots[i], 0);
				for (uint32_t i = 0; i < come && ok; i++)
					ok = note(w, ADDED, i < go ? slots[i] : LAST, w->rule + i);
				go_to(w, slots[go]);
				w->rule += come;
				return ok;
			}
			if (!go)
				break;
		}
	}
	return false;
}

/* A rule that has been elsewhere keeps its id, and one that is there twice is a mistake: not found by edits. */
static bool is_new(struct tables *t, const struct rule *rule)
{
	return rule->subject < t->header->subjects && rule->set < t->header->sets && find_rule(t, rule) < 0;
}

bool replace_edits_find(const struct replacement *r, struct replace_edits *edits)
{
	struct tables *t = &r->rs->t;
	struct walk w = {.r = r, .edits = edits, .rule = r->kept};

	/* All at once: chunk by chunk, mapping takes more time than reading. */
	mapped_at(&t->rules, 0, t->header->rules * sizeof(struct rule));
	go_to(&w, next_old(&w, 0));
	for (;;) {
		go_on(&w);
		if (w.slot == LAST && w.rule == r->draft.n)
			break;
		if (!meets(&w, w.slot, w.rule)) {
			if (!differ(&w))
				return false;
			continue;
		}
		if (!note(&w, CHANGED, w.slot, w.rule))
			return false;
		w.rule++;
		go_to(&w, next_old(&w, w.slot + 1));
	}
	for (uint32_t i = 0; i < edits->n; i++) {
		if (edits->at[i].what == ADDED && !is_new(t, &r->draft.rules[edits->at[i].rule]))
			return false;
	}
	return true;
}

void replace_edits_count(const struct replacement *r, const struct replace_edits *edits, struct replaced *result)
{
	struct rule_info before, now;

	result->unchanged = edits->unchanged;
	for (uint32_t i = 0; i < edits->n; i++) {
		const struct replace_edit *edit = &edits->at[i];

		if (edit->what != REMOVED)
			continue;
		result->removed++;
		if (result->each && decode_rule(&r->rs->t, edit->slot, r->draft.now, &before))
			result->each(&before, NULL, result->arg);
	}
	for (uint32_t i = 0; i < edits->n; i++) {
		const struct replace_edit *edit = &edits->at[i];
		bool changes = edit->what == CHANGED;

		if (edit->what == REMOVED)
			continue;
		result->changed += changes;
		result->added += !changes;
		if (!result->each)
			continue;
		draft_describe(&r->draft, edit->rule, &now);
		if (changes && !decode_rule(&r->rs->t, edit->slot, r->draft.now, &before))
			continue;
		if (changes) {
			now.id = before.id;
			now.hits = before.hits;
			now.last_hit = before.last_hit;
		}
		result->each(changes ? &before : NULL, &now, result->arg);
	}
}

struct carry_out {
	const struct replacement *r;
	const struct replace_edits *edits;
};

static enum edit carry_out_one(struct tables *copy, const struct draft *draft, const struct replace_edit *edit)
{
	struct rule rule = draft->rules[edit->rule];
	const struct extra *extra = draft_extra(draft, &rule);

	rule.action &= UINT32_MAX;
	rule.next = 0; /* was its line */
	if (edit->what == CHANGED)
		return edit_change(copy, edit->slot, rule.action, extra);
	/* The file may have it twice. */
	if (copy->config->last_id >= DRAFT_DROP - 1 || find_rule(copy, &rule) >= 0)
		return EDIT_DECLINED;
	rule.id = copy->config->last_id + 1;
	return edit_add_at(copy, edit->slot == LAST ? copy->header->rules : edit->slot, &rule, extra);
}

static int carry_out(struct tables *copy, void *arg)
{
	const struct carry_out *c = arg;
	enum edit ret = EDIT_DONE;

	for (uint32_t i = 0; i < c->edits->n && ret == EDIT_DONE; i++) {
		if (c->edits->at[i].what == REMOVED)
			ret = edit_remove(copy, c->edits->at[i].slot);
	}
	for (uint32_t i = 0; i < c->edits->n && ret == EDIT_DONE; i++) {
		if (c->edits->at[i].what != REMOVED)
			ret = carry_out_one(copy, &c->r->draft, &c->edits->at[i]);
	}
	return ret != EDIT_DONE;
}

int replace_edits_carry_out(const struct replacement *r, const struct replace_edits *edits, struct error *err)
{
	struct carry_out c = {r, edits};
	struct tables *t = &r->rs->t;

	if (edit_is_fragmented(t) || edit_is_worn(t))
		return 1;
	return tables_copy(t, LINES_OF_EDIT * edits->n, edits->n, carry_out, &c, err);
}

void replace_edits_free(struct replace_edits *edits)
{
	free(edits->at);
}
