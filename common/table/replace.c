// SPDX-License-Identifier: GPL-2.0-only
/* Replaces one ruleset by another: see ruleset.h. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/hugemem.h"
#include "base/time.h"
#include "bind.h"
#include "decode.h"
#include "draft.h"
#include "duplicates.h"
#include "find.h"
#include "replace_impl.h"

struct replacement *ruleset_replace_begin(struct ruleset *rs, const char *name, const char *set, struct error *err)
{
	struct replacement *r = calloc(1, sizeof(*r));

	if (!r) {
		error_errno(err, ENOMEM, "cannot build the ruleset");
		return NULL;
	}
	r->rs = rs;
	r->set = -1;
	r->set_name = set;
	if (ruleset_replace_file(r, name, err) || draft_begin(&r->draft, &rs->t, err))
		goto fail;
	if (set) {
		r->set = intern_find_set(&r->draft.named, set);
		if (r->set < 0)
			r->set = INT_MAX; /* no rule is in this set yet: all rules in force stay */
		if (draft_add_current(&r->draft, &rs->t, -1, r->set, err))
			goto fail;
	}
	if (replace_begin_excepts(r, set, err))
		goto fail;
	r->kept = r->draft.n;
	return r;
fail:
	ruleset_replace_free(r);
	return NULL;
}

bool replace_covers(const struct replacement *r, int set)
{
	if (r->set >= 0)
		return set == r->set;
	for (size_t i = 0; i < r->n_kept_sets; i++) {
		if (r->kept_sets[i] == set)
			return false;
	}
	return true;
}

int ruleset_replace_keep(struct replacement *r, const char *name, struct error *err)
{
	int set = intern_find_set(&r->draft.named, name);
	struct set_kept kept;
	int *sets;

	if (set < 0 || !replace_covers(r, set))
		return 0;
	if (decode_kept(&r->rs->t, (uint32_t)set, &kept) && intern_kept(&r->draft.named, (uint32_t)set, &kept))
		return error_errno(err, ENOMEM, "cannot build the ruleset");
	sets = reallocarray(r->kept_sets, r->n_kept_sets + 1, sizeof(*sets));
	if (!sets)
		return error_errno(err, ENOMEM, "cannot build the ruleset");
	r->kept_sets = sets;
	sets[r->n_kept_sets++] = set;
	if (draft_add_current(&r->draft, &r->rs->t, set, -1, err))
		return -1;
	r->kept = r->draft.n;
	return 0;
}

int ruleset_replace_file(struct replacement *r, const char *name, struct error *err)
{
	struct duplicates_file *files = reallocarray(r->files, r->n_files + 1, sizeof(*files));

	if (!files)
		return error_errno(err, ENOMEM, "cannot build the ruleset");
	r->files = files;
	files[r->n_files++] = (struct duplicates_file){name, r->draft.n - r->kept};
	return 0;
}

struct settings *ruleset_replace_settings(struct replacement *r)
{
	return &r->draft.settings;
}

void ruleset_replace_free(struct replacement *r)
{
	draft_free(&r->draft);
	free(r->files);
	free(r->kept_sets);
	free(r);
}

int ruleset_replace_add(struct replacement *r, const struct rule_spec *spec, size_t line, struct error *err)
{
	if (draft_add(&r->draft, spec, err))
		return -1;
	r->draft.rules[r->draft.n - 1].next = (uint32_t)line; /* until compilation stores what it is for */
	return 0;
}

int ruleset_replace_each(struct replacement *r, int (*each)(const struct rule_info *rule, void *arg), void *arg)
{
	struct tables *t = &r->rs->t;
	struct rule_info info;
	int ret = 0;

	for (uint32_t slot = 0; t->header && slot < t->header->rules && !ret; slot++) {
		const struct rule *rule = tables_rule(t, slot);

		if (rule && (r->set < 0 || rule->set == r->set) && decode_rule(&r->rs->t, slot, r->draft.now, &info))
			ret = each(&info, arg);
	}
	return ret;
}

bool replace_same_words(const struct replacement *r, const struct rule *rule, const struct rule *old)
{
	struct extra room;

	/* Fast path: few rules have an extra. */
	if (!(action_extra(rule->action) | action_extra(old->action)))
		return rule->action == old->action;
	return (uint32_t)rule->action == (uint32_t)old->action &&
	       extra_equal(draft_extra(&r->draft, rule), decode_extra(&r->rs->t, old, &room));
}

