// SPDX-License-Identifier: GPL-2.0-only
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

int sentence_cgroup(struct sentence *s, const char *word, struct error *err)
{
	return take_subject(s, SUBJECT_CGROUP, "cgroup", err) || cgroup_parse(word, s->spec.cgroup, err) ? -1 : 0;
}

int sentence_unit(struct sentence *s, const char *word, struct error *err)
{
	return take_subject(s, SUBJECT_CGROUP, "unit", err) || unit_parse(word, s->spec.cgroup, err) ? -1 : 0;
}

int sentence_container(struct sentence *s, const char *word, struct error *err)
{
	return take_subject(s, SUBJECT_CGROUP, "container", err) || container_parse(word, s->spec.cgroup, err) ? -1 : 0;
}

int sentence_slice(struct sentence *s, const char *word, struct error *err)
{
	int ret = take_subject(s, SUBJECT_CGROUP, "user-slice", err);

	return ret ? ret : user_slice_parse(word, s->spec.cgroup, err);
}

int sentence_exe(struct sentence *s, const char *word, struct error *err)
{
	if (s->kind == CALL)
		return exe_parse(word, s->exe, err);
	return take_subject(s, SUBJECT_EXE, "exe", err) || exe_parse(word, s->spec.exe, err) ? -1 : 0;
}
