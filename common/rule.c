// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rule.h"
#include "text.h"

static const char *const verdicts[VERDICTS] = {
	[VERDICT_ALLOW] = "allow",
	[VERDICT_BLOCK] = "block",
	[VERDICT_AUDIT] = "audit",
};

/* Those that connect(2) can give anyway. None that io_uring would try again: EAGAIN, EINPROGRESS, ECONNABORTED. */
static const struct {
	const char *name;
	int value;
} errnos[] = {
	{"EPERM", EPERM},
	{"EACCES", EACCES},
	{"ECONNREFUSED", ECONNREFUSED},
	{"EHOSTUNREACH", EHOSTUNREACH},
	{"ENETUNREACH", ENETUNREACH},
	{"ETIMEDOUT", ETIMEDOUT},
};

#define ERRNOS (sizeof(errnos) / sizeof(errnos[0]))

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict];
}

int verdict_parse(const char *word)
{
	for (int i = 0; i < VERDICTS; i++) {
		if (!strcmp(word, verdicts[i]))
			return i;
	}
	return -1;
}

const char *rule_errno_word(size_t i)
{
	return i < ERRNOS ? errnos[i].name : NULL;
}

const char *rule_errno_name(int error)
{
	for (size_t i = 0; i < ERRNOS; i++) {
		if (errnos[i].value == error)
			return errnos[i].name;
	}
	return NULL;
}

int rule_errno_parse(const char *word)
{
	for (size_t i = 0; i < ERRNOS; i++) {
		if (!strcmp(word, errnos[i].name))
			return errnos[i].value;
	}
	return -1;
}

void rules_free(struct rules *rules)
{
	free(rules->at);
	*rules = (struct rules){};
}

int rules_reserve(struct rules *rules, size_t n, struct error *err)
{
	size_t need = rules->n + n;

	if (need > rules->room) {
		size_t room = need > rules->room * 2 ? need : rules->room * 2;
		struct rule_spec *at = realloc(rules->at, room * sizeof(*at));

		if (!at)
			return error_errno(err, ENOMEM, "cannot read the rules");
		rules->at = at;
		rules->room = room;
	}
	return 0;
}

void rule_init(struct rule_spec *spec, enum verdict verdict)
{
	*spec = (struct rule_spec){
		.port_hi = UINT16_MAX,
		.proto = PROTO_ANY,
		.subject = SUBJECT_EVERYONE,
		.verdict = verdict,
		.error = EPERM,
	};
}

bool rule_any_port(const struct rule_spec *spec)
{
	return spec->port_lo == 0 && spec->port_hi == UINT16_MAX;
}

static bool same_subject(const struct rule_spec *a, const struct rule_spec *b)
{
	if (a->subject != b->subject)
		return false;
	switch (a->subject) {
	case SUBJECT_UID:
		return a->uid == b->uid;
	case SUBJECT_UIDS:
		return a->uid == b->uid && a->uid_to == b->uid_to;
	case SUBJECT_CGROUP:
		return !strcmp(a->cgroup, b->cgroup);
	case SUBJECT_EVERYONE:
		break;
	}
	return true;
}

bool rule_same_identity(const struct rule_spec *a, const struct rule_spec *b)
{
	return prefix_equal(&a->prefix, &b->prefix) && a->port_lo == b->port_lo && a->port_hi == b->port_hi &&
	       a->proto == b->proto && same_subject(a, b);
}

bool rule_same(const struct rule_spec *a, const struct rule_spec *b)
{
	return rule_same_identity(a, b) && a->verdict == b->verdict && a->error == b->error && !a->timeout &&
	       !b->timeout && !strcmp(a->set, b->set) && !strcmp(a->comment, b->comment);
}

/* The sentence up to where text of any content may come. None of its parts needs quotes. */
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

/* " cgroup /path": in quotes only where the path needs them. " uid 1000", or "". NULL: no memory. Free it. */
static char *format_subject(const struct rule_spec *spec)
{
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
		if (!strpbrk(spec->cgroup, " \"'\\"))
			return asprintf(&text, " cgroup %s", spec->cgroup) < 0 ? NULL : text;
		quoted = text_quote(spec->cgroup);
		len = quoted ? asprintf(&text, " cgroup %s", quoted) : -1;
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
	if (!rule_is_plain(spec))
		return false;
	to = stpcpy(to, verdict_name(spec->verdict));
	*to++ = ' ';
	prefix_format(&spec->prefix, true, to);
	return true;
}

char *rule_format(const struct rule_spec *spec)
{
	char start[PREFIX_TEXT_SIZE + 64], options[SET_SIZE + 96];
	char *text = NULL, *subject = format_subject(spec), *comment = text_quote(spec->comment), *plain;
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
