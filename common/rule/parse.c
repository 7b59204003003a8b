// SPDX-License-Identifier: GPL-2.0-only
/* Parses rules. destination.c parses the destination; this file parses the words after it, with sentence.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "destination.h"
#include "duration.h"
#include "hint.h"
#include "name.h"
#include "parse.h"
#include "ports.h"
#include "prefix.h"
#include "prefix_scan.h"
#include "proto.h"
#include "sentence.h"
#include "subject.h"
#include "synonym.h"
#include "verdict.h"

static int take_port(struct sentence *s, const char *word, struct error *err)
{
	(void)err;
	s->ports = word;
	return 0;
}

static int take_proto(struct sentence *s, const char *words, struct error *err)
{
	int n = protos_parse(words, s->protos, s->kind == CALL ? 1 : MAX_PROTOS, err);

	if (n < 0)
		return -1;
	s->n_protos = (size_t)n;
	s->spec.proto = s->protos[0];
	return 0;
}

static int take_timeout(struct sentence *s, const char *word, struct error *err)
{
	uint64_t ns;

	if (duration_parse(word, &ns))
		return error_set(err, ERR_INPUT,
				 "bad timeout, near '%.64s': a time such as 90s, 5m, 2h30m or 1d, up to 36500d", word);
	if (!ns)
		return error_set(
			err, ERR_INPUT,
			"bad timeout, near '%.64s': the rule would expire at once; for a permanent rule, leave 'timeout' out",
			word);
	s->spec.timeout = ns;
	return 0;
}

static int take_set(struct sentence *s, const char *word, struct error *err)
{
	return set_parse(word, s->spec.set, err);
}

static int take_errno(struct sentence *s, const char *word, struct error *err)
{
	int error = rule_errno_parse(word);

	if (error < 0)
		return error_set(
			err, ERR_INPUT,
			"bad errno, near '%.64s': one of EPERM, EACCES, ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT",
			word);
	s->spec.error = error;
	return 0;
}

static int take_comment(struct sentence *s, const char *text, struct error *err)
{
	if (strlen(text) >= sizeof(s->spec.comment))
		return error_set(err, ERR_INPUT, "bad comment, near '%.32s...': at most %zu bytes", text,
				 sizeof(s->spec.comment) - 1);
	if (!text_is_plain(text))
		return error_set(err, ERR_INPUT, "bad comment, near '%s': only printable UTF-8 on one line", text);
	strcpy(s->spec.comment, text);
	return 0;
}

static int take_private(struct sentence *s, const char *word, struct error *err)
{
	if (s->spec.verdict == VERDICT_BLOCK)
		return error_set(err, ERR_INPUT, "'%s' is for rules that let calls through: leave it out", word);
	s->spec.local = true;
	return 0;
}

static const struct {
	const char *word;
	const char *value; /* NULL: it has none */
	bool identity, subject;
	int (*take)(struct sentence *, const char *, struct error *);
} words_known[] = {
	{"port", "PORTS", true, false, take_port},
	{"proto", "PROTO", true, false, take_proto},
	{"uid", "USER[-USER]", true, true, sentence_uid},
	{"gid", "GROUP[-GROUP]", true, true, sentence_gid},
	{"exe", "PATH", true, true, sentence_exe},
	{"cgroup", "PATH", true, true, sentence_cgroup},
	{"unit", "NAME", true, true, sentence_unit},
	{"container", "ID", true, true, sentence_container},
	{"user-slice", "USER", true, true, sentence_slice},
	{"timeout", "DURATION", false, false, take_timeout},
	{"set", "NAME", false, false, take_set},
	{"errno", "NAME", false, false, take_errno},
	{"comment", "TEXT", false, false, take_comment},
	{"private", NULL, false, false, take_private},
};

#define KNOWN (sizeof(words_known) / sizeof(words_known[0]))

const char *rule_word(size_t i, bool identity)
{
	return i < KNOWN && (words_known[i].identity || !identity) ? words_known[i].word : NULL;
}

bool rule_word_has_value(const char *word)
{
	for (size_t i = 0; i < KNOWN; i++) {
		if (!words_known[i].value && !strcmp(word, words_known[i].word))
			return false;
	}
	return true;
}

bool rule_word_is_subject(const char *word)
{
	for (size_t i = 0; i < KNOWN; i++) {
		if (words_known[i].subject && !strcmp(word, words_known[i].word))
			return true;
	}
	return false;
}

static const char *known_word(size_t i, const void *arg)
{
	const struct sentence *s = arg;

	return rule_word(i, s->kind != RULE);
}

