// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include "base/kept_text.h"
#include "container.h"
#include "exe.h"
#include "sentence.h"
#include "subject.h"
#include "unit.h"

static int take_subject(struct sentence *s, enum subject_kind kind, const char *word, struct error *err)
{
	bool call = s->kind == CALL;

	if (call ? kind == SUBJECT_CGROUP && s->spec.cgroup[0] : s->spec.subject != SUBJECT_EVERYONE)
		return error_set(err, ERR_INPUT,
				 "a %s, near '%s': use one of %s'cgroup', 'unit', 'container' and 'user-slice'",
				 call ? "call has one cgroup" : "rule has one subject", word,
				 call ? "" : "'uid', 'gid', 'exe', ");
	s->spec.subject = kind;
	return 0;
}

static int take_ids(struct sentence *s, enum subject_kind kind, const char *word, struct error *err)
{
	if (s->kind == CALL)
		return id_parse(kind, word, kind == SUBJECT_UID ? &s->spec.id : &s->gid, err);
	if (take_subject(s, kind, ids_word(kind), err) || ids_parse(kind, word, &s->spec.id, &s->spec.id_to, err))
		return -1;
	if (s->spec.id_to != s->spec.id)
		s->spec.subject = range_kind(kind);
	else
		s->spec.id_to = 0;
	return 0;
}

int sentence_uid(struct sentence *s, const char *word, struct error *err)
{
	return take_ids(s, SUBJECT_UID, word, err);
}

int sentence_gid(struct sentence *s, const char *word, struct error *err)
{
	return take_ids(s, SUBJECT_GID, word, err);
}

static int keep_path(struct sentence *s, const char *path, struct error *err)
{
	s->spec.cgroup = text_keep(path);
	return s->spec.cgroup ? 0 : error_errno(err, ENOMEM, "cannot read a rule");
}

static int take_cgroup(struct sentence *s, const char *name, const char *word,
		       int (*parse)(const char *, char[CGROUP_SIZE], struct error *), struct error *err)
{
	char path[CGROUP_SIZE];

	return take_subject(s, SUBJECT_CGROUP, name, err) || parse(word, path, err) ? -1 : keep_path(s, path, err);
}

int sentence_cgroup(struct sentence *s, const char *word, struct error *err)
{
	return take_cgroup(s, "cgroup", word, cgroup_parse, err);
}

int sentence_unit(struct sentence *s, const char *word, struct error *err)
{
	return take_cgroup(s, "unit", word, unit_parse, err);
}

int sentence_container(struct sentence *s, const char *word, struct error *err)
{
	return take_cgroup(s, "container", word, container_parse, err);
}

int sentence_slice(struct sentence *s, const char *word, struct error *err)
{
	return take_cgroup(s, "user-slice", word, user_slice_parse, err);
}

int sentence_exe(struct sentence *s, const char *word, struct error *err)
{
	char path[CGROUP_SIZE];

	if (s->kind == CALL)
		return exe_parse(word, s->exe, err);
	return take_subject(s, SUBJECT_EXE, "exe", err) || exe_parse(word, path, err) ? -1 : keep_path(s, path, err);
}