/* What is in force, and what takes its place. */
struct join {
	struct replacement *r;
	const struct rule *old; /* by slot */
	uint32_t n_old;
	uint64_t now;
	struct replaced *result;
	uint8_t *matched; /* one for each old slot */
	bool moved;
};

/* True for a rule in force that is to be replaced. */
static bool is_replaced(const struct join *j, uint32_t slot)
{
	const struct rule *rule = &j->old[slot];
	struct rule_info info;

	return rule->id && replace_covers(j->r, rule->set) &&
	       (!action_extra(rule->action) || decode_rule(&j->r->rs->t, slot, j->now, &info)); /* or it has expired */
}

/*
 * Returns the slot of the same rule in force, or n_old. Looks at *next first: most lists come again with a few changes,
 * in the same order.
 */
static uint32_t find_old(const struct join *j, const struct rule *rule, uint32_t *next)
{
	struct tables *t = &j->r->rs->t;
	int64_t slot;

	while (*next < j->n_old && !is_replaced(j, *next))
		++*next;
	if (*next < j->n_old && rule_identical(rule, &j->old[*next]))
		return (*next)++;
	slot = rule->subject < t->header->subjects ? find_rule(t, rule) : -1;
	if (slot < 0 || slot >= j->n_old || !is_replaced(j, (uint32_t)slot))
		return j->n_old;
	*next = (uint32_t)slot + 1;
	return (uint32_t)slot;
}

/* Gives each rule that is in force already its id and counter. */
static int join(struct join *j)
{
	struct tables *t = &j->r->rs->t;
	struct draft *draft = &j->r->draft;
	uint32_t next = 0;

	j->n_old = t->header ? t->header->rules : 0;
	j->old = j->n_old ? mapped_at(&t->rules, 0, (size_t)j->n_old * sizeof(*j->old)) : NULL;
	j->matched = calloc((size_t)j->n_old + 1, 1);
	if (!j->matched || (j->n_old && !j->old) || draft_origins(draft))
		return -ENOMEM;
	for (uint32_t slot = j->r->kept; slot < draft->n && j->n_old; slot++) {
		uint32_t old_slot;

		if (draft->rules[slot].id == DRAFT_DROP)
			continue;
		old_slot = find_old(j, &draft->rules[slot], &next);
		if (old_slot == j->n_old)
			continue;
		draft->rules[slot].id = j->old[old_slot].id;
		draft->origin[slot] = old_slot + 1;
		j->matched[old_slot] = 1;
	}
	return 0;
}

/* True for a rule of the draft that is in force already, with all its words. */
static bool is_unchanged(const struct join *j, uint32_t slot)
{
	const struct draft *draft = &j->r->draft;
	uint32_t old = draft->origin[slot];

	return old && replace_same_words(j->r, &draft->rules[slot], &j->old[old - 1]);
}

/* Counts the changes. Also notes whether rules that stay change their order. */
static void count(struct join *j, uint32_t dropped)
{
	const struct draft *draft = &j->r->draft;
	struct replaced *result = j->result;
	uint32_t last = 0;

	for (uint32_t slot = 0; slot < j->n_old; slot++)
		result->removed += !j->matched[slot] && is_replaced(j, slot);
	if (!j->old) {
		result->added = draft->n - j->r->kept - dropped;
		return;
	}
	for (uint32_t slot = j->r->kept; slot < draft->n; slot++) {
		if (draft->rules[slot].id == DRAFT_DROP)
			continue;
		if (!draft->origin[slot]) {
			result->added++;
			continue;
		}
		j->moved |= draft->origin[slot] < last;
		last = draft->origin[slot];
		if (is_unchanged(j, slot))
			result->unchanged++;
		else
			result->changed++;
	}
}

/* Describes a rule of the draft as the user asked for it. */
static void tell_rule(const struct join *j, uint32_t slot)
{
	const struct draft *draft = &j->r->draft;
	struct replaced *result = j->result;
	struct rule_info before, now;

	draft_describe(draft, slot, &now);
	if (!draft->origin[slot]) {
		result->each(NULL, &now, result->arg);
	} else if (decode_rule(&j->r->rs->t, draft->origin[slot] - 1, j->now, &before)) {
		now.hits = before.hits; /* a rule that stays keeps its hits */
		now.last_hit = before.last_hit;
		result->each(&before, &now, result->arg);
	}
}

