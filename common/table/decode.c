// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include "base/kept_text.h"
#include "rule/subject.h"
#include "rule/verdict.h"
#include "bind.h"
#include "decode.h"
#include "names_now.h"

/* Returns the memory from a line of the arena on: *size bytes, at most most. NULL and 0 past the arena. */
static const void *arena_at(struct tables *t, uint32_t line, size_t most, size_t *size)
{
	size_t offset = (size_t)line * sizeof(struct line);
	size_t left = offset < t->arena.size ? t->arena.size - offset : 0;

	*size = left < most ? left : most;
	return *size ? mapped_at(&t->arena, offset, *size) : NULL;
}

/* Copies a text of at most size bytes, which may lack its NUL. Cuts it to fit. */
static void copy_text(char *to, size_t room, const char *from, size_t size)
{
	size_t len = strnlen(from, size < room ? size : room - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

bool decode_text(struct tables *t, uint32_t line, char *text, size_t size)
{
	size_t there = 0;
	const char *from = arena_at(t, line, size, &there);

	if (!from || strnlen(from, there) == there) {
		*text = '\0';
		return false;
	}
	strcpy(text, from);
	return true;
}

const struct extra *decode_extra(struct tables *t, const struct rule *rule, struct extra *copy)
{
	uint32_t line = action_extra(rule->action);
	size_t size = 0;
	const struct extra *extra = line ? arena_at(t, line, sizeof(*extra), &size) : NULL;

	if (!extra)
		return NULL;
	copy->expires = extra->expires;
	copy_text(copy->comment, sizeof(copy->comment), extra->comment, size - offsetof(struct extra, comment));
	return copy;
}

bool extra_equal(const struct extra *a, const struct extra *b)
{
	static const struct extra none;

	if (!a || !b)
		return a == b || extra_equal(a ? a : &none, b ? b : &none);
	return a->expires == b->expires && !strcmp(a->comment, b->comment);
}

const struct subject *decode_subject_at(struct tables *t, uint32_t index)
{
	return (const struct subject *)tables_line(t, t->header->subject_line + index);
}

const char *decode_path(struct tables *t, const struct subject *subject)
{
	char path[CGROUP_SIZE];
	size_t size = 0;
	const char *text;

	if (!subject_has_path(subject->kind))
		return "";
	text = arena_at(t, subject->path_line, CGROUP_SIZE, &size);
	if (!text)
		return NULL;
	copy_text(path, CGROUP_SIZE, text, size);
	return text_keep(path);
}

bool decode_set_name(struct tables *t, uint32_t index, char name[SET_SIZE])
{
	size_t offset = (size_t)t->header->set_line * sizeof(struct line) + (size_t)index * SET_SIZE;
	const char *text = mapped_at(&t->arena, offset, SET_SIZE);

	copy_text(name, SET_SIZE, text ? text : "", text ? SET_SIZE : 0);
	return text;
}

/* Returns the line of a set's text, or 0. words: the line where a word for each set starts, or 0. */
static uint32_t line_of_set(struct tables *t, uint32_t words, uint32_t index)
{
	const struct line *line = words ? tables_line(t, words + index / LINE_WORDS) : NULL;

	return line ? line->w[index % LINE_WORDS] : 0;
}

bool decode_except(struct tables *t, uint32_t index, char words[EXCEPT_SIZE])
{
	const struct subject *everyone = decode_subject_at(t, 0);
	uint32_t line = everyone ? line_of_set(t, everyone->path_line, index) : 0;
	size_t size = 0;
	const char *text = line ? arena_at(t, line, EXCEPT_SIZE, &size) : NULL;

	copy_text(words, EXCEPT_SIZE, text ? text : "", size);
	return words[0];
}

/* Returns what there is of the record, *size bytes, with the time at least; or NULL. */
static const struct restored *restored_of(struct tables *t, uint32_t index, size_t *size)
{
	const struct subject *everyone = decode_subject_at(t, 0);
	uint32_t line = everyone ? line_of_set(t, everyone->restored_line, index) : 0;

	return line ? arena_at(t, line, sizeof(struct restored), size) : NULL;
}

bool decode_kept(struct tables *t, uint32_t index, struct set_kept *kept)
{
	size_t size = 0;
	const struct restored *restored = restored_of(t, index, &size);
	bool excepts = decode_except(t, index, kept->except);

	kept->restored = restored ? __atomic_load_n(&restored->at, __ATOMIC_RELAXED) : 0;
	copy_text(kept->source, SOURCE_SIZE, restored ? restored->source : "",
		  restored ? size - offsetof(struct restored, source) : 0);
	return excepts || restored;
}

uint64_t *decode_restored_at(struct tables *t, uint32_t index)
{
	size_t size;

	return (uint64_t *)restored_of(t, index, &size);
}

void decode_words(const struct rule *rule, struct rule_spec *spec)
{
	enum verdict verdict = (enum verdict)action_verdict(rule->action);
	int error = (int)action_errno(rule->action);

	/*
	 * Sets the fields one by one, and does not clear the texts: few rules have any, and a list may have a million
	 * rules.
	 */
	spec->prefix = (struct prefix){.ip = rule->ip, .len = (__u8)action_len(rule->action)};
	spec->port_lo = rule->port_lo;
	spec->port_hi = rule->port_hi;
	spec->proto = (uint16_t)action_proto(rule->action);
	/* The programs block on a verdict that they do not know. */
	spec->verdict = verdict < VERDICTS ? verdict : VERDICT_BLOCK;
	spec->error = rule_errno_name(error) ? error : EPERM;
	spec->local = rule->action & ACTION_PRIVATE;
	spec->id = spec->id_to = 0;
	spec->subject = SUBJECT_EVERYONE;
	spec->timeout = 0;
	spec->cgroup = "";
	spec->set[0] = spec->comment[0] = '\0';
}

void decode_subject(uint32_t kind, uint64_t id, const char *path, struct rule_spec *spec)
{
	spec->subject = (enum subject_kind)kind;
	spec->id = range_first(kind, id);
	spec->id_to = is_range(kind) ? (uint32_t)id : 0;
	spec->cgroup = path ? path : "";
}

bool decode_rule(struct tables *t, uint32_t slot, uint64_t now, struct rule_info *info)
{
	const struct rule *rule = tables_rule(t, slot);
	struct counter counter = tables_counter(t, slot);
	const struct subject *subject;
	const struct extra *extra;
	struct extra room;

	if (!rule || !rule->id)
		return false;
	decode_words(rule, &info->spec);
	info->id = rule->id;
	info->cgroups_now = info->addresses_now = -1;
	if (prefix_is_name(&info->spec.prefix))
		info->addresses_now = names_now(t, &info->spec.prefix.ip);
	info->hits = counter.hits;
	info->last_hit = counter.last_hit < now ? counter.last_hit : now;
	extra = decode_extra(t, rule, &room);
	if (extra) {
		if (extra->expires && extra->expires <= now)
			return false;
		if (extra->expires)
			info->spec.timeout = extra->expires - now;
		strcpy(info->spec.comment, extra->comment);
	}
	if (rule->set)
		decode_set_name(t, rule->set, info->spec.set);
	subject = rule->subject ? decode_subject_at(t, rule->subject) : NULL;
	if (subject) {
		decode_subject(subject->kind, subject->id, decode_path(t, subject), &info->spec);
		if (subject->kind == SUBJECT_CGROUP)
			info->cgroups_now = bind_now(t, rule->subject);
	}
	return true;
}

/* Returns the index of the subject, or -1 when no rule has this subject. */
static int encode_subject(struct tables *t, const struct rule_spec *spec)
{
	uint64_t id = subject_id(spec);

	for (uint32_t i = 1; spec->subject != SUBJECT_EVERYONE && i < t->header->subjects; i++) {
		const struct subject *subject = decode_subject_at(t, i);
		const char *path;

		if (!subject || subject->kind != spec->subject)
			continue;
		path = decode_path(t, subject);
		if (subject_has_path(subject->kind) ? path && !strcmp(path, spec->cgroup) : subject->id == id)
			return (int)i;
	}
	return spec->subject == SUBJECT_EVERYONE ? 0 : -1;
}

int encode_set(struct tables *t, const char *name)
{
	char there[SET_SIZE];

	if (!*name)
		return 0;
	for (uint32_t i = 1; i < t->header->sets; i++) {
		decode_set_name(t, i, there);
		if (!strcmp(there, name))
			return (int)i;
	}
	return -1;
}

uint64_t action_of(const struct rule_spec *spec, uint32_t extra)
{
	return action_make(spec->verdict, (uint32_t)spec->error, spec->prefix.len, spec->proto, extra) |
	       (spec->local ? ACTION_PRIVATE : 0);
}

bool encode_rule(struct tables *t, const struct rule_spec *spec, struct rule *rule)
{
	int subject = encode_subject(t, spec), set = encode_set(t, spec->set);

	if (subject < 0 || set < 0)
		return false;
	*rule = (struct rule){
		.ip = spec->prefix.ip,
		.action = action_of(spec, 0),
		.port_lo = spec->port_lo,
		.port_hi = spec->port_hi,
		.subject = (uint16_t)subject,
		.set = (uint16_t)set,
	};
	return true;
}

bool rule_is_twin(const struct rule *a, const struct rule *b)
{
	return !memcmp(&a->ip, &b->ip, sizeof(a->ip)) && action_len(a->action) == action_len(b->action) &&
	       action_proto(a->action) == action_proto(b->action) && a->port_lo == b->port_lo &&
	       a->port_hi == b->port_hi && a->subject == b->subject;
}

bool rule_identical(const struct rule *a, const struct rule *b)
{
	return a->set == b->set && rule_is_twin(a, b);
}
