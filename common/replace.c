// SPDX-License-Identifier: GPL-2.0-only
/* One ruleset in the place of another: see ruleset.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bad_lines.h"
#include "big.h"
#include "draft.h"
#include "ruleset_impl.h"

struct replacement {
	struct ruleset *rs;
	const char *name;
	struct draft draft;
	uint32_t kept; /* rules of other sets, which come first and stay */
	int set;       /* the set that is replaced; -1: everything */
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
	r->name = name;
	r->missing_cgroups = missing_cgroups;
	r->set = -1;
	if (draft_begin(&r->draft, &rs->t, err))
		goto fail;
	if (set) {
		r->set = draft_set(&r->draft, set);
		if (r->set < 0)
			r->set = INT16_MAX; /* no rule is in it yet: all others stay */
		if (draft_add_current(&r->draft, &rs->t, -1, r->set, err))
			goto fail;
	}
	if (!set)
		r->draft.settings = (struct settings){VERDICT_ALLOW, MODE_ENFORCE};
	r->kept = r->draft.n;
	return r;
fail:
	ruleset_replace_free(r);
	return NULL;
}

struct settings *ruleset_replace_settings(struct replacement *r)
{
	return &r->draft.settings;
}

void ruleset_replace_free(struct replacement *r)
{
	draft_free(&r->draft);
	free(r->lines);
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

/* The rules of one prefix and subject among sorted items: items[from..returned). */
static uint32_t group_end(const struct item *items, uint32_t from, uint32_t n)
{
	uint32_t to = from + 1;

	while (to < n && items[to].subject == items[from].subject && items[to].len == items[from].len &&
	       !memcmp(&items[to].ip, &items[from].ip, sizeof(items->ip)))
		to++;
	return to;
}

static bool same_extras(const struct draft *draft, const struct rule *a, const struct rule *b)
{
	const struct extra *x = draft->extras + action_extra(a->action) - 1;
	const struct extra *y = draft->extras + action_extra(b->action) - 1;

	if (action_extra(a->action) == action_extra(b->action))
		return true;
	return action_extra(a->action) && action_extra(b->action) && x->expires == y->expires &&
	       !strcmp(x->comment, y->comment);
}

/* A rule that is there twice is dropped when it says the same both times, and an error when not. */
static int drop_twins(struct replacement *r, const struct item *items, uint32_t n, uint32_t *dropped,
		      uint32_t *elsewhere, struct error *err)
{
	struct rule *rules = r->draft.rules;
	struct bad_lines bad = {};
	char why[64];

	for (uint32_t from = 0, to; from < n; from = to) {
		to = group_end(items, from, n);
		for (uint32_t i = from; i < to; i++) {
			for (uint32_t j = i + 1; j < to; j++) {
				uint32_t first = items[i].slot < items[j].slot ? items[i].slot : items[j].slot;
				uint32_t second = items[i].slot < items[j].slot ? items[j].slot : items[i].slot;

				if (!rule_identical(&rules[first], &rules[second]) || rules[second].id == DRAFT_DROP)
					continue;
				if (first < r->kept) {
					++*elsewhere;
				} else if ((uint32_t)rules[first].action != (uint32_t)rules[second].action ||
					   rules[first].set != rules[second].set ||
					   !same_extras(&r->draft, &rules[first], &rules[second])) {
					sprintf(why, "says something else about the rule of line %u",
						r->lines[first - r->kept]);
					bad_line(&bad, r->name, r->lines[second - r->kept], why);
				}
				rules[second].id = DRAFT_DROP;
				++*dropped;
			}
		}
	}
	return bad_lines_end(&bad, err);
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
};

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
		uint32_t to = diff <= 0 ? group_end(j->items, i, j->n) : i;
		uint32_t old_to = diff >= 0 ? group_end(j->old_items, k, j->n_old) : k;

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

		if (!rule->id || (j->r->set >= 0 && rule->set != j->r->set))
			continue;
		if (action_extra(rule->action) && !ruleset_decode(j->r->rs, slot, j->now, &info))
			continue; /* its time is up */
		j->old_items[live++] = j->old_items[i];
	}
	j->n_old = live;
	return 0;
}

