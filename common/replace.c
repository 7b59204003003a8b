// SPDX-License-Identifier: GPL-2.0-only
/* One ruleset in the place of another: see ruleset.h. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "big.h"
#include "clock.h"
#include "draft.h"
#include "ruleset_impl.h"
#include "twins.h"

struct ruleset *ruleset_imagine(uint32_t max_rules, struct error *err)
{
	struct imagined {
		struct ruleset rs; /* first: ruleset_close() frees it */
		struct config config;
	} *imagined = calloc(1, sizeof(*imagined));

	if (!imagined) {
		error_errno(err, ENOMEM, "cannot put the rules together");
		return NULL;
	}
	imagined->config.max_rules = max_rules;
	imagined->rs = (struct ruleset){.t = {.config = &imagined->config,
					      .shared = WINDOW_CLOSED,
					      .outer = {-1, -1, -1},
					      .arena = WINDOW_CLOSED,
					      .rules = WINDOW_CLOSED,
					      .counters = WINDOW_CLOSED}};
	return &imagined->rs;
}

struct replacement {
	struct ruleset *rs;
	struct twins_file *files;
	size_t n_files;
	struct draft draft;
	uint32_t kept; /* rules of other sets, which come first and stay */
	int set;       /* the set that is replaced; -1: everything but those that are kept */
	int *kept_sets;
	size_t n_kept_sets;
	bool missing_cgroups;
	uint32_t *lines; /* of the rules from kept on */
	size_t room;
};

struct replacement *ruleset_replace_begin(struct ruleset *rs, const char *name, const char *set, bool missing_cgroups,
					  struct error *err)
{
	struct replacement *r = calloc(1, sizeof(*r));

	if (!r) {
		error_errno(err, ENOMEM, "cannot put the rules together");
		return NULL;
	}
	r->rs = rs;
	r->missing_cgroups = missing_cgroups;
	r->set = -1;
	if (ruleset_replace_file(r, name, err) || draft_begin(&r->draft, &rs->t, err))
		goto fail;
	if (set) {
		r->set = draft_set(&r->draft, set);
		if (r->set < 0)
			r->set = INT_MAX; /* no rule is in it yet: all others stay */
		if (draft_add_current(&r->draft, &rs->t, -1, r->set, err))
			goto fail;
	}
	if (!set)
		r->draft.settings = (struct settings){.default_verdict = VERDICT_ALLOW};
	r->kept = r->draft.n;
	return r;
fail:
	ruleset_replace_free(r);
	return NULL;
}

/* Whether the rules of a set that is there are replaced. */
static bool is_replaced(const struct replacement *r, int set)
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
	int set = draft_set(&r->draft, name);
	int *sets;

	if (set < 0 || !is_replaced(r, set))
		return 0;
	sets = reallocarray(r->kept_sets, r->n_kept_sets + 1, sizeof(*sets));
	if (!sets)
		return error_errno(err, ENOMEM, "cannot put the rules together");
	r->kept_sets = sets;
	sets[r->n_kept_sets++] = set;
	if (draft_add_current(&r->draft, &r->rs->t, set, -1, err))
		return -1;
	r->kept = r->draft.n;
	return 0;
}

int ruleset_replace_file(struct replacement *r, const char *name, struct error *err)
{
	struct twins_file *files = reallocarray(r->files, r->n_files + 1, sizeof(*files));

	if (!files)
		return error_errno(err, ENOMEM, "cannot put the rules together");
	r->files = files;
	files[r->n_files++] = (struct twins_file){name, r->draft.n - r->kept};
	return 0;
}

struct settings *ruleset_replace_settings(struct replacement *r)
{
	return &r->draft.settings;
}

void ruleset_replace_free(struct replacement *r)
{
	draft_free(&r->draft);
	free(r->lines);
	free(r->files);
	free(r->kept_sets);
	free(r);
}

int ruleset_replace_add(struct replacement *r, const struct rule_spec *spec, size_t line, struct error *err)
{
	size_t n = r->draft.n - r->kept;

	if (n == r->room) {
		size_t room = r->room ? r->room * 2 : 1024;
		uint32_t *lines = reallocarray(r->lines, room, sizeof(*lines));

		if (!lines)
			return error_errno(err, ENOMEM, "cannot put the rules together");
		r->lines = lines;
		r->room = room;
	}
	if (draft_add(&r->draft, spec, r->missing_cgroups, err))
		return -1;
	r->lines[n] = (uint32_t)line;
	return 0;
}

int ruleset_replace_each(struct replacement *r, int (*each)(const struct rule_info *rule, void *arg), void *arg)
{
	struct tables *t = &r->rs->t;
	struct rule_info info;
	int ret = 0;

	for (uint32_t slot = 0; t->header && slot < t->header->rules && !ret; slot++) {
		const struct rule *rule = tables_rule(t, slot);

		if (rule && (r->set < 0 || rule->set == r->set) && ruleset_decode(r->rs, slot, r->draft.now, &info))
			ret = each(&info, arg);
	}
	return ret;
}

