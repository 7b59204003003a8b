// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "rule/parse.h"
#include "rule/prefix.h"
#include "rule/subject.h"
#include "rule/verdict.h"
#include "origin.h"

uint64_t timeout_longer(uint64_t a, uint64_t b)
{
	return !a || !b ? 0 : a > b ? a : b;
}

bool origin_parse(const char *comment, struct origin *origin)
{
	const char *at = comment + strlen(NAMED_PREFIX);
	struct error ignored = {};
	char again[COMMENT_SIZE];

	origin->n = 0;
	origin->text[0] = '\0';
	if (strncmp(comment, NAMED_PREFIX, strlen(NAMED_PREFIX)))
		return false;
	for (;; at += 2) {
		size_t len = strcspn(at, ",:");
		char *name;

		if (origin->n == ORIGIN_NAMES || len >= HOST_SIZE)
			return false;
		name = origin->names[origin->n];
		memcpy(name, at, len);
		name[len] = '\0';
		if (host_parse(name, name, &ignored))
			return false;
		origin->n++;
		at += len;
		if (*at != ',' || at[1] != ' ')
			break;
	}
	if (at[0] == ':' && at[1] == ' ' && strlen(at + 2) < sizeof(origin->text))
		strcpy(origin->text, at + 2);
	/* Only the canonical spelling is accepted. */
	return !origin_format(origin, again, &ignored) && !strcmp(again, comment);
}

bool origin_rule(const struct rule_spec *spec, struct origin *origin)
{
	return spec->prefix.len == 128 && origin_parse(spec->comment, origin);
}

void origin_add(struct origin *origin, const char *name)
{
	for (size_t i = 0; i < origin->n; i++) {
		if (!strcmp(origin->names[i], name))
			return;
	}
	/* More names do not fit anyway; origin_format() reports that. */
	if (origin->n < ORIGIN_NAMES)
		strcpy(origin->names[origin->n++], name);
}

int origin_format(const struct origin *origin, char comment[COMMENT_SIZE], struct error *err)
{
	char text[sizeof(NAMED_PREFIX) + ORIGIN_NAMES * (HOST_SIZE + 2) + COMMENT_SIZE];
	char *to = stpcpy(text, NAMED_PREFIX);

	for (size_t i = 0; i < origin->n; i++)
		to = stpcpy(stpcpy(to, i ? ", " : ""), origin->names[i]);
	if (origin->text[0])
		to = stpcpy(stpcpy(to, ": "), origin->text);
	if (to - text >= COMMENT_SIZE)
		return error_set(
			err, ERR_INPUT,
			"no room for all names and the comment of a rule, near '%.64s...': they share %d bytes, so shorten 'comment', or use a set for each name",
			text, COMMENT_SIZE - 1);
	memcpy(comment, text, (size_t)(to - text) + 1);
	return 0;
}

static struct rule_spec shape(const struct rule_spec *spec)
{
	struct rule_spec bare = *spec;
	struct origin origin;

	bare.prefix = (struct prefix){};
	bare.timeout = 0;
	if (origin_parse(spec->comment, &origin))
		strcpy(bare.comment, origin.text);
	return bare;
}

bool origin_alike(const struct rule_spec *a, const struct rule_spec *b)
{
	const struct rule_spec bare_a = shape(a), bare_b = shape(b);

	return rule_same(&bare_a, &bare_b);
}

/* A destination with the rules it makes. For a name, the rules have a placeholder address. */
struct part {
	char name[HOST_SIZE]; /* "": not a name */
	struct rules rules;
};

/* Parses one destination together with the words before and after the list. */
static int read_part(struct part *part, char *token, size_t n, char *const words[], size_t at, enum verdict verdict,
		     struct hosts *hosts, struct error *err)
{
	char placeholder[] = "192.0.2.1", port_word[] = "port"; /* stands in until the name is resolved */
	char *colon = strchr(token, ':'), **copy;
	bool has_port = colon && !strchr(colon + 1, ':');
	size_t to = at;
	int ret = -1;

	if (has_port)
		*colon = '\0';
	copy = reallocarray(NULL, n + 2, sizeof(*copy));
	if (!copy)
		return error_errno(err, ENOMEM, "cannot read the names");
	memcpy(copy, words, at * sizeof(*copy));
	if (host_is_meant(token)) {
		if (host_parse(token, part->name, err) || !hosts_add(hosts, part->name, err))
			goto out;
		copy[to++] = placeholder;
		if (has_port) {
			copy[to++] = port_word;
			copy[to++] = colon + 1;
		}
	} else {
		if (has_port)
			*colon = ':';
		copy[to++] = token;
	}
	memcpy(copy + to, words + at + 1, (n - at - 1) * sizeof(*copy));
	ret = rules_parse(&part->rules, n - at - 1 + to, copy, verdict, err);
out:
	free(copy);
	return ret;
}

