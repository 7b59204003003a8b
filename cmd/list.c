// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"

struct filter {
	int verdict; /* -1: any */
	struct prefixes destinations;
};

/* FILTER is a verdict, a destination, or both: rules that cover the destination or lie within it. */
static int parse_filter(const struct invocation *inv, struct filter *filter, struct error *err)
{
	size_t used = 0;

	filter->verdict = inv->n ? verdict_parse(inv->words[0]) : -1;
	used += filter->verdict >= 0;
	if (used < inv->n && prefixes_parse(&filter->destinations, inv->words[used++], err))
		return -1;
	if (used < inv->n)
		return error_set(err, ERR_USAGE,
				 "unexpected '%.64s' (usage: lsmctl list [allow|block|audit] [DESTINATION])",
				 inv->words[used]);
	return 0;
}

static bool passes(const struct filter *filter, const struct rule_spec *spec)
{
	if (filter->verdict >= 0 && spec->verdict != (enum verdict)filter->verdict)
		return false;
	for (size_t i = 0; i < filter->destinations.n; i++) {
		const struct prefix *wanted = &filter->destinations.at[i];

		if (prefix_contains(wanted, &spec->prefix) || prefix_contains(&spec->prefix, wanted))
			return true;
	}
	return !filter->destinations.n;
}

static void print_text(const struct invocation *inv, const struct rule_info *rules, size_t n)
{
	static const char *const header[] = {"ID", "VERDICT", "DESTINATION", "ERRNO", "HITS", "LAST HIT", "COMMENT"};
	struct table table = table_open(&inv->out, 7, header);
	char destination[PREFIX_TEXT_SIZE], last_hit[TIME_TEXT_SIZE];

	for (size_t i = 0; i < n; i++) {
		const struct rule_spec *spec = &rules[i].spec;

		prefix_format(&spec->prefix, true, destination);
		if (rules[i].last_hit)
			time_format_boot(rules[i].last_hit, last_hit);
		table_cell(&table, "%u", rules[i].id);
		table_cell(&table, "%s", verdict_name(spec->verdict));
		table_cell(&table, "%s", destination);
		table_cell(&table, "%s", spec->verdict == VERDICT_BLOCK ? rule_errno_name(spec->error) : "-");
		table_cell(&table, "%llu", (unsigned long long)rules[i].hits);
		table_cell(&table, "%s", rules[i].last_hit ? last_hit : "-");
		table_cell(&table, "%s", spec->comment);
	}
	table_close(&table);
}

/* A rule at a time, so that a long list is never a document in memory. */
static void print_json(const struct invocation *inv, const struct rule_info *rules, size_t n)
{
	size_t flags = inv->out.pretty ? JSON_INDENT(2) : JSON_COMPACT;

	fputs(inv->out.pretty ? "{\n\"schema\": 1,\n\"rules\": [" : "{\"schema\":1,\"rules\":[", stdout);
	for (size_t i = 0; i < n; i++) {
		json_t *rule = output_rule(&rules[i]);

		fputs(i ? "," : "", stdout);
		fputs(inv->out.pretty ? "\n" : "", stdout);
		json_dumpf(rule, stdout, flags);
		json_decref(rule);
	}
	puts(inv->out.pretty ? "\n]\n}" : "]}");
}

static int run(struct invocation *inv, struct error *err)
{
	struct filter filter = {};
	struct rule_info *rules = NULL;
	struct session session;
	size_t n, kept = 0;
	int ret = -1;

	if (parse_filter(inv, &filter, err) || session_open(&session, inv, RULESET_READ, err))
		goto out;
	ret = ruleset_list(session.rules, &rules, &n, err);
	session_close(&session); /* a pager that is not read must not keep writers waiting */
	if (ret)
		goto out;
	for (size_t i = 0; i < n; i++) {
		if (passes(&filter, &rules[i].spec))
			rules[kept++] = rules[i];
	}
	if (inv->out.json)
		print_json(inv, rules, kept);
	else
		print_text(inv, rules, kept);
out:
	free(rules);
	prefixes_free(&filter.destinations);
	return ret;
}

static void complete(struct invocation *inv)
{
	static const char *const words[] = {"allow", "block", "audit", NULL};

	if (!inv->n)
		complete_words(words);
	if (!inv->n || (inv->n == 1 && verdict_parse(inv->words[0]) >= 0))
		complete_destinations();
}

const struct command command_list = {
	.name = "list",
	.args = "[allow|block|audit] [DESTINATION]",
	.summary = "show the rules, by address",
	.doc = "With a DESTINATION, the rules that cover it or lie within it.",
	.max_words = NO_LIMIT,
	.run = run,
	.complete = complete,
};
