// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "../bpf/ip.h"
#include "array.h"
#include "big.h"
#include "cgroup.h"
#include "clock.h"
#include "draft.h"

static int no_memory(struct error *err)
{
	return error_errno(err, ENOMEM, "cannot put the rules together");
}

/* What a subject is found by. */
struct wanted {
	const struct draft *draft;
	enum subject_kind kind;
	uint64_t id;	  /* of a uid */
	const char *text; /* a cgroup's path, or a set's name */
};

static uint32_t subject_key(enum subject_kind kind, uint64_t id, const char *path)
{
	return kind == SUBJECT_CGROUP ? hash_text(path) : hash_number(id);
}

static bool is_subject(uint32_t i, const void *arg)
{
	const struct wanted *wanted = arg;
	const struct subject_source *subject = &wanted->draft->subjects[i];

	return subject->kind == wanted->kind &&
	       (subject->kind == SUBJECT_CGROUP ? !strcmp(subject->path, wanted->text) : subject->id == wanted->id);
}

static bool is_set(uint32_t i, const void *arg)
{
	const struct wanted *wanted = arg;

	return !strcmp(wanted->draft->sets[i], wanted->text);
}

static int add_subject(struct draft *draft, enum subject_kind kind, uint64_t id, const char *path)
{
	struct subject_source *subjects;
	char *copy = path ? strdup(path) : NULL;

	if (draft->n_subjects > UINT16_MAX || (path && !copy))
		return -1;
	subjects = array_with_room_for_one(draft->subjects, draft->n_subjects, sizeof(*subjects));
	if (subjects)
		draft->subjects = subjects;
	if (!subjects || index_add(&draft->subject_index, subject_key(kind, id, path), draft->n_subjects)) {
		free(copy);
		return -1;
	}
	draft->subjects[draft->n_subjects] = (struct subject_source){.kind = kind, .id = id, .path = copy};
	return (int)draft->n_subjects++;
}

static int add_set(struct draft *draft, const char *name)
{
	char(*sets)[SET_SIZE];

	if (draft->n_sets > UINT16_MAX)
		return -1;
	sets = array_with_room_for_one(draft->sets, draft->n_sets, sizeof(*sets));
	if (sets)
		draft->sets = sets;
	if (!sets || index_add(&draft->set_index, hash_text(name), draft->n_sets))
		return -1;
	memset(sets[draft->n_sets], 0, SET_SIZE);
	strcpy(sets[draft->n_sets], name);
	return (int)draft->n_sets++;
}

int draft_set(const struct draft *draft, const char *name)
{
	const struct wanted wanted = {.draft = draft, .text = name};

	return (int)index_find(&draft->set_index, hash_text(name), is_set, &wanted);
}

int draft_begin(struct draft *draft, struct tables *t, struct error *err)
{
	const struct header *header = t->header;

	draft->now = clock_boot();
	draft->settings = *tables_settings(t);
	if (!header)
		return add_subject(draft, SUBJECT_EVERYONE, 0, NULL) || add_set(draft, "") ? no_memory(err) : 0;
	for (uint32_t i = 0; i < header->subjects; i++) {
		const struct subject *subject = (struct subject *)tables_line(t, header->subject_line + i);
		const char *path = NULL;

		if (subject && subject->kind == SUBJECT_CGROUP)
			path = window_at(&t->arena, (size_t)subject->path_line * sizeof(struct line),
					 t->arena.size - (size_t)subject->path_line * sizeof(struct line) < CGROUP_SIZE
						 ? t->arena.size - (size_t)subject->path_line * sizeof(struct line)
						 : CGROUP_SIZE);
		if (!subject || add_subject(draft, subject->kind, path ? cgroup_id(path) : subject->id, path) < 0)
			return no_memory(err);
	}
	for (uint32_t i = 0; i < header->sets; i++) {
		const char *name = window_at(
			&t->arena, (size_t)header->set_line * sizeof(struct line) + (size_t)i * SET_SIZE, SET_SIZE);

		if (!name || add_set(draft, name) < 0)
			return no_memory(err);
	}
	return 0;
}

void draft_free(struct draft *draft)
{
	for (uint32_t i = 0; i < draft->n_subjects; i++)
		free((char *)draft->subjects[i].path);
	free(draft->subjects);
	free(draft->sets);
	index_free(&draft->subject_index);
	index_free(&draft->set_index);
	free(draft->extras);
	free(draft->origin);
	free(draft->items);
	free(draft->rules);
	*draft = (struct draft){};
}

