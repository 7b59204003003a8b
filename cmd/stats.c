// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include "base/num.h"
#include "base/time.h"
#include "rule/format.h"
#include "shared/by.h"
#include "shared/rules_json.h"
#include "shared/session.h"
#include "table/ruleset.h"
#include "stats.h"
#include "stats_top.h"

#define MAX_INTERVAL   86400u
#define KEY_PROMETHEUS 0x100
#define KEY_INTO       0x101
#define KEY_BY	       0x102

static struct {
	uint64_t interval; /* seconds; 0: print once */
	uint64_t top;	   /* number of rules; 0: all rules with hits */
	bool prometheus;
	const char *into;
	const char *by; /* as typed, or NULL */
	enum subject_kind kind;
} options;

static const struct argp_option option_table[] = {
	{"interval", 'i', "S", 0, "print again every S seconds, until interrupted", 0},
	{"top", 'T', "N", 0, "show only the N rules with the most hits", 0},
	{"by", KEY_BY, BY_WORDS, 0, "add up the hits of rules by whom they are for", 0},
	{"prometheus", KEY_PROMETHEUS, NULL, 0, "print metrics in Prometheus' text format", 0},
	{"into", KEY_INTO, "FILE", 0, "with --prometheus: replace FILE by the metrics, in one step", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct error *err = state->input;

	switch (key) {
	case 'i':
		if (!num_parse(arg, MAX_INTERVAL, &options.interval) && options.interval)
			return 0;
		error_set(err, ERR_USAGE, "bad --interval, near '%.64s': seconds, from 1 to %u", arg, MAX_INTERVAL);
		return EINVAL;
	case 'T':
		if (!num_parse(arg, UINT32_MAX, &options.top) && options.top)
			return 0;
		error_set(err, ERR_USAGE, "bad --top, near '%.64s': a number of rules, from 1", arg);
		return EINVAL;
	case KEY_INTO:
		options.into = arg;
		return 0;
	case KEY_BY:
		options.by = arg;
		return by_parse(arg, &options.kind, err) ? EINVAL : 0;
	case KEY_PROMETHEUS:
		options.prometheus = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void print_text(const struct invocation *inv, const struct totals *totals, const struct top *top)
{
	static const char *const header[] = {"HITS", "LAST HIT", "RULE"};
	struct table table;
	char last_hit[TIME_TEXT_SIZE];

	table = table_open(&inv->out, 2, NULL);
	table_cell(&table, "allowed");
	table_cell(&table, "%llu", (unsigned long long)totals->by_verdict[VERDICT_ALLOW]);
	table_cell(&table, "blocked");
	table_cell(&table, "%llu", (unsigned long long)totals->by_verdict[VERDICT_BLOCK]);
	table_cell(&table, "audited");
	table_cell(&table, "%llu", (unsigned long long)totals->by_verdict[VERDICT_AUDIT]);
	table_close(&table);
	if (!top->n)
		return;
	if (!inv->out.terse)
		putchar('\n');
	table = table_open(&inv->out, 3, header);
	for (size_t i = 0; i < top->n; i++) {
		const struct rule_info *rule = &top->at[i]->rule;
		char *text = rule_format(&rule->spec);

		time_format_boot(rule->last_hit, last_hit);
		table_cell(&table, "%llu", (unsigned long long)rule->hits);
		table_cell(&table, "%s", last_hit);
		table_cell(&table, "%s", text ? text : "");
		free(text);
	}
	table_close(&table);
}

static int print_once(const struct invocation *inv, struct error *err)
{
	struct top top = {.most = options.top};
	struct session session;
	struct totals totals;
	int ret;

	if (inv->out.json)
		return stats_print_json(inv, options.top, NULL, err);
	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	ret = ruleset_totals(session.rules, &totals, err);
	if (!ret)
		ret = top_read(&top, session.rules, err);
	session_close(&session);
	if (!ret)
		print_text(inv, &totals, &top);
	top_free(&top);
	return ret;
}

static int run(struct invocation *inv, struct error *err)
{
	if (options.prometheus && (inv->out.json || options.interval))
		return error_set(err, ERR_USAGE, "--prometheus prints its own format once: leave out %s",
				 inv->out.json ? "--json" : "--interval");
	if (options.into && !options.prometheus)
		return error_set(err, ERR_USAGE, "--into needs --prometheus: add --prometheus, or leave out --into");
	if (options.by && (options.prometheus || options.interval))
		return error_set(err, ERR_USAGE, "--by prints one table: leave out %s",
				 options.prometheus ? "--prometheus" : "--interval");
	if (options.by)
		return stats_by(inv, options.kind, options.by, options.top, err);
	if (options.prometheus)
		return stats_prometheus(inv, options.top, options.into, err);
	if (options.interval)
		return stats_follow(inv, options.interval, options.top, err);
	return print_once(inv, err);
}

const struct command command_stats = {
	.name = "stats",
	.summary = "show how many calls were decided, and by which rules",
	.doc = "The table shows the rules with hits, those with the most first. JSON shows all rules, as list does.",
	.options = option_table,
	.parse = parse,
	.values = &options,
	.values_size = sizeof(options),
	.max_words = 0,
	.run = run,
};
