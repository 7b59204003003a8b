// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "../common/num.h"
#include "../common/rule_json.h"
#include "../common/subject.h"
#include "../common/text.h"

/* Columns; more hits than that push the rest of their line to the right. */
#define HITS_WIDTH 8
#define TIME_WIDTH 25

struct listing {
	const struct invocation *inv;
	int verdict; /* -1: any */
	struct prefixes destinations;
	char set[SET_SIZE]; /* "": any */
	FILE *to;
	int64_t boot_offset;
	struct rules_json json;
	size_t widths[2]; /* id and destination */
};

/* FILTER is a verdict, a destination, a set, or several of these: rules that cover the destination or lie within it. */
static int parse_filter(struct listing *l, struct error *err)
{
	const struct invocation *inv = l->inv;
	size_t used = 0;

	l->verdict = inv->n ? verdict_parse(inv->words[0]) : -1;
	used += l->verdict >= 0;
	if (used < inv->n && strcmp(inv->words[used], "set") &&
	    prefixes_parse(&l->destinations, inv->words[used++], err))
		return -1;
	if (used < inv->n && !strcmp(inv->words[used], "set")) {
		if (used + 1 == inv->n)
			return error_set(err, ERR_USAGE, "'set' is followed by one name (usage: lsmctl list %s)",
					 command_list.args);
		if (set_parse(inv->words[used + 1], l->set, err))
			return -1;
		used += 2;
	}
	if (used < inv->n)
		return error_set(err, ERR_USAGE, "unexpected '%.64s' (usage: lsmctl list %s)", inv->words[used],
				 command_list.args);
	return 0;
}

static bool passes(const struct listing *l, const struct rule_spec *spec)
{
	if ((l->verdict >= 0 && spec->verdict != (enum verdict)l->verdict) || (l->set[0] && strcmp(spec->set, l->set)))
		return false;
	for (size_t i = 0; i < l->destinations.n; i++) {
		const struct prefix *wanted = &l->destinations.at[i];

		if (prefix_contains(wanted, &spec->prefix) || prefix_contains(&spec->prefix, wanted))
			return true;
	}
	return !l->destinations.n;
}

static int write_json(const struct rule_info *rule, void *arg)
{
	struct listing *l = arg;

	return passes(l, &rule->spec) ? rules_json_add(&l->json, rule) : 0;
}

static int measure(const struct rule_info *rule, void *arg)
{
	char text[PREFIX_TEXT_SIZE];
	struct listing *l = arg;
	size_t width;

	if (!passes(l, &rule->spec))
		return 0;
	prefix_format(&rule->spec.prefix, true, text);
	width = strlen(text);
	l->widths[1] = width > l->widths[1] ? width : l->widths[1];
	width = (size_t)snprintf(text, sizeof(text), "%u", rule->id);
	l->widths[0] = width > l->widths[0] ? width : l->widths[0];
	return 0;
}

/* The rest of the sentence behind the destination: what more there is to say about a rule. */
static char *options_of(const struct rule_info *rule)
{
	char *text = rule_format(&rule->spec), *rest, *plain;

	if (!text)
		return NULL;
	rest = strchr(text, ' ') + 1;
	rest += strcspn(rest, " ");
	if (asprintf(&plain, "%s%s", *rest ? rest + 1 : "", rule->cgroup_gone ? " (the cgroup is gone)" : "") < 0)
		plain = NULL;
	free(text);
	rest = plain ? text_escape(plain) : NULL;
	free(plain);
	return rest;
}

/* A column and the gap behind it; by hand, since a list may be long. */
static char *put_column(const struct listing *l, char *to, const char *text, size_t width)
{
	size_t len = strlen(text);

	memcpy(to, text, len);
	to += len;
	if (l->inv->out.terse) {
		*to++ = '\t';
		return to;
	}
	width = (width > len ? width - len : 0) + 2;
	memset(to, ' ', width);
	return to + width;
}

static int write_text(const struct rule_info *rule, void *arg)
{
	char plain[RULE_PLAIN_SIZE], number[24], time[TIME_TEXT_SIZE] = "-";
	char line[PREFIX_TEXT_SIZE + 128], *to = line, *options = NULL;
	const struct rule_spec *spec = &rule->spec;
	struct listing *l = arg;
	bool failed;

	if (!passes(l, spec))
		return 0;
	*num_put(number, rule->id) = '\0';
	to = put_column(l, to, number, l->widths[0]);
	to = put_column(l, to, verdict_name(spec->verdict), strlen("VERDICT"));
	prefix_format(&spec->prefix, true, plain);
	to = put_column(l, to, plain, l->widths[1]);
	if (!rule_format_plain(spec, plain))
		options = options_of(rule);
	*num_put(number, rule->hits) = '\0';
	to = put_column(l, to, number, HITS_WIDTH);
	if (rule->last_hit)
		time_format((uint64_t)((int64_t)rule->last_hit + l->boot_offset), time);
	if (options || l->inv->out.terse)
		to = put_column(l, to, time, TIME_WIDTH);
	else
		to = stpcpy(to, time);
	failed = fwrite_unlocked(line, 1, (size_t)(to - line), l->to) != (size_t)(to - line) ||
		 (options && fputs_unlocked(options, l->to) < 0) || putc_unlocked('\n', l->to) < 0;
	free(options);
	return failed;
}

static void write_all(struct ruleset *rules, struct listing *l)
{
	const struct output *out = &l->inv->out;

	if (out->json) {
		rules_json_begin(&l->json, out, l->to, "");
		ruleset_each(rules, write_json, l);
		rules_json_end(&l->json);
		return;
	}
	if (!out->terse) {
		l->widths[0] = strlen("ID");
		l->widths[1] = strlen("DESTINATION");
		ruleset_each(rules, measure, l);
		fprintf(l->to, "%s%-*s  %-7s  %-*s  %-*s  %-*s  %s%s\n", out->color ? "\033[1m" : "", (int)l->widths[0],
			"ID", "VERDICT", (int)l->widths[1], "DESTINATION", HITS_WIDTH, "HITS", TIME_WIDTH, "LAST HIT",
			"OPTIONS", out->color ? "\033[0m" : "");
	}
	ruleset_each(rules, write_text, l);
}

static void write_to(struct ruleset *rules, FILE *to, void *arg)
{
	struct listing *l = arg;

	l->to = to;
	write_all(rules, l);
}

static int run(struct invocation *inv, struct error *err)
{
	struct listing l = {.inv = inv, .boot_offset = clock_offset()};
	int ret = parse_filter(&l, err);

	if (!ret)
		ret = session_print(inv, stdout, write_to, &l, err);
	prefixes_free(&l.destinations);
	return ret;
}

/* Verdict, destination, set NAME, in this order. */
static void complete(struct invocation *inv)
{
	static const char *const words[] = {"allow", "block", "audit", NULL};
	size_t used = inv->n && verdict_parse(inv->words[0]) >= 0;

	if (!inv->n)
		complete_words(words);
	if (used == inv->n)
		complete_destinations();
	if (used < inv->n && strcmp(inv->words[used], "set"))
		used++;
	if (used == inv->n)
		puts("set");
	else if (used + 1 == inv->n && !strcmp(inv->words[used], "set"))
		complete_sets(inv);
}

const struct command command_list = {
	.name = "list",
	.args = "[allow|block|audit] [DESTINATION] [set NAME]",
	.summary = "show the rules, in the order in which they came",
	.doc = "With a DESTINATION, the rules that cover it or lie within it.",
	.max_words = NO_LIMIT,
	.run = run,
	.complete = complete,
};
