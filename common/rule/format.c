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

/* Formats the words before the first free text. None of them needs quotes. */
static void format_start(const struct rule_spec *spec, char *to, size_t size)
{
	char destination[PREFIX_TEXT_SIZE], ports[16], proto[16];

	prefix_format(&spec->prefix, true, destination);
	ports_format(spec->port_lo, spec->port_hi, ports);
	proto_format(spec->proto, proto);
	snprintf(to, size, "%s %s%s%s%s%s", verdict_name(spec->verdict), destination,
		 rule_any_port(spec) ? "" : " port ", rule_any_port(spec) ? "" : ports,
		 spec->proto == PROTO_ANY ? "" : " proto ", spec->proto == PROTO_ANY ? "" : proto);
}

static void format_options(const struct rule_spec *spec, char *to, size_t size)
{
	const char *error = spec->error != EPERM ? rule_errno_name(spec->error) : NULL;
	char timeout[32];

	duration_format(spec->timeout, timeout);
	snprintf(to, size, "%s%s%s%s%s%s", spec->timeout ? " timeout " : "", spec->timeout ? timeout : "",
		 spec->set[0] ? " set " : "", spec->set, error ? " errno " : "", error ? error : "");
}

/* Formats " cgroup /path" or " unit name" (quoted only where they need it), " uid 1000", or "". Free it; NULL: no
 * memory. */
static char *format_subject(const struct rule_spec *spec)
{
	const char *word, *name;
	char *text = NULL, *quoted;
	int len;

	switch (spec->subject) {
	case SUBJECT_UID:
		len = asprintf(&text, " uid %u", spec->uid);
		return len < 0 ? NULL : text;
	case SUBJECT_UIDS:
		len = asprintf(&text, " uid %u-%u", spec->uid, spec->uid_to);
		return len < 0 ? NULL : text;
	case SUBJECT_CGROUP:
		word = cgroup_is_unit(spec->cgroup) ? "unit" : "cgroup";
		name = cgroup_is_unit(spec->cgroup) ? unit_name(spec->cgroup) : spec->cgroup;
		quoted = text_word(name);
		len = quoted ? asprintf(&text, " %s %s", word, quoted) : -1;
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
	       !spec->comment[0] && spec->error == EPERM;
}

bool rule_format_plain(const struct rule_spec *spec, char text[RULE_PLAIN_SIZE])
{
	char *to = text;

	*to = '\0';
	if (spec->subject || spec->comment[0] || !text_is_plain(spec->set))
		return false; /* tables that others wrote may have any text for a set */
	if (rule_is_plain(spec)) {
		to = stpcpy(to, verdict_name(spec->verdict));
		*to++ = ' ';
		prefix_format(&spec->prefix, true, to);
		return true;
	}
	format_start(spec, to, RULE_PLAIN_SIZE);
	to += strlen(to);
	format_options(spec, to, (size_t)(text + RULE_PLAIN_SIZE - to));
	return true;
}

char *rule_format(const struct rule_spec *spec)
{
	char start[PREFIX_TEXT_SIZE + 64], options[SET_SIZE + 96];
	char *text = NULL, *subject = format_subject(spec), *comment = text_quote_word(spec->comment), *plain;
	int len = -1;

	format_start(spec, start, sizeof(start));
	format_options(spec, options, sizeof(options));
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
