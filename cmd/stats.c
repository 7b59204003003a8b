// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include "stats.h"
#include "../common/num.h"

#define MAX_INTERVAL   86400u
#define KEY_PROMETHEUS 0x100
#define KEY_INTO       0x101

static struct {
	uint64_t interval; /* seconds; 0: once */
	uint64_t top;	   /* rules; 0: those that were hit, all of them */
	bool prometheus;
	const char *into;
} options;

static const struct argp_option option_table[] = {
	{"interval", 'i', "S", 0, "print again every S seconds, until interrupted", 0},
	{"top", 'T', "N", 0, "only the N rules with the most hits", 0},
	{"prometheus", KEY_PROMETHEUS, NULL, 0, "print metrics in Prometheus' text format", 0},
	{"into", KEY_INTO, "FILE", 0, "with --prometheus: replace this file by them, in one step", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct error *err = state->input;

	switch (key) {
	case ARGP_KEY_INIT: /* a batch may have more than one */
		options.interval = options.top = 0;
		options.prometheus = false;
		options.into = NULL;
		return 0;
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
	case KEY_PROMETHEUS:
		options.prometheus = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static json_t *decisions_value(const struct totals *totals)
{
	return json_pack("{s:I,s:I,s:I}", "allowed", (json_int_t)totals->by_verdict[VERDICT_ALLOW], "blocked",
			 (json_int_t)totals->by_verdict[VERDICT_BLOCK], "audited",
			 (json_int_t)totals->by_verdict[VERDICT_AUDIT]);
}

int stats_same(struct ruleset *rules, uint64_t *loaded_at, struct error *err)
{
	uint64_t now = ruleset_config(rules)->loaded_at;

	if (*loaded_at && *loaded_at != now)
		return error_set(err, ERR_NOT_LOADED, "the policy was unloaded");
	*loaded_at = now;
	return 0;
}

/* What print_json() is told, and tells. */
struct printing {
	const struct output *out;
	uint64_t most;
	uint64_t *loaded_at;
	struct error *err;
	int ret;
};

static int add(const struct rule_info *rule, void *arg)
{
	return rules_json_add(arg, rule);
}

/* As list, all rules in its order, unless the ones with the most hits were asked for. */
static void print_json(struct ruleset *rules, FILE *to, void *arg)
{
	struct printing *p = arg;
	struct rules_json list;
	struct top top = {.most = p->most};
	struct totals totals;
	json_t *decisions;

	p->ret = p->loaded_at ? stats_same(rules, p->loaded_at, p->err) : 0;
	if (!p->ret)
		p->ret = ruleset_totals(rules, &totals, p->err);
	if (!p->ret && p->most)
		p->ret = top_read(&top, rules, p->err);
	decisions = p->ret ? NULL : decisions_value(&totals);
	if (!p->ret && !decisions)
		p->ret = error_errno(p->err, ENOMEM, "cannot count the rules");
	if (!p->ret) {
		rules_json_begin(&list, p->out, to, "decisions", decisions);
		if (!p->most)
			ruleset_each(rules, add, &list);
		for (size_t i = 0; i < top.n; i++)
			rules_json_add(&list, &top.at[i]->rule);
		rules_json_end(&list);
	}
	json_decref(decisions);
	top_free(&top);
}

int stats_print_json(const struct invocation *inv, uint64_t most, uint64_t *loaded_at, struct error *err)
{
	struct printing printing = {.out = &inv->out, .most = most, .loaded_at = loaded_at, .err = err};

	return session_print(inv, stdout, print_json, &printing, err) ? -1 : printing.ret;
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
		return error_set(err, ERR_USAGE, "--prometheus is a format of its own, printed once: leave out %s",
				 inv->out.json ? "--json" : "--interval");
	if (options.into && !options.prometheus)
		return error_set(err, ERR_USAGE, "--into is for metrics: add --prometheus, or leave it out");
	if (options.prometheus)
		return stats_prometheus(inv, options.top, options.into, err);
	if (options.interval)
		return stats_follow(inv, options.interval, options.top, err);
	return print_once(inv, err);
}

const struct command command_stats = {
	.name = "stats",
	.summary = "show decisions in all and for each rule",
	.doc = "Text shows the rules that were hit, those with the most hits first; JSON shows all, as list does.",
	.options = option_table,
	.parse = parse,
	.max_words = 0,
	.run = run,
};
