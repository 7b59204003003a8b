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
	bool all; /* not only those that were hit */
};

static int keep(const struct rule_info *rule, void *arg)
{
	struct kept *kept = arg;

	if (!kept->all && !rule->hits)
		return 0;
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

static void print_json(const struct invocation *inv, const struct totals *totals, const struct rule_info *rules,
		       size_t n)
{
	json_t *root = output_root(), *list = json_array();

	json_object_set_new(root, "decisions",
			    json_pack("{s:I,s:I,s:I}", "allowed", (json_int_t)totals->by_verdict[VERDICT_ALLOW],
				      "blocked", (json_int_t)totals->by_verdict[VERDICT_BLOCK], "audited",
				      (json_int_t)totals->by_verdict[VERDICT_AUDIT]));
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, output_rule(&rules[i]));
	json_object_set_new(root, "rules", list);
	output_json(&inv->out, root);
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
	for (size_t i = 0; i < n && rules[i].hits; i++) {
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
	struct kept kept = {.all = inv->out.json && !options.top};
	struct totals totals;
	struct session session;
	size_t n;
	int ret;

	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	ret = ruleset_totals(session.rules, &totals, err);
	if (!ret && ruleset_each(session.rules, keep, &kept))
		ret = error_errno(err, ENOMEM, "cannot count the rules");
	session_close(&session);
	if (ret) {
		free(kept.at);
		return -1;
	}
	/* As list, all rules in its order, unless the ones with the most hits were asked for. */
	n = kept.n;
	if (n && !kept.all)
		qsort(kept.at, n, sizeof(*kept.at), by_hits);
	if (options.top && options.top < n)
		n = options.top;
	if (inv->out.json)
		print_json(inv, &totals, kept.at, n);
	else
		print_text(inv, &totals, kept.at, n);
	free(kept.at);
	return 0;
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