/* Returns 0 with room for one rule more. */
static int make_room(struct draft *draft)
{
	uint32_t room = draft->room ? draft->room * 2 : 1024;
	struct rule *rules;
	uint32_t *origin;

	if (draft->n < draft->room)
		return 0;
	rules = big_grow(draft->rules, draft->n * sizeof(*rules), room * sizeof(*rules));
	if (rules)
		draft->rules = rules;
	origin = big_grow(draft->origin, draft->n * sizeof(*origin), room * sizeof(*origin));
	if (origin)
		draft->origin = origin;
	if (!rules || !origin)
		return -ENOMEM;
	draft->room = room;
	return 0;
}

/* 1 + the index of an extra, as in a draft's action, or 0 when there is no memory. */
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

/* Takes over what is behind a line of the arena. -ETIME: the rule's time is up. */
static int current_extra(struct draft *draft, struct tables *t, struct rule *rule)
{
	uint32_t line = action_extra(rule->action);
	size_t left = t->arena.size - (size_t)line * sizeof(struct line);
	const struct extra *extra;

	if (line != draft->last_line || !line) {
		extra = window_at(&t->arena, (size_t)line * sizeof(struct line),
				  left < sizeof(*extra) ? left : sizeof(*extra));
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

static int missing_cgroup(const char *cgroup, struct error *err)
{
	return error_set(err, ERR_INPUT,
			 "there is no such cgroup, near '%.200s' (--missing-cgroups accepts it all the same)", cgroup);
}

static int subject_for(struct draft *draft, const struct rule_spec *spec, bool missing_cgroups, struct error *err)
{
	bool cgroup = spec->subject == SUBJECT_CGROUP;
	uint64_t id = cgroup ? 0 : spec->subject == SUBJECT_UIDS ? uids_id(spec->uid, spec->uid_to) : spec->uid;
	const struct wanted wanted = {.draft = draft, .kind = spec->subject, .id = id, .text = spec->cgroup};
	int at;

	if (spec->subject == SUBJECT_EVERYONE)
		return 0;
	at = (int)index_find(&draft->subject_index, subject_key(spec->subject, id, spec->cgroup), is_subject, &wanted);
	if (at >= 0)
		return cgroup && !draft->subjects[at].id && !missing_cgroups ? missing_cgroup(spec->cgroup, err) : at;
	if (cgroup)
		id = cgroup_id(spec->cgroup);
	if (cgroup && !id && !missing_cgroups)
		return missing_cgroup(spec->cgroup, err);
	at = add_subject(draft, spec->subject, id, cgroup ? spec->cgroup : NULL);
	return at < 0 ? error_set(err, ERR_FULL,
				  "too many different users and cgroups in rules, old and new: at most %u", UINT16_MAX)
		      : at;
}

int draft_add(struct draft *draft, const struct rule_spec *spec, bool missing_cgroups, struct error *err)
{
	int subject = subject_for(draft, spec, missing_cgroups, err);
	/* Nearly always none, or the one of the rule before. */
	int set = !spec->set[0] ? 0
		  : draft->n && !strcmp(draft->sets[draft->rules[draft->n - 1].set], spec->set)
			  ? draft->rules[draft->n - 1].set
			  : draft_set(draft, spec->set);
	uint32_t extra = 0;

	if (subject < 0)
		return -1;
	if (set < 0)
		set = add_set(draft, spec->set);
	if (set < 0)
		return error_set(err, ERR_FULL, "too many different sets of rules, old and new: at most %u",
				 UINT16_MAX);
	if (make_room(draft))
		return no_memory(err);
	if (spec->timeout || spec->comment[0]) {
		extra = add_extra(draft, spec->timeout ? draft->now + spec->timeout : 0, spec->comment);
		if (!extra)
			return no_memory(err);
	}
	draft->origin[draft->n] = 0;
	draft->rules[draft->n++] = (struct rule){
		.ip = spec->prefix.ip,
		.action = action_make(spec->verdict, (uint32_t)spec->error, spec->prefix.len, spec->proto, extra),
		.port_lo = spec->port_lo,
		.port_hi = spec->port_hi,
		.subject = (uint16_t)subject,
		.set = (uint16_t)set,
	};
	return 0;
}

void draft_describe(const struct draft *draft, uint32_t index, struct rule_info *info)
{
	const struct rule *rule = &draft->rules[index];
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
			 .uid = uids_first(subject->kind, subject->id),
			 .uid_to = subject->kind == SUBJECT_UIDS ? (uint32_t)subject->id : 0,
			 .timeout = extra && extra->expires > draft->now ? extra->expires - draft->now : 0},
		.id = rule->id,
		.cgroup_gone = subject->kind == SUBJECT_CGROUP && !subject->id,
	};
	strcpy(info->spec.set, draft->sets[rule->set]);
	if (extra)
		strcpy(info->spec.comment, extra->comment);
	if (subject->path)
		strncpy(info->spec.cgroup, subject->path, sizeof(info->spec.cgroup) - 1);
}