static bool same_extra(const struct draft *draft, struct ruleset *rs, const struct rule *new, const struct rule *old)
{
	static const struct extra none;
	uint32_t line = action_extra(old->action), index = action_extra(new->action);
	const struct extra *a = index ? &draft->extras[index - 1] : &none, *b = &none;
	size_t offset = (size_t)line * sizeof(struct line), left = rs->t.arena.size - offset;

	if (!line && !index)
		return true;
	if (line)
		b = window_at(&rs->t.arena, offset, left < sizeof(*b) ? left : sizeof(*b));
	return b && a->expires == b->expires && !strcmp(a->comment, b->comment);
}

/* Whether a rule says the same as one that is there, apart from identity. */
static bool same_words(const struct draft *draft, struct ruleset *rs, const struct rule *new, const struct rule *old)
{
	return (uint32_t) new->action == (uint32_t)old->action &&new->set == old->set &&same_extra(draft, rs, new, old);
}

/* Where items of the new rules and of the old ones stand to one another: as the order of rules_sort(). */
static int group_compare(const struct item *a, const struct item *b)
{
	int diff = (int)a->subject - (int)b->subject;

	if (!diff)
		diff = b->v4 - a->v4;
	if (!diff)
		diff = memcmp(&a->ip, &b->ip, sizeof(a->ip));
	return diff ? diff : (int)a->len - (int)b->len;
}

/* What tells of changes; a rule of the draft is told of as it was asked for. */
static void tell(struct replaced *result, const struct rule_info *before, const struct rule_info *now)
{
	if (result->each)
		result->each(before, now, result->arg);
}

struct join {
	struct replacement *r;
	const struct rule *old;
	const struct item *items;
	struct item *old_items;
	uint32_t n, n_old;
	uint64_t now;
	struct replaced *result;
	uint8_t *matched; /* for each old slot */
	bool moved;
};

static void free_old(struct join *j)
{
	free(j->old_items);
	free(j->matched);
	j->old_items = NULL;
	j->matched = NULL;
}

static void match(struct join *j, uint32_t slot, uint32_t old_slot)
{
	struct rule *rule = &j->r->draft.rules[slot];

	rule->id = j->old[old_slot].id;
	j->r->draft.origin[slot] = old_slot + 1;
	j->matched[old_slot] = 1;
}

static void join_groups(struct join *j, uint32_t from, uint32_t to, uint32_t old_from, uint32_t old_to)
{
	for (uint32_t i = from; i < to; i++) {
		uint32_t slot = j->items[i].slot;

		for (uint32_t k = old_from;
		     k < old_to && slot >= j->r->kept && j->r->draft.rules[slot].id != DRAFT_DROP; k++) {
			uint32_t old_slot = j->old_items[k].slot;

			if (!j->matched[old_slot] && rule_identical(&j->r->draft.rules[slot], &j->old[old_slot]))
				match(j, slot, old_slot);
		}
	}
}

static void join(struct join *j)
{
	uint32_t i = 0, k = 0;

	while (i < j->n && k < j->n_old) {
		int diff = group_compare(&j->items[i], &j->old_items[k]);
		uint32_t to = diff <= 0 ? twins_group_end(j->items, i, j->n) : i;
		uint32_t old_to = diff >= 0 ? twins_group_end(j->old_items, k, j->n_old) : k;

		if (!diff)
			join_groups(j, i, to, k, old_to);
		i = to;
		k = old_to;
	}
}

/* The old rules that this is about, in order. */
static int sort_old(struct join *j)
{
	struct tables *t = &j->r->rs->t;
	uint32_t n = t->header ? t->header->rules : 0, live = 0;
	struct rule_info info;

	j->old = n ? window_at(&t->rules, 0, (size_t)n * sizeof(*j->old)) : NULL;
	j->old_items = malloc(((size_t)n + 1) * sizeof(*j->old_items));
	j->matched = calloc((size_t)n + 1, 1);
	if (!j->old_items || !j->matched || (n && !j->old) || rules_sort(j->old, n, j->old_items))
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t slot = j->old_items[i].slot;
		const struct rule *rule = &j->old[slot];

		if (!rule->id || !is_replaced(j->r, rule->set))
			continue;
		if (action_extra(rule->action) && !ruleset_decode(j->r->rs, slot, j->now, &info))
			continue; /* its time is up */
		j->old_items[live++] = j->old_items[i];
	}
	j->n_old = live;
	return 0;
}