static int set_of(const struct hosts *hosts, const char *said, char set[SET_SIZE], struct error *err)
{
	if (said[0]) {
		strcpy(set, said);
		return 0;
	}
	if (hosts->n > 1)
		return error_set(err, ERR_USAGE, "several names, near '%.64s': name a set for them ('set NAME')",
				 hosts->at[1].name);
	if (strlen(hosts->at[0].name) >= SET_SIZE)
		return error_set(
			err, ERR_USAGE,
			"the name is too long for a set, near '%.113s': name a set for it ('set NAME', at most %d characters)",
			hosts->at[0].name, SET_SIZE - 1);
	return set_parse(hosts->at[0].name, set, err);
}

/* Appends a rule. When one of the first n rules has its identity, adds the name to that rule instead. */
static int append(struct rules *rules, const struct rule_spec *spec, size_t n, struct error *err)
{
	struct origin origin, more;

	for (size_t i = 0; i < n; i++) {
		struct rule_spec *there = &rules->at[i];

		if (!rule_same_identity(there, spec))
			continue;
		if (!origin_parse(spec->comment, &more))
			return 0;
		if (!origin_parse(there->comment, &origin))
			origin.n = 0, strcpy(origin.text, more.text);
		origin_add(&origin, more.names[0]);
		return origin_format(&origin, there->comment, err);
	}
	if (rules->n == RULES_PER_SENTENCE)
		return error_set(err, ERR_INPUT, "more than %d rules in one command: split it into several",
				 RULES_PER_SENTENCE);
	if (rules_reserve(rules, 1, err))
		return -1;
	rules->at[rules->n++] = *spec;
	return 0;
}

/* Adds the rules of a part to their set; for a name, one for each of its addresses. */
static int add_part(struct rules *rules, const struct part *part, const struct hosts *hosts, const char *set,
		    struct error *err)
{
	static const struct prefix none;
	const struct host *host = part->name[0] ? hosts_find(hosts, part->name) : NULL;
	const struct prefix *addresses = host ? host->addresses : &none;
	size_t n = host ? host->n : 1, before = rules->n;

	for (size_t a = 0; a < n; a++) {
		for (size_t i = 0; i < part->rules.n; i++) {
			struct rule_spec spec = part->rules.at[i];
			struct origin origin = {};

			strcpy(spec.set, set);
			strcpy(origin.text, spec.comment);
			if (host) {
				spec.prefix = addresses[a];
				origin_add(&origin, host->name);
			}
			if (host && spec.verdict != VERDICT_BLOCK &&
			    host_check_open(hosts, host->name, &addresses[a], err))
				return -1;
			if ((host && origin_format(&origin, spec.comment, err)) || append(rules, &spec, before, err))
				return -1;
		}
	}
	return 0;
}

static int read_parts(struct part *parts, size_t n_parts, char *list, size_t n, char *const words[], size_t at,
		      enum verdict verdict, struct hosts *hosts, struct error *err)
{
	char *token;

	for (size_t i = 0; i < n_parts; i++) {
		token = strsep(&list, ",");
		if (!*token)
			return prefixes_missing(words[at], err);
		if (read_part(&parts[i], token, n, words, at, verdict, hosts, err))
			return -1;
	}
	return 0;
}

int rules_parse_hosts(struct rules *rules, size_t n, char *const words[], enum verdict verdict, struct hosts *hosts,
		      struct error *err)
{
	size_t at = n && verdict_parse(words[0]) >= 0, n_parts = 1;
	struct part *parts;
	char set[SET_SIZE] = "", *list;
	int ret = -1;

	if (n == at)
		return rules_parse(rules, n, words, verdict, err); /* sets the message about the missing part */
	for (const char *c = words[at]; *c; c++)
		n_parts += *c == ',';
	parts = calloc(n_parts, sizeof(*parts));
	list = strdup(words[at]);
	if (!parts || !list) {
		error_errno(err, ENOMEM, "cannot read the names");
		goto out;
	}
	/* Report every fault in the words before resolving any name. */
	if (read_parts(parts, n_parts, list, n, words, at, verdict, hosts, err))
		goto out;
	if (!hosts->n) {
		ret = rules_parse(rules, n, words, verdict, err);
		goto out;
	}
	if (set_of(hosts, parts[0].rules.at[0].set, set, err) || hosts_resolve(hosts, err))
		goto out;
	ret = 0;
	for (size_t i = 0; i < n_parts && !ret; i++)
		ret = add_part(rules, &parts[i], hosts, set, err);
out:
	for (size_t i = 0; parts && i < n_parts; i++)
		rules_free(&parts[i].rules);
	free(parts);
	free(list);
	return ret;
}
