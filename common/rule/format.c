// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "duration.h"
#include "format.h"
#include "ports.h"
#include "prefix.h"
#include "proto.h"
#include "unit.h"
#include "verdict.h"

/* Formats the words before the first free text. None of them needs quotes. Returns the end of the text. */
static char *format_start(const struct rule_spec *spec, char *to)
{
	to = stpcpy(to, verdict_name(spec->verdict));
	*to++ = ' ';
	to = prefix_format(&spec->prefix, true, to);
	if (!rule_any_port(spec)) {
		to = stpcpy(to, " port ");
		ports_format(spec->port_lo, spec->port_hi, to);
		to += strlen(to);
	}
	if (spec->proto != PROTO_ANY) {
		to = stpcpy(to, " proto ");
		proto_format(spec->proto, to);
		to += strlen(to);
	}
	return to;
}

/* Formats the words between the subject and the comment. */
static void format_options(const struct rule_spec *spec, char *to)
{
	const char *error = spec->error != EPERM ? rule_errno_name(spec->error) : NULL;

	*to = '\0';
	if (spec->timeout) {
		to = stpcpy(to, " timeout ");
		duration_format(spec->timeout, to);
		to += strlen(to);
	}
	if (spec->set[0])
		to = stpcpy(stpcpy(to, " set "), spec->set);
	if (error)
		to = stpcpy(stpcpy(to, " errno "), error);
	if (spec->local)
		stpcpy(to, " private");
}

char *rule_format_subject(const struct rule_spec *spec)
{
	const char *word, *name;
	char *text = NULL, *quoted;
	int len;

	switch (spec->subject) {
	case SUBJECT_UID:
	case SUBJECT_GID:
		len = asprintf(&text, " %s %u", ids_word(spec->subject), spec->id);
		return len < 0 ? NULL : text;
	case SUBJECT_UIDS:
	case SUBJECT_GIDS:
		len = asprintf(&text, " %s %u-%u", ids_word(spec->subject), spec->id, spec->id_to);
		return len < 0 ? NULL : text;
	case SUBJECT_CGROUP:
		word = cgroup_is_unit(spec->cgroup) ? "unit" : "cgroup";
		name = cgroup_is_unit(spec->cgroup) ? unit_name(spec->cgroup) : spec->cgroup;
		quoted = text_word(name);
		len = quoted ? asprintf(&text, " %s %s", word, quoted) : -1;
		free(quoted);
		return len < 0 ? NULL : text;
	case SUBJECT_EXE:
		quoted = text_word(spec->exe);
		len = quoted ? asprintf(&text, " exe %s", quoted) : -1;
		free(quoted);
		return len < 0 ? NULL : text;
	case SUBJECT_EVERYONE:
		break;
	}
	return strdup("");
}

bool rule_is_plain(const struct rule_spec *spec)
{
	return rule_any_port(spec) && spec->proto == PROTO_ANY && !spec->subject && !spec->timeout && !spec->set[0] &&
	       !spec->comment[0] && spec->error == EPERM && !spec->local;
}

bool rule_format_plain(const struct rule_spec *spec, char text[RULE_PLAIN_SIZE])
{
	*text = '\0';
	if (spec->subject || spec->comment[0] || !text_is_plain(spec->set))
		return false; /* tables that others wrote may have any text for a set */
	format_options(spec, format_start(spec, text));
	return true;
}

char *rule_format(const struct rule_spec *spec)
{
	char start[PREFIX_TEXT_SIZE + 64], options[SET_SIZE + 96];
	char *text = NULL, *subject = rule_format_subject(spec), *comment = text_quote_word(spec->comment), *plain;
	int len = -1;

	format_start(spec, start);
	format_options(spec, options);
	if (subject && comment)
		len = asprintf(&text, "%s%s%s%s%s", start, subject, options, spec->comment[0] ? " comment " : "",
			       spec->comment[0] ? comment : "");
	free(subject);
	free(comment);
	if (len < 0 || text_is_plain(text))
		return len < 0 ? NULL : text;
	plain = text_escape(text);
	free(text);
	return plain;
}
