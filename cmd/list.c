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
	bool filtered;
	int verdict; /* -1: any */
	struct prefixes destinations;
	char set[SET_SIZE]; /* "": any */
	FILE *to;
	int64_t boot_offset;
	struct rules_json json;
	uint32_t last_id;
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
	if (!l->filtered)
		return true;
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
	struct listing *l = arg;
	size_t width;

	if (!passes(l, &rule->spec))
		return 0;
	l->last_id = rule->id > l->last_id ? rule->id : l->last_id;
	width = prefix_width(&rule->spec.prefix, true);
	l->widths[1] = width > l->widths[1] ? width : l->widths[1];
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

/* The gap behind a column that begins at start and ends at to; by hand, since a list may be long. */
static char *end_column(const struct listing *l, const char *start, char *to, size_t width)
{
	size_t len = (size_t)(to - start);

	if (l->inv->out.terse) {
		*to++ = '\t';
		return to;
	}
	for (size_t gap = (width > len ? width - len : 0) + 2; gap; gap--)
		*to++ = ' ';
	return to;
}

static int write_text(const struct rule_info *rule, void *arg)
{
	char line[PREFIX_TEXT_SIZE + TIME_TEXT_SIZE + 128], *to = line, *start = line, *options = NULL;
	const struct rule_spec *spec = &rule->spec;
	struct listing *l = arg;
	bool failed;

	if (!passes(l, spec))
		return 0;
	start = to = end_column(l, start, num_put(to, rule->id), l->widths[0]);
	start = to = end_column(l, start, stpcpy(to, verdict_name(spec->verdict)), strlen("VERDICT"));
	start = to = end_column(l, start, prefix_format(&spec->prefix, true, to), l->widths[1]);
	start = to = end_column(l, start, num_put(to, rule->hits), HITS_WIDTH);
	if (rule->last_hit)
		time_format((uint64_t)((int64_t)rule->last_hit + l->boot_offset), to);
	else
		strcpy(to, "-");
	to += strlen(to);
	if (!rule_is_plain(spec))
		options = options_of(rule);
	if (options || l->inv->out.terse)
		to = end_column(l, start, to, TIME_WIDTH);
	failed = fwrite_unlocked(line, 1, (size_t)(to - line), l->to) != (size_t)(to - line) ||
		 (options && fputs_unlocked(options, l->to) < 0) || putc_unlocked('\n', l->to) < 0;
	free(options);
	return failed;
}

static void write_all(struct ruleset *rules, struct listing *l)
{
	const struct output *out = &l->inv->out;
	char number[24];

	if (out->json) {
		rules_json_begin(&l->json, out, l->to, NULL, NULL);
		ruleset_each(rules, write_json, l);
		rules_json_end(&l->json);
		return;
	}
	if (!out->terse) {
		l->widths[1] = strlen("DESTINATION");
		ruleset_each(rules, measure, l);
		l->widths[0] = (size_t)(num_put(number, l->last_id) - number);
		if (l->widths[0] < strlen("ID"))
			l->widths[0] = strlen("ID");
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
	struct listing l = {.inv = inv, .filtered = inv->n, .boot_offset = clock_offset()};
	int ret = parse_filter(&l, err);

	if (!ret)
		ret = session_print(inv, stdout, write_to, &l, err);
	prefixes_free(&l.destinations);
	return ret;
}

/* Verdict, destination, set NAME, in this order. */
static void complete(struct invocation *inv)
{
	size_t used = inv->n && verdict_parse(inv->words[0]) >= 0;

	if (!inv->n)
		complete_verdicts();
	if (used == inv->n)
		complete_destinations();
	if (used < inv->n && strcmp(inv->words[used], "set"))
		used++;
	if (used == inv->n)
		complete_word("set", NULL);
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
