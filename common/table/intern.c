// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "rule/subject.h"
#include "intern.h"

/* The key of a subject or set. */
struct wanted {
	const struct interned *in;
	enum subject_kind kind;
	uint64_t id;	  /* a uid, a gid or range_id() */
	const char *text; /* the path of a cgroup or a program, or the name of a set */
};

static uint32_t subject_key(enum subject_kind kind, uint64_t id, const char *path)
{
	return subject_has_path(kind) ? hash_text(path) : hash_number(id);
}

static bool is_subject(uint32_t i, const void *arg)
{
	const struct wanted *wanted = arg;
	const struct subject_source *subject = &wanted->in->subjects[i];

	return subject->kind == wanted->kind &&
	       (subject_has_path(subject->kind) ? !strcmp(subject->path, wanted->text) : subject->id == wanted->id);
}

static bool is_set(uint32_t i, const void *arg)
{
	const struct wanted *wanted = arg;

	return !strcmp(wanted->in->sets[i], wanted->text);
}

int intern_subject(struct interned *in, enum subject_kind kind, uint64_t id, const char *path)
{
	struct subject_source *subjects;

	if (in->n_subjects > UINT16_MAX)
		return -1;
	subjects = array_with_room_for_one(in->subjects, in->n_subjects, sizeof(*subjects));
	if (subjects)
		in->subjects = subjects;
	if (!subjects || hash_add(&in->subject_index, subject_key(kind, id, path), in->n_subjects))
		return -1;
	in->subjects[in->n_subjects] = (struct subject_source){.kind = kind, .id = id, .path = path};
	return (int)in->n_subjects++;
}

int intern_set(struct interned *in, const char *name)
{
	char(*sets)[SET_SIZE];
	struct set_source *kept;

	if (in->n_sets > UINT16_MAX)
		return -1;
	kept = array_with_room_for_one(in->kept, in->n_sets, sizeof(*kept));
	if (!kept)
		return -1;
	in->kept = kept;
	sets = array_with_room_for_one(in->sets, in->n_sets, sizeof(*sets));
	if (sets)
		in->sets = sets;
	if (!sets || hash_add(&in->set_index, hash_text(name), in->n_sets))
		return -1;
	memset(sets[in->n_sets], 0, SET_SIZE);
	strcpy(sets[in->n_sets], name);
	in->kept[in->n_sets] = (struct set_source){};
	return (int)in->n_sets++;
}

/* Replaces a text. "" becomes NULL. */
static int replace_text(char **to, const char *text)
{
	char *copy = text[0] ? strdup(text) : NULL;

	if (text[0] && !copy)
		return -1;
	free(*to);
	*to = copy;
	return 0;
}

int intern_except(struct interned *in, uint32_t set, const char *words)
{
	return replace_text(&in->kept[set].except, words);
}

int intern_restored(struct interned *in, uint32_t set, const char *source, uint64_t at)
{
	in->kept[set].restored = at;
	return replace_text(&in->kept[set].source, source);
}

int intern_kept(struct interned *in, uint32_t set, const struct set_kept *kept)
{
	return intern_except(in, set, kept->except) || intern_restored(in, set, kept->source, kept->restored) ? -1 : 0;
}

int intern_find_set(const struct interned *in, const char *name)
{
	const struct wanted wanted = {.in = in, .text = name};

	return (int)hash_find(&in->set_index, hash_text(name), is_set, &wanted);
}

int intern_subject_of(struct interned *in, const struct rule_spec *spec, struct error *err)
{
	uint64_t id = subject_id(spec);
	const struct wanted wanted = {.in = in, .kind = spec->subject, .id = id, .text = spec->cgroup};
	int at;

	if (spec->subject == SUBJECT_EVERYONE)
		return 0;
	at = (int)hash_find(&in->subject_index, subject_key(spec->subject, id, spec->cgroup), is_subject, &wanted);
	if (at >= 0)
		return at;
	at = intern_subject(in, spec->subject, id, spec->cgroup);
	return at < 0 ? error_set(
				err, ERR_FULL,
				"too many users, groups, programs and cgroups in rules, old and new together: at most %u",
				UINT16_MAX)
		      : at;
}

static void free_kept(struct set_source *kept)
{
	free(kept->except);
	free(kept->source);
	*kept = (struct set_source){};
}

bool intern_drop_unused(struct interned *in, uint16_t *subjects, uint16_t *sets)
{
	uint32_t n_subjects = 1, n_sets = 1;

	for (uint32_t i = 1; i < in->n_subjects; i++) {
		if (!subjects[i])
			continue;
		in->subjects[n_subjects] = in->subjects[i];
		subjects[i] = (uint16_t)n_subjects++;
	}
	for (uint32_t i = 1; i < in->n_sets; i++) {
		if (!sets[i]) {
			free_kept(&in->kept[i]);
			continue;
		}
		memmove(in->sets[n_sets], in->sets[i], SET_SIZE);
		in->kept[n_sets] = in->kept[i];
		sets[i] = (uint16_t)n_sets++;
	}
	if (n_subjects == in->n_subjects && n_sets == in->n_sets)
		return false;
	in->n_subjects = n_subjects;
	in->n_sets = n_sets;
	subjects[0] = sets[0] = 0; /* everyone, and the empty set, keep index 0 */
	return true;
}

void interned_free(struct interned *in)
{
	for (uint32_t i = 0; i < in->n_sets; i++)
		free_kept(&in->kept[i]);
	free(in->subjects);
	free(in->sets);
	free(in->kept);
	hash_free(&in->subject_index);
	hash_free(&in->set_index);
}