static int unknown(const struct sentence *s, const char *word, struct error *err)
{
	const char *nearest = synonym_of(word, SYNONYM_WORD);

	if (!nearest && hint_clause(word, err))
		return -1;
	if (!nearest)
		nearest = text_nearest(word, KNOWN, known_word, s);
	if (nearest)
		return error_set(err, ERR_INPUT, "unknown word, near '%.64s': did you mean '%s'?", word, nearest);
	if (s->kind == CALL)
		return error_set(
			err, ERR_INPUT,
			"unknown word, near '%.64s': after the address, type port, proto, uid, gid, exe, cgroup, unit, container, user-slice and their values",
			word);
	return error_set(
		err, ERR_INPUT,
		"unknown word, near '%.64s': after the destination, type port, proto, uid, gid, exe, cgroup, unit, container%s and their values; separate several destinations by commas without blanks: 192.0.2.1,192.0.2.2",
		word, s->kind == IDENTITY ? " or user-slice" : ", user-slice, timeout, set, errno, comment or private");
}

/* Refuses a word that only a new rule can have. */
static int unexpected(const struct sentence *s, const char *word, struct error *err)
{
	return error_set(
		err, ERR_USAGE, "unexpected word, near '%s': %s", word,
		s->kind == CALL
			? "a call has an address, a port, a proto, a uid, a gid, an exe and a cgroup or unit, and nothing else"
			: "name a rule by its destination, port, proto and subject only");
}

static int take_words(struct sentence *s, size_t n, char *const words[], struct error *err)
{
	bool seen[KNOWN] = {};

	for (size_t i = 0, taken; i < n; i += taken) {
		size_t k = 0;

		while (k < KNOWN && strcmp(words[i], words_known[k].word))
			k++;
		if (k == KNOWN)
			return unknown(s, words[i], err);
		if (s->kind != RULE && !words_known[k].identity)
			return unexpected(s, words[i], err);
		if (seen[k])
			return error_set(err, ERR_INPUT, "'%s' is repeated, near '%s': type it once", words[i],
					 words[i]);
		seen[k] = true;
		taken = words_known[k].value ? 2 : 1;
		if (i + taken > n)
			return error_set(err, ERR_INPUT, "a value is missing, near '%s': type '%s %s'", words[i],
					 words[i], words_known[k].value);
		if (words_known[k].take(s, words[i + taken - 1], err))
			return -1;
	}
	return 0;
}

static const char *verdict_candidate(size_t i, const void *arg)
{
	(void)arg;
	return verdict_name((enum verdict)i);
}

/*
 * Reports a first word that cannot be a destination, before any fault behind it: "blok 192.0.2.1", "delete 192.0.2.1",
 * "block allow 192.0.2.1".
 */
static int check_first(const char *word, size_t n, bool verdict_said, struct error *err)
{
	struct prefixes none = {};
	const char *nearest = NULL;

	if (verdict_said && verdict_parse(word) >= 0)
		return error_set(err, ERR_INPUT, "a second verdict, near '%s': a rule has only one", word);
	if (word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")])
		return 0;
	for (size_t i = 0; prefix_word(i); i++) {
		if (!strcmp(word, prefix_word(i)))
			return 0;
	}
	if (rule_is_word(word, false))
		return hint_no_destination(word, err);
	if (hint_destination(word, err))
		return -1;
	if (n > 1 && !verdict_said)
		nearest = synonym_of(word, SYNONYM_VERDICT);
	if (n > 1 && !verdict_said && !nearest && !synonym_of(word, SYNONYM_DESTINATION))
		nearest = text_nearest(word, VERDICTS, verdict_candidate, NULL);
	if (nearest)
		return error_set(err, ERR_INPUT, "unknown verdict, near '%.64s': did you mean '%s'?", word, nearest);
	return prefixes_parse(&none, word, err); /* always fails, and sets the message */
}

/* Checks that calls with this protocol can have a port. */
static int check_ports(const struct sentence *s, const struct destinations *list, struct error *err)
{
	if (s->spec.proto != 1 && s->spec.proto != PROTO_RAW)
		return 0;
	for (size_t i = 0; i < list->n; i++) {
		char ports[16], proto[16];

		if (list->at[i].ports.lo == 0 && list->at[i].ports.hi == UINT16_MAX)
			continue;
		ports_format(list->at[i].ports.lo, list->at[i].ports.hi, ports);
		proto_format(s->spec.proto, proto);
		return error_set(
			err, ERR_INPUT,
			"a port that never matches, near '%s': %s has no ports, so leave out the port or 'proto %s'",
			ports, proto, proto);
	}
	return 0;
}

/* Checks that private is for names only. */
static int check_private(const struct sentence *s, const struct destinations *list, struct error *err)
{
	for (size_t i = 0; s->spec.local && i < list->n; i++) {
		if (!prefix_is_name(&list->at[i].prefix) || prefix_is_resolvers(&list->at[i].prefix))
			return error_set(
				err, ERR_INPUT,
				"'private' is for rules for names, whose owners choose the addresses, near 'private': leave it out");
	}
	return 0;
}

static int append(struct rules *rules, const struct rule_spec *spec, const struct destinations *list, struct error *err)
{
	if (rules_reserve(rules, list->n, err))
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		struct rule_spec *to = &rules->at[rules->n++];

		*to = *spec;
		to->prefix = list->at[i].prefix;
		to->port_lo = list->at[i].ports.lo;
		to->port_hi = list->at[i].ports.hi;
		if (list->at[i].proto != PROTO_ANY)
			to->proto = list->at[i].proto;
	}
	return 0;
}