/* Also finds out whether rules that stay come in another order. */
static void count(struct join *j, uint32_t dropped)
{
	struct draft *draft = &j->r->draft;
	struct rule_info before, now;
	uint32_t last = 0;

	for (uint32_t i = 0; i < j->n_old; i++) {
		uint32_t slot = j->old_items[i].slot;

		if (j->matched[slot])
			continue;
		j->result->removed++;
		if (j->result->each && ruleset_decode(j->r->rs, slot, j->now, &before))
			tell(j->result, &before, NULL);
	}
	if (!j->old && !j->result->each) {
		j->result->added = draft->n - j->r->kept - dropped;
		return;
	}
	for (uint32_t slot = j->r->kept; slot < draft->n; slot++) {
		uint32_t old_slot = draft->origin[slot] - 1;

		if (draft->rules[slot].id == DRAFT_DROP)
			continue;
		if (draft->origin[slot]) {
			j->moved |= draft->origin[slot] < last;
			last = draft->origin[slot];
		}
		if (draft->origin[slot] && same_words(draft, j->r->rs, &draft->rules[slot], &j->old[old_slot])) {
			j->result->unchanged++;
			continue;
		}
		j->result->changed += draft->origin[slot] != 0;
		j->result->added += draft->origin[slot] == 0;
		if (!j->result->each)
			continue;
		draft_describe(draft, slot, &now);
		if (!draft->origin[slot]) {
			tell(j->result, NULL, &now);
		} else if (ruleset_decode(j->r->rs, old_slot, j->now, &before)) {
			now.hits = before.hits; /* they stay */
			now.last_hit = before.last_hit;
			tell(j->result, &before, &now);
		}
	}
}

/* A cgroup of the rules in force is gone, or is there again. */
static bool cgroups_differ(const struct replacement *r)
{
	struct tables *t = &r->rs->t;

	for (uint32_t i = 0; t->header && i < t->header->subjects; i++) {
		const struct subject *subject = (struct subject *)tables_line(t, t->header->subject_line + i);

		if (subject && subject->kind == SUBJECT_CGROUP && subject->id != r->draft.subjects[i].id)
			return true;
	}
	return false;
}

/* The same file once more, as most restores of a list are: seen without sorting anything. */
static bool is_unchanged(const struct replacement *r, struct replaced *result)
{
	struct tables *t = &r->rs->t;
	const struct draft *draft = &r->draft;
	uint32_t slot = r->kept;

	if (!t->header || memcmp(&result->before, &result->now, sizeof(result->now)) || cgroups_differ(r))
		return false;
	for (uint32_t i = 0; i < t->header->rules; i++) {
		const struct rule *old = tables_rule(t, i);

		if (old && (!old->id || !is_replaced(r, old->set)))
			continue;
		if (!old || slot == draft->n || !rule_identical(&draft->rules[slot], old) ||
		    !same_words(draft, r->rs, &draft->rules[slot], old))
			return false;
		slot++;
	}
	result->unchanged = slot - r->kept;
	return slot == draft->n;
}

static bool differs(const struct join *j)
{
	const struct replaced *result = j->result;

	return result->added || result->changed || result->removed || j->moved || !j->r->rs->t.header ||
	       memcmp(&result->before, &result->now, sizeof(result->now)) || cgroups_differ(j->r);
}

int ruleset_replace_end(struct replacement *r, bool publish, uint64_t trial, struct replaced *result, struct error *err)
{
	struct join j = {.r = r, .n = r->draft.n, .now = clock_boot(), .result = result};
	struct twins twins = {.files = r->files, .n_files = r->n_files, .lines = r->lines, .kept = r->kept};
	bool changes;
	int ret = -1;

	*result = (struct replaced){.before = *tables_settings(&r->rs->t),
				    .now = r->draft.settings,
				    .each = result->each,
				    .arg = result->arg};
	if (!trial && is_unchanged(r, result))
		return 0;
	result->unchanged = 0;
	j.items = r->draft.items = big_alloc(((size_t)j.n + 1) * sizeof(*r->draft.items));
	if (!r->draft.items || rules_sort(r->draft.rules, j.n, r->draft.items)) {
		error_errno(err, ENOMEM, "cannot sort the rules");
		goto out;
	}
	if (twins_drop(&twins, &r->draft, j.items, err) || ruleset_check_room(r->rs, 0, j.n - twins.dropped, err))
		goto out;
	result->elsewhere = twins.elsewhere;
	if (sort_old(&j)) {
		error_errno(err, ENOMEM, "cannot compare the rules");
		goto out;
	}
	join(&j);
	if (!publish && draft_check(&r->draft, err))
		goto out;
	count(&j, twins.dropped);
	r->draft.trial_until = trial ? clock_boot() + trial : 0;
	changes = differs(&j);
	free_old(&j); /* what is to come wants memory of its own */
	ret = publish && (trial || changes) ? draft_publish(&r->draft, &r->rs->t, err) : 0;
out:
	free_old(&j);
	return ret;
}
