// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bpf/ip.h"
#include "base/array.h"
#include "base/hugemem.h"
#include "base/time.h"
#include "compile.h"
#include "decode.h"
#include "draft.h"
#include "publish.h"

static int no_memory(struct error *err)
{
	return error_errno(err, ENOMEM, "cannot build the ruleset");
}

int draft_begin(struct draft *draft, struct tables *t, struct error *err)
{
	const struct header *header = t->header;

	draft->now = clock_boot();
	draft->settings = *tables_settings(t);
	draft->max_names = t->config->max_names;
	if (!header)
		return intern_subject(&draft->named, SUBJECT_EVERYONE, 0, "") || intern_set(&draft->named, "")
			       ? no_memory(err)
			       : 0;
	for (uint32_t i = 0; i < header->subjects; i++) {
		const struct subject *subject = decode_subject_at(t, i);
		const char *path = subject ? decode_path(t, subject) : NULL;

		if (!path || intern_subject(&draft->named, subject->kind, subject->id, path) < 0)
			return no_memory(err);
	}
	for (uint32_t i = 0; i < header->sets; i++) {
		struct set_kept kept;

		if (!decode_set_name(t, i, kept.set) || intern_set(&draft->named, kept.set) < 0)
			return no_memory(err);
		if (decode_kept(t, i, &kept) && intern_kept(&draft->named, i, &kept))
			return no_memory(err);
	}
	return 0;
}

void draft_free(struct draft *draft)
{
	interned_free(&draft->named);
	free(draft->extras);
	free(draft->origin);
	free(draft->items);
	free(draft->rules);
	*draft = (struct draft){};
}