/* Tells of each change, after count(). */
static void tell(const struct join *j)
{
	const struct draft *draft = &j->r->draft;
	struct replaced *result = j->result;
	struct rule_info before;

	result->many = result->most && (uint64_t)result->added + result->changed + result->removed > result->most;
	if (!result->each || result->many)
		return;
	for (uint32_t slot = 0; slot < j->n_old; slot++) {
		if (!j->matched[slot] && is_replaced(j, slot) && decode_rule(&j->r->rs->t, slot, j->now, &before))
			result->each(&before, NULL, result->arg);
	}
	for (uint32_t slot = j->r->kept; slot < draft->n; slot++) {
		if (draft->rules[slot].id != DRAFT_DROP && !is_unchanged(j, slot))
			tell_rule(j, slot);
	}
}

/* Fast path, without sorting: 0, 1 when the file differs too much, or -1 with the error set. */
static int replace_by_edits(const struct replacement *r, bool publish, struct replaced *result, struct error *err)
{
	struct tables *t = &r->rs->t;
	struct replace_edits edits = {};
	int ret = 1;

	if (!t->header || bind_lost(t->config, t->generation) || r->draft.n > t->config->max_rules ||
	    memcmp(&result->before, &result->now, sizeof(result->now)) || replace_kept_differ(r))
		return 1;
	if (!replace_edits_find(r, &edits) || (!publish && edits.n))
		goto out;
	replace_edits_count(r, &edits, result);
	if (edits.n && result->may && result->may(result, result->arg, err))
		ret = -1;
	else
		ret = edits.n ? replace_edits_carry_out(r, &edits, err) : 0;
	/* Whoever wants to know has been told. */
	result->each = NULL;
	result->may = NULL;
	if (!ret && publish)
		replace_touch(r);
out:
	replace_edits_free(&edits);
	return ret;
}

static bool differs(const struct join *j)
{
	const struct replaced *result = j->result;

	return result->added || result->changed || result->removed || j->moved || !j->r->rs->t.header ||
	       memcmp(&result->before, &result->now, sizeof(result->now)) || replace_kept_differ(j->r) ||
	       bind_lost(j->r->rs->t.config, j->r->rs->t.generation); /* there may be room by now */
}

int ruleset_replace_end(struct replacement *r, bool publish, uint64_t trial, struct replaced *result, struct error *err)
{
	struct join j = {.r = r, .now = clock_boot(), .result = result};
	uint32_t n = r->draft.n;
	struct duplicates twins = {.files = r->files, .n_files = r->n_files, .kept = r->kept};
	bool changes;
	int ret = -1;

	if (replace_note_source(r, err))
		return -1;
	*result = (struct replaced){.before = *tables_settings(&r->rs->t),
				    .now = r->draft.settings,
				    .each = result->each,
				    .most = result->most,
				    .may = result->may,
				    .arg = result->arg};
	ret = trial ? 1 : replace_by_edits(r, publish, result, err);
	if (ret <= 0)
		return ret;
	ret = -1;
	result->unchanged = result->added = result->changed = result->removed = 0;
	r->draft.items = hugemem_alloc(((size_t)n + 1) * sizeof(*r->draft.items));
	if (!r->draft.items || rules_sort(r->draft.rules, n, r->draft.items)) {
		error_errno(err, ENOMEM, "cannot sort the rules");
		goto out;
	}
	if (duplicates_drop(&twins, &r->draft, r->draft.items, err) ||
	    ruleset_check_room(r->rs, 0, n - twins.dropped, err))
		goto out;
	result->elsewhere = twins.elsewhere;
	if (join(&j)) {
		error_errno(err, ENOMEM, "cannot compare the rules");
		goto out;
	}
	if (!publish && draft_check(&r->draft, err))
		goto out;
	count(&j, twins.dropped);
	tell(&j);
	if (result->may && result->may(result, result->arg, err))
		goto out;
	r->draft.trial_until = trial ? clock_boot() + trial : 0;
	changes = differs(&j);
	ret = publish && (trial || changes) ? draft_publish(&r->draft, &r->rs->t, err) : 0;
	if (publish && !trial && !changes)
		replace_touch(r);
out:
	free(j.matched);
	return ret;
}