/* The words of a rule of the draft. */
static void describe(struct join *j, uint32_t slot, struct rule_info *info)
{
	const struct draft *draft = &j->r->draft;
	const struct rule *rule = &draft->rules[slot];
	const struct subject_source *subject = &draft->subjects[rule->subject];
	const struct extra *extra = action_extra(rule->action) ? &draft->extras[action_extra(rule->action) - 1] : NULL;

	*info = (struct rule_info){
		.spec = {.prefix = {.ip = rule->ip, .len = (__u8)action_len(rule->action)},
			 .port_lo = rule->port_lo,
			 .port_hi = rule->port_hi,
			 .proto = (uint16_t)action_proto(rule->action),
			 .verdict = (enum verdict)action_verdict(rule->action),
			 .error = (int)action_errno(rule->action),
			 .subject = subject->kind,
			 .uid = subject->kind == SUBJECT_UID ? (uint32_t)subject->id : 0,
			 .timeout = extra && extra->expires > j->now ? extra->expires - j->now : 0},
		.id = rule->id,
	};
	strcpy(info->spec.set, draft->sets[rule->set]);
	if (extra)
		strcpy(info->spec.comment, extra->comment);
	if (subject->path)
		strncpy(info->spec.cgroup, subject->path, sizeof(info->spec.cgroup) - 1);
}

static void count(struct join *j, uint32_t dropped)
{
	struct draft *draft = &j->r->draft;
	struct rule_info before, now;

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
		if (draft->origin[slot] && same_words(draft, j->r->rs, &draft->rules[slot], &j->old[old_slot])) {
			j->result->unchanged++;
			continue;
		}
		j->result->changed += draft->origin[slot] != 0;
		j->result->added += draft->origin[slot] == 0;
		if (!j->result->each)
			continue;
		describe(j, slot, &now);
		if (!draft->origin[slot])
			tell(j->result, NULL, &now);
		else if (ruleset_decode(j->r->rs, old_slot, j->now, &before))
			tell(j->result, &before, &now);
	}
}

/* The same file once more, as most restores of a list are: seen without sorting anything. */
static bool is_unchanged(const struct replacement *r, struct replaced *result)
{
	struct tables *t = &r->rs->t;
	const struct draft *draft = &r->draft;
	uint32_t slot = r->kept;

	if (!t->header || memcmp(&result->before, &result->now, sizeof(result->now)))
		return false;
	for (uint32_t i = 0; i < t->header->rules; i++) {
		const struct rule *old = tables_rule(t, i);

		if (old && (!old->id || (r->set >= 0 && old->set != r->set)))
			continue;
		if (!old || slot == draft->n || !rule_identical(&draft->rules[slot], old) ||
		    !same_words(draft, r->rs, &draft->rules[slot], old))
			return false;
		slot++;
	}
	result->unchanged = slot - r->kept;
	return slot == draft->n;
}

int ruleset_replace_end(struct replacement *r, bool publish, struct replaced *result, struct error *err)
{
	struct join j = {.r = r, .n = r->draft.n, .now = ruleset_now(), .result = result};
	uint32_t dropped = 0;
	int ret = -1;

	*result = (struct replaced){.before = *tables_settings(&r->rs->t),
				    .now = r->draft.settings,
				    .each = result->each,
				    .arg = result->arg};
	if (is_unchanged(r, result))
		return 0;
	result->unchanged = 0;
	j.items = r->draft.items = big_alloc(((size_t)j.n + 1) * sizeof(*r->draft.items));
	if (!r->draft.items || rules_sort(r->draft.rules, j.n, r->draft.items)) {
		error_errno(err, ENOMEM, "cannot sort the rules");
		goto out;
	}
	if (drop_twins(r, j.items, j.n, &dropped, &result->elsewhere, err) ||
	    ruleset_check_room(r->rs, 0, j.n - dropped, err))
		goto out;
	if (sort_old(&j)) {
		error_errno(err, ENOMEM, "cannot compare the rules");
		goto out;
	}
	join(&j);
	count(&j, dropped);
	ret = 0;
	free(j.old_items);
	free(j.matched);
	j = (struct join){};
	if (publish && (result->added || result->changed || result->removed || !r->rs->t.header ||
			memcmp(&result->before, &result->now, sizeof(result->now))))
		ret = draft_publish(&r->draft, &r->rs->t, err);
out:
	free(j.old_items);
	free(j.matched);
	return ret;
}