/* Makes room for one more rule. Returns 0 on success. */
static int make_room(struct draft *draft)
{
	uint32_t room = draft->room ? draft->room * 2 : 1024;
	struct rule *rules;
	uint32_t *origin;

	if (draft->n < draft->room)
		return 0;
	rules = hugemem_grow(draft->rules, draft->n * sizeof(*rules), room * sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	draft->rules = rules;
	if (draft->origin) {
		origin = hugemem_grow(draft->origin, draft->n * sizeof(*origin), room * sizeof(*origin));
		if (!origin)
			return -ENOMEM;
		draft->origin = origin;
	}
	draft->room = room;
	return 0;
}

int draft_origins(struct draft *draft)
{
	if (!draft->origin) /* pages that nobody writes to take no memory */
		draft->origin = calloc((size_t)draft->room + 1, sizeof(*draft->origin));
	return draft->origin ? 0 : -ENOMEM;
}

/* Returns 1 + the index of the new extra, as the draft's actions hold it, or 0 without memory. */
static uint32_t add_extra(struct draft *draft, uint64_t expires, const char *comment)
{
	struct extra *last = draft->n_extras ? &draft->extras[draft->n_extras - 1] : NULL;

	if (last && last->expires == expires && !strcmp(last->comment, comment))
		return draft->n_extras;
	if (draft->n_extras == draft->extra_room) {
		uint32_t room = draft->extra_room ? draft->extra_room * 2 : 64;
		struct extra *extras = reallocarray(draft->extras, room, sizeof(*extras));

		if (!extras)
			return 0;
		draft->extras = extras;
		draft->extra_room = room;
	}
	last = &draft->extras[draft->n_extras];
	*last = (struct extra){.expires = expires};
	strcpy(last->comment, comment);
	return ++draft->n_extras;
}

static uint64_t with_extra(uint64_t action, uint32_t extra)
{
	return (action & UINT32_MAX) | (uint64_t)extra << 32;
}

/* Copies the extra of a rule in force into the draft. Returns -ETIME when the rule has expired. */
static int current_extra(struct draft *draft, struct tables *t, struct rule *rule)
{
	uint32_t line = action_extra(rule->action);
	const struct extra *extra;
	struct extra room;

	if (line != draft->last_line || !line) {
		extra = decode_extra(t, rule, &room);
		if (!extra)
			return -EIO;
		if (extra->expires && extra->expires <= draft->now)
			return -ETIME;
		draft->last_extra = add_extra(draft, extra->expires, extra->comment);
		draft->last_line = line;
	}
	if (!draft->last_extra)
		return -ENOMEM;
	rule->action = with_extra(rule->action, draft->last_extra);
	return 0;
}

int draft_add_current(struct draft *draft, struct tables *t, int set, int except, struct error *err)
{
	if (draft_origins(draft))
		return no_memory(err);
	for (uint32_t slot = 0; t->header && slot < t->header->rules; slot++) {
		const struct rule *rule = tables_rule(t, slot);
		int ret;

		if (!rule)
			return no_memory(err);
		if (!rule->id || (set >= 0 && rule->set != set) || rule->set == except)
			continue;
		if (make_room(draft))
			return no_memory(err);
		draft->rules[draft->n] = *rule;
		draft->origin[draft->n] = slot + 1;
		ret = action_extra(rule->action) ? current_extra(draft, t, &draft->rules[draft->n]) : 0;
		if (ret == -ETIME)
			continue;
		if (ret)
			return no_memory(err);
		draft->n++;
	}
	return 0;
}

int draft_add(struct draft *draft, const struct rule_spec *spec, struct error *err)
{
	int subject = intern_subject_of(&draft->named, spec, err);
	/* Fast path: nearly every rule has no set, or the set of the rule before it. */
	int set = !spec->set[0] ? 0
		  : draft->n && !strcmp(draft->named.sets[draft->rules[draft->n - 1].set], spec->set)
			  ? draft->rules[draft->n - 1].set
			  : intern_find_set(&draft->named, spec->set);
	uint32_t extra = 0;

	if (subject < 0)
		return -1;
	if (set < 0)
		set = intern_set(&draft->named, spec->set);
	if (set < 0)
		return error_set(err, ERR_FULL, "too many sets, old and new together: at most %u", UINT16_MAX);
	if (make_room(draft))
		return no_memory(err);
	if (spec->timeout || spec->comment[0]) {
		extra = add_extra(draft, spec->timeout ? draft->now + spec->timeout : 0, spec->comment);
		if (!extra)
			return no_memory(err);
	}
	if (draft->origin)
		draft->origin[draft->n] = 0;
	draft->rules[draft->n++] = (struct rule){
		.ip = spec->prefix.ip,
		.action = action_of(spec, extra),
		.port_lo = spec->port_lo,
		.port_hi = spec->port_hi,
		.subject = (uint16_t)subject,
		.set = (uint16_t)set,
	};
	return 0;
}

const struct extra *draft_extra(const struct draft *draft, const struct rule *rule)
{
	return action_extra(rule->action) ? &draft->extras[action_extra(rule->action) - 1] : NULL;
}

void draft_describe(const struct draft *draft, uint32_t index, struct rule_info *info)
{
	const struct rule *rule = &draft->rules[index];
	const struct subject_source *subject = &draft->named.subjects[rule->subject];
	const struct extra *extra = draft_extra(draft, rule);

	*info = (struct rule_info){.id = rule->id, .cgroups_now = -1, .addresses_now = -1};
	decode_words(rule, &info->spec);
	decode_subject(subject->kind, subject->id, subject->path, &info->spec);
	strcpy(info->spec.set, draft->named.sets[rule->set]);
	if (!extra)
		return;
	info->spec.timeout = extra->expires > draft->now ? extra->expires - draft->now : 0;
	strcpy(info->spec.comment, extra->comment);
}

/* Removes dropped rules from the sorted items, and gives the other items their new slots. */
static int close_gaps(struct draft *draft, uint32_t kept)
{
	uint32_t *slots = draft->items && kept < draft->n ? malloc(draft->n * sizeof(*slots)) : NULL;
	uint32_t n = 0;

	if (!draft->items || kept == draft->n)
		return 0;
	if (!slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < draft->n; i++)
		slots[i] = draft->rules[i].id == DRAFT_DROP ? UINT32_MAX : n++;
	n = 0;
	for (uint32_t i = 0; i < draft->n; i++) {
		uint32_t slot = slots[draft->items[i].slot];

		if (slot != UINT32_MAX) {
			draft->items[n] = draft->items[i];
			draft->items[n++].slot = slot;
		}
	}
	free(slots);
	return 0;
}

/* Removes rules marked DRAFT_DROP, gives new rules their ids, and marks the subjects and sets in use. */
static int number_rules(struct draft *draft, uint32_t *last_id, uint16_t *subjects, uint16_t *sets)
{
	/* Four thousand million ids are used up: number all rules from 1 again. */
	bool anew = draft->n >= DRAFT_DROP - *last_id;
	uint32_t kept = 0;

	*last_id = anew ? 0 : *last_id;
	for (uint32_t i = 0; i < draft->n; i++) {
		struct rule *rule = &draft->rules[i];

		if (rule->id == DRAFT_DROP)
			continue;
		if (anew)
			rule->id = 0;
		kept++;
		draft->n_v4 += prefix_is_v4(&rule->ip, action_len(rule->action));
		subjects[rule->subject] = sets[rule->set] = 1;
		if (!rule->id)
			rule->id = ++*last_id;
	}
	if (close_gaps(draft, kept))
		return -ENOMEM;
	for (uint32_t i = 0, to = 0; kept < draft->n && i < draft->n; i++) {
		if (draft->rules[i].id == DRAFT_DROP)
			continue;
		draft->rules[to] = draft->rules[i];
		draft->origin[to++] = draft->origin[i];
	}
	draft->n = kept;
	return 0;
}

/* Gives the rules the new indices of their subjects and sets. */
static void renumber(struct draft *draft, const uint16_t *subjects, const uint16_t *sets)
{
	for (uint32_t i = 0; i < draft->n; i++) {
		draft->rules[i].subject = subjects[draft->rules[i].subject];
		draft->rules[i].set = sets[draft->rules[i].set];
	}
	for (uint32_t i = 0; draft->items && i < draft->n; i++)
		draft->items[i].subject = subjects[draft->items[i].subject];
}

/* Prepares the draft for compilation. */
static int finish(struct draft *draft, uint32_t *last_id)
{
	uint16_t *subjects = calloc(draft->named.n_subjects + 1u, sizeof(*subjects));
	uint16_t *sets = calloc(draft->named.n_sets + 1u, sizeof(*sets));
	int ret = subjects && sets ? number_rules(draft, last_id, subjects, sets) : -ENOMEM;

	if (!ret && intern_drop_unused(&draft->named, subjects, sets))
		renumber(draft, subjects, sets);
	free(subjects);
	free(sets);
	return ret;
}

int draft_publish(struct draft *draft, struct tables *t, struct error *err)
{
	uint32_t last_id = t->config->last_id;
	int ret = draft_origins(draft) ? -ENOMEM : finish(draft, &last_id);
	struct arena arena = {};
	struct filters filters = {};
	const struct source source = {
		.rules = draft->rules,
		.n_rules = draft->n,
		.n_v4 = draft->n_v4,
		.items = draft->items,
		.subjects = draft->named.subjects,
		.n_subjects = draft->named.n_subjects,
		.sets = draft->named.sets,
		.kept = draft->named.kept,
		.n_sets = draft->named.n_sets,
		.extras = draft->extras,
		.max_names = draft->max_names,
	};

	/* Makes the filters first: compilation gives back the items. */
	ret = ret || filters_make(&source, &filters) ? no_memory(err) : compile(&source, &arena, err);
	if (!ret) {
		/*
		 * A killed writer may skip ids but must never use an id twice. So store last_id before publishing, or
		 * after it when the ids start again.
		 */
		if (last_id > t->config->last_id)
			__atomic_store_n(&t->config->last_id, last_id, __ATOMIC_RELEASE);
		ret = tables_publish(t, &source, &arena, &filters, draft->origin, &draft->settings, draft->trial_until,
				     err);
		if (!ret)
			__atomic_store_n(&t->config->last_id, last_id, __ATOMIC_RELEASE);
	}
	arena_free(&arena);
	filters_free(&filters);
	return ret;
}

int draft_check(const struct draft *draft, struct error *err)
{
	struct rule *rules = malloc(((size_t)draft->n + 1) * sizeof(*rules));
	struct source source = {
		.rules = rules,
		.subjects = draft->named.subjects,
		.n_subjects = draft->named.n_subjects,
		.sets = draft->named.sets,
		.kept = draft->named.kept,
		.n_sets = draft->named.n_sets,
		.extras = draft->extras,
		.max_names = draft->max_names,
	};
	struct arena arena = {};
	int ret;

	for (uint32_t i = 0; rules && i < draft->n; i++) {
		const struct rule *rule = &draft->rules[i];

		if (rule->id == DRAFT_DROP)
			continue;
		source.n_v4 += prefix_is_v4(&rule->ip, action_len(rule->action));
		rules[source.n_rules++] = *rule;
	}
	ret = rules ? compile(&source, &arena, err) : no_memory(err);
	arena_free(&arena);
	free(rules);
	return ret;
}