static int parse_destinations(struct rules *rules, const struct sentence *s, const char *word, struct error *err)
{
	struct destinations list = {.reached = s->kind == CALL};
	int ret = -1;

	if (!destinations_parse(&list, word, s->ports, s->spec.proto, err) && !check_ports(s, &list, err) &&
	    !check_private(s, &list, err))
		ret = append(rules, &s->spec, &list, err);
	destinations_free(&list);
	return ret;
}

static int parse(struct rules *rules, struct sentence *s, size_t n, char *const words[], struct error *err)
{
	size_t before = rules->n, i = 0;
	int ret = take_words(s, n - 1, words + 1, err);

	while (!ret) {
		ret = parse_destinations(rules, s, words[0], err);
		if (!ret && rules->n - before > RULES_PER_SENTENCE)
			ret = error_set(err, ERR_INPUT, "more than %d rules in one sentence: make several of it",
					RULES_PER_SENTENCE);
		if (++i >= s->n_protos)
			break;
		s->spec.proto = s->protos[i];
	}
	if (ret)
		rules->n = before;
	return ret;
}

int rules_parse(struct rules *rules, size_t n, char *const words[], enum verdict verdict, struct error *err)
{
	int said = n ? verdict_parse(words[0]) : -1;
	struct sentence s = {.kind = RULE};
	struct prefix prefix;

	if (said >= 0) {
		words++;
		n--;
		verdict = (enum verdict)said;
	}
	/* Fast path: nearly all lines of a batch have no more than an address. */
	if (n == 1 && !prefix_parse_fast(words[0], strlen(words[0]), &prefix)) {
		if (rules_reserve(rules, 1, err))
			return -1;
		rule_init(&rules->at[rules->n], verdict);
		rules->at[rules->n++].prefix = prefix;
		return 0;
	}
	if (!n && said >= 0)
		return error_set(err, ERR_USAGE,
				 "a destination is missing, near '%s': type an address, a prefix, a range or a word",
				 words[-1]);
	if (!n)
		return error_set(err, ERR_USAGE, "a destination is missing (an address, a prefix, a range or a word)");
	if (check_first(words[0], n, said >= 0, err))
		return -1;
	rule_init(&s.spec, verdict);
	return parse(rules, &s, n, words, err);
}

int rules_parse_identity(struct rules *rules, size_t n, char *const words[], struct error *err)
{
	struct sentence s = {.kind = IDENTITY};

	if (!n)
		return error_set(err, ERR_USAGE,
				 "a rule is missing (type its destination, port, proto and subject, or 'id N')");
	if (verdict_parse(words[0]) >= 0)
		return error_set(err, ERR_USAGE, "unexpected word, near '%s': name a rule without its verdict",
				 words[0]);
	if (hint_filter(words[0], err))
		return -1;
	rule_init(&s.spec, VERDICT_BLOCK);
	return parse(rules, &s, n, words, err);
}

int rules_parse_shown(struct rules *rules, size_t n, char *const words[], bool *verdict, struct error *err)
{
	struct sentence s = {.kind = RULE};
	int said = n > 1 ? verdict_parse(words[0]) : -1;

	if (!n)
		return error_set(err, ERR_USAGE,
				 "a rule is missing (its destination and what else names it, or 'id N')");
	*verdict = said >= 0;
	rule_init(&s.spec, said >= 0 ? (enum verdict)said : VERDICT_BLOCK);
	if (*verdict && check_first(words[1], n - 1, true, err))
		return -1;
	return parse(rules, &s, n - *verdict, words + *verdict, err);
}

int rules_parse_call(struct rules *rules, struct call_words *said, size_t n, char *const words[], struct error *err)
{
	struct sentence s = {.kind = CALL, .gid = UINT32_MAX};
	int ret;

	rule_init(&s.spec, VERDICT_BLOCK);
	s.spec.id = UINT32_MAX;
	ret = parse(rules, &s, n, words, err);
	said->gid = s.gid;
	strcpy(said->exe, s.exe);
	return ret;
}
