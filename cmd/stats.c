// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include "cmd.h"
#include "../common/num.h"

#define MAX_INTERVAL 86400u

static struct {
	uint64_t interval; /* seconds; 0: once */
	uint64_t top;	   /* rules; 0: those that were hit, all of them */
} options;

static const struct argp_option option_table[] = {
	{"interval", 'i', "S", 0, "print again every S seconds, until interrupted", 0},
	{"top", 'T', "N", 0, "only the N rules with the most hits", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct error *err = state->input;

	switch (key) {
	case ARGP_KEY_INIT: /* a batch may have more than one */
		options.interval = options.top = 0;
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
	}
	return ARGP_ERR_UNKNOWN;
}

/* Most hits first; those with the same number stay in the order of list. */
static int by_hits(const void *a, const void *b)
{
	const struct rule_info *left = a, *right = b;

	if (left->hits != right->hits)
		return left->hits < right->hits ? 1 : -1;
	return left->id < right->id ? -1 : left->id > right->id;
}

struct kept {
	struct rule_info *at;
	size_t n, room;
};

static int keep(const struct rule_info *rule, void *arg)
{
	struct kept *kept = arg;

	if (kept->n == kept->room) {
		size_t room = kept->room ? kept->room * 2 : 64;
		struct rule_info *at = reallocarray(kept->at, room, sizeof(*at));

		if (!at)
			return -1;
		kept->at = at;
		kept->room = room;
	}
	kept->at[kept->n++] = *rule;
	return 0;
}

/* The hit ones, those with the most hits first, and no more than were asked for. */
static int keep_top(struct ruleset *rules, struct kept *kept, struct error *err)
{
	if (ruleset_each_hit(rules, keep, kept))
		return error_errno(err, ENOMEM, "cannot count the rules");
	if (kept->n)
		qsort(kept->at, kept->n, sizeof(*kept->at), by_hits);
	if (options.top && options.top < kept->n)
		kept->n = options.top;
	return 0;
}

static char *decisions_text(const struct output *out, const struct totals *totals)
{
	json_t *value = json_pack("{s:I,s:I,s:I}", "allowed", (json_int_t)totals->by_verdict[VERDICT_ALLOW], "blocked",
				  (json_int_t)totals->by_verdict[VERDICT_BLOCK], "audited",
				  (json_int_t)totals->by_verdict[VERDICT_AUDIT]);
	char *object = json_dumps(value, out->pretty ? JSON_INDENT(2) : JSON_COMPACT), *text = NULL;

	if (object && asprintf(&text, out->pretty ? "\"decisions\": %s" : "\"decisions\":%s", object) < 0)
		text = NULL;
	json_decref(value);
	free(object);
	return text;
}

/* What print_json() is told, and tells. */
struct printing {
	const struct output *out;
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
	struct kept kept = {};
	struct totals totals;
	char *decisions;

	p->ret = ruleset_totals(rules, &totals, p->err);
	if (!p->ret && options.top)
		p->ret = keep_top(rules, &kept, p->err);
	decisions = p->ret ? NULL : decisions_text(p->out, &totals);
	if (!p->ret && !decisions)
		p->ret = error_errno(p->err, ENOMEM, "cannot count the rules");
	if (!p->ret) {
		rules_json_begin(&list, p->out, to, decisions);
		if (!options.top)
			ruleset_each(rules, add, &list);
		for (size_t i = 0; i < kept.n; i++)
			rules_json_add(&list, &kept.at[i]);
		rules_json_end(&list);
	}
	free(decisions);
	free(kept.at);
}

static void print_text(const struct invocation *inv, const struct totals *totals, const struct rule_info *rules,
		       size_t n)
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
	if (!n)
		return;
	if (!inv->out.terse)
		putchar('\n');
	table = table_open(&inv->out, 3, header);
	for (size_t i = 0; i < n; i++) {
		char *text = rule_format(&rules[i].spec);

		time_format_boot(rules[i].last_hit, last_hit);
		table_cell(&table, "%llu", (unsigned long long)rules[i].hits);
		table_cell(&table, "%s", last_hit);
		table_cell(&table, "%s", text ? text : "");
		free(text);
	}
	table_close(&table);
}

static int print_once(const struct invocation *inv, struct error *err)
{
	struct printing printing = {.out = &inv->out, .err = err};
	struct session session;
	struct totals totals;
	struct kept kept = {};
	int ret;

	if (inv->out.json)
		return session_print(inv, stdout, print_json, &printing, err) ? -1 : printing.ret;
	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	ret = ruleset_totals(session.rules, &totals, err);
	if (!ret)
		ret = keep_top(session.rules, &kept, err);
	session_close(&session);
	if (!ret)
		print_text(inv, &totals, kept.at, kept.n);
	free(kept.at);
	return ret;
}

static int run(struct invocation *inv, struct error *err)
{
	struct timespec pause = {.tv_sec = (time_t)options.interval};

	while (!print_once(inv, err)) {
		if (!options.interval)
			return 0;
		if (fflush(stdout))
			return 0; /* main() tells of it */
		nanosleep(&pause, NULL);
		if (!inv->out.json)
			putchar('\n');
	}
	return -1;
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