bool rule_identical(const struct rule *a, const struct rule *b)
{
	return !memcmp(&a->ip, &b->ip, sizeof(a->ip)) && action_len(a->action) == action_len(b->action) &&
	       action_proto(a->action) == action_proto(b->action) && a->port_lo == b->port_lo &&
	       a->port_hi == b->port_hi && a->subject == b->subject;
}

/* Where rules are dropped, the sorted ones of those that stay get their new slots. */
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

/* Leaves out what is marked with DRAFT_DROP, and gives those that are new their ids. Marks their subjects and sets. */
static int number_rules(struct draft *draft, uint32_t *last_id, uint16_t *subjects, uint16_t *sets)
{
	/* After four thousand million rules ids begin anew, for all of them. */
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

/* Leaves out the subjects and sets that are not marked: those that no rule is about any more. */
static void drop_unused(struct draft *draft, uint16_t *subjects, uint16_t *sets)
{
	uint32_t n_subjects = 1, n_sets = 1;

	for (uint32_t i = 1; i < draft->n_subjects; i++) {
		if (subjects[i]) {
			draft->subjects[n_subjects] = draft->subjects[i];
			subjects[i] = (uint16_t)n_subjects++;
		} else {
			free((char *)draft->subjects[i].path);
		}
	}
	for (uint32_t i = 1; i < draft->n_sets; i++) {
		if (!sets[i])
			continue;
		memmove(draft->sets[n_sets], draft->sets[i], SET_SIZE);
		sets[i] = (uint16_t)n_sets++;
	}
	if (n_subjects == draft->n_subjects && n_sets == draft->n_sets)
		return;
	draft->n_subjects = n_subjects;
	draft->n_sets = n_sets;
	subjects[0] = sets[0] = 0; /* everyone, and no set, stay what they are */
	for (uint32_t i = 0; i < draft->n; i++) {
		draft->rules[i].subject = subjects[draft->rules[i].subject];
		draft->rules[i].set = sets[draft->rules[i].set];
	}
	for (uint32_t i = 0; draft->items && i < draft->n; i++)
		draft->items[i].subject = subjects[draft->items[i].subject];
}

/* Makes of the draft what is compiled. */
static int finish(struct draft *draft, uint32_t *last_id)
{
	uint16_t *subjects = calloc(draft->n_subjects + 1u, sizeof(*subjects));
	uint16_t *sets = calloc(draft->n_sets + 1u, sizeof(*sets));
	int ret = subjects && sets ? number_rules(draft, last_id, subjects, sets) : -ENOMEM;

	if (!ret)
		drop_unused(draft, subjects, sets);
	free(subjects);
	free(sets);
	return ret;
}

int draft_publish(struct draft *draft, struct tables *t, struct error *err)
{
	uint32_t last_id = t->config->last_id;
	int ret = finish(draft, &last_id);
	struct arena arena = {};
	const struct source source = {
		.rules = draft->rules,
		.n_rules = draft->n,
		.n_v4 = draft->n_v4,
		.items = draft->items,
		.subjects = draft->subjects,
		.n_subjects = draft->n_subjects,
		.sets = draft->sets,
		.n_sets = draft->n_sets,
		.extras = draft->extras,
	};

	ret = ret ? no_memory(err) : compile(&source, &arena, err);
	if (!ret) {
		/* Ids may be skipped, never given twice: so this comes first, or where they begin anew, last. */
		if (last_id > t->config->last_id)
			__atomic_store_n(&t->config->last_id, last_id, __ATOMIC_RELEASE);
		ret = tables_publish(t, &source, &arena, draft->origin, &draft->settings, draft->trial_until, err);
		if (!ret)
			__atomic_store_n(&t->config->last_id, last_id, __ATOMIC_RELEASE);
	}
	arena_free(&arena);
	return ret;
}

int draft_check(const struct draft *draft, struct error *err)
{
	struct rule *rules = malloc(((size_t)draft->n + 1) * sizeof(*rules));
	struct source source = {
		.rules = rules,
		.subjects = draft->subjects,
		.n_subjects = draft->n_subjects,
		.sets = draft->sets,
		.n_sets = draft->n_sets,
		.extras = draft->extras,
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
