// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/num.h"
#include "base/text.h"
#include "base/time.h"
#include "rule/exe.h"
#include "rule/duration.h"
#include "rule/format.h"
#include "rule/name.h"
#include "rule/parse.h"
#include "rule/prefix.h"
#include "rule/verdict.h"
#include "shared/cmd.h"
#include "shared/complete.h"
#include "shared/rules_json.h"
#include "shared/session.h"
#include "table/ruleset.h"
#include "list_filter.h"

/* Column widths; a larger number of hits moves the rest of its line to the right. */
#define HITS_WIDTH 8
#define TIME_WIDTH 25

struct listing {
	const struct invocation *inv;
	struct list_filter filter;
	FILE *to;
	int64_t boot_offset;
	struct rules_json json;
	uint32_t last_id;
	size_t widths[2]; /* id and destination */
};

static int write_json(const struct rule_info *rule, void *arg)
{
	struct listing *l = arg;

	return list_filter_passes(&l->filter, rule) ? rules_json_add(&l->json, rule) : 0;
}

static int measure(const struct rule_info *rule, void *arg)
{
	struct listing *l = arg;
	size_t width;

	if (!list_filter_passes(&l->filter, rule))
		return 0;
	l->last_id = rule->id > l->last_id ? rule->id : l->last_id;
	width = prefix_width(&rule->spec.prefix, true);
	l->widths[1] = width > l->widths[1] ? width : l->widths[1];
	return 0;
}

static const char *after_destination(const char *text)
{
	text = strchr(text, ' ') + 1;
	text += strcspn(text, " ");
	return *text ? text + 1 : "";
}

/* That a path or a unit without a pattern has one cgroup is not worth a word. */
static bool shows_now(const struct rule_info *rule)
{
	return rule->spec.subject == SUBJECT_CGROUP && rule->cgroups_now >= 0 &&
	       (rule->cgroups_now != 1 || strchr(rule->spec.cgroup, '*'));
}

/* Returns the rest of the rule after the destination. */
static char *options_of(const struct rule_info *rule)
{
	char *text = rule_format(&rule->spec), *rest, *plain, now[64] = "";

	if (!text)
		return NULL;
	if (rule->spec.subject == SUBJECT_EXE && exe_is_missing(rule->spec.exe))
		strcpy(now, " (missing)");
	if (shows_now(rule))
		snprintf(now, sizeof(now), " (%lld now)", (long long)rule->cgroups_now);
	if (prefix_is_name(&rule->spec.prefix) && rule->addresses_now >= 0)
		snprintf(now + strlen(now), sizeof(now) - strlen(now), " (%lld address%s now)",
			 (long long)rule->addresses_now, rule->addresses_now == 1 ? "" : "es");
	if (asprintf(&plain, "%s%s", after_destination(text), now) < 0)
		plain = NULL;
	free(text);
	rest = plain ? text_escape(plain) : NULL;
	free(plain);
	return rest;
}

/* Pads a column that starts at start and ends at to. By hand, which is faster for long lists. */
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
	char line[PREFIX_TEXT_SIZE + TIME_TEXT_SIZE + 128], brief[RULE_PLAIN_SIZE], *to = line, *start = line;
	char *made = NULL;
	const char *options = NULL;
	const struct rule_spec *spec = &rule->spec;
	struct listing *l = arg;
	bool failed;

	if (!list_filter_passes(&l->filter, rule))
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
	if (prefix_is_name(&spec->prefix))
		options = made = options_of(rule);
	else if (!rule_is_plain(spec))
		options = rule_format_plain(spec, brief) ? after_destination(brief) : (made = options_of(rule));
	if (options || l->inv->out.terse)
		to = end_column(l, start, to, TIME_WIDTH);
	failed = fwrite_unlocked(line, 1, (size_t)(to - line), l->to) != (size_t)(to - line) ||
		 (options && fputs_unlocked(options, l->to) < 0) || putc_unlocked('\n', l->to) < 0;
	free(made);
	return failed;
}

static void each(struct ruleset *rules, struct listing *l, int (*write)(const struct rule_info *rule, void *arg))
{
	if (l->filter.destinations.n)
		ruleset_each_near(rules, &l->filter.destinations, write, l);
	else
		ruleset_each(rules, write, l);
}

static void write_all(struct ruleset *rules, struct listing *l)
{
	const struct output *out = &l->inv->out;
	char number[24];

	if (out->json) {
		rules_json_begin(&l->json, out, l->to, NULL, NULL);
		each(rules, l, write_json);
		rules_json_end(&l->json);
		return;
	}
	if (!out->terse) {
		l->widths[1] = strlen("DESTINATION");
		each(rules, l, measure);
		l->widths[0] = (size_t)(num_put(number, l->last_id) - number);
		if (l->widths[0] < strlen("ID"))
			l->widths[0] = strlen("ID");
		fprintf(l->to, "%s%-*s  %-7s  %-*s  %-*s  %-*s  %s%s\n", out->color ? "\033[1m" : "", (int)l->widths[0],
			"ID", "VERDICT", (int)l->widths[1], "DESTINATION", HITS_WIDTH, "HITS", TIME_WIDTH, "LAST HIT",
			"OPTIONS", out->color ? "\033[0m" : "");
	}
	each(rules, l, write_text);
}

static void write_to(struct ruleset *rules, FILE *to, void *arg)
{
	struct listing *l = arg;

	l->to = to;
	write_all(rules, l);
}

static json_t *restored_value(const struct set_kept *kept)
{
	char time[TIME_TEXT_SIZE];

	if (!kept || !kept->source[0])
		return json_null();
	time_format_boot(kept->restored, time);
	return json_string(time);
}

static void print_sets_json(const struct invocation *inv, const struct set_tally *tallies, size_t n)
{
	json_t *root = output_root(), *sets = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct set_tally *tally = &tallies[i];
		const struct set_kept *kept = tally->kept;

		if (tally->set[0])
			json_array_append_new(
				sets,
				json_pack("{s:o,s:I,s:I,s:I,s:I,s:o,s:o,s:o}", "set", output_string(tally->set),
					  "allow", (json_int_t)tally->rules[VERDICT_ALLOW], "block",
					  (json_int_t)tally->rules[VERDICT_BLOCK], "audit",
					  (json_int_t)tally->rules[VERDICT_AUDIT], "hits", (json_int_t)tally->hits,
					  "except", kept && kept->except[0] ? output_string(kept->except) : json_null(),
					  "restored", restored_value(kept), "from",
					  kept && kept->source[0] ? output_string(kept->source) : json_null()));
	}
	json_object_set_new(root, "sets", sets);
	output_json(&inv->out, root);
}

/* Puts the age in its largest unit or two: "45s", "3h20m", "12d5h". */
static void age_of(const struct set_kept *kept, char text[32])
{
	uint64_t age = clock_boot() - kept->restored;
	const uint64_t second = 1000000000, unit = age < 3600 * second	  ? second
						   : age < 86400 * second ? 60 * second
									  : 3600 * second;

	duration_format(age - age % unit, text);
}

static void print_sets(const struct invocation *inv, const struct set_tally *tallies, size_t n)
{
	static const char *const header[] = {"SET", "ALLOW", "BLOCK", "AUDIT", "HITS", "EXCEPT", "AGE", "FROM"};
	struct table table = table_open(&inv->out, 8, header);
	char age[32];

	for (size_t i = 0; i < n; i++) {
		const struct set_tally *tally = &tallies[i];
		const struct set_kept *kept = tally->kept;
		bool restored = kept && kept->source[0];

		if (!tally->set[0])
			continue;
		if (restored)
			age_of(kept, age);
		table_cell(&table, "%s", tally->set);
		table_cell(&table, "%u", tally->rules[VERDICT_ALLOW]);
		table_cell(&table, "%u", tally->rules[VERDICT_BLOCK]);
		table_cell(&table, "%u", tally->rules[VERDICT_AUDIT]);
		table_cell(&table, "%llu", (unsigned long long)tally->hits);
		table_cell(&table, "%s", kept && kept->except[0] ? kept->except : "-");
		table_cell(&table, "%s", restored ? age : "-");
		table_cell(&table, "%s", restored ? kept->source : "-");
	}
	table_close(&table);
}

static int list_sets(const struct invocation *inv, struct error *err)
{
	struct set_tally *tallies = NULL;
	struct session session;
	size_t n = 0;
	int ret;

	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	ret = ruleset_tally(session.rules, &tallies, &n, err);
	session_close(&session);
	if (!ret && inv->out.json)
		print_sets_json(inv, tallies, n);
	else if (!ret)
		print_sets(inv, tallies, n);
	ruleset_tally_free(tallies, n);
	return ret;
}

static int run(struct invocation *inv, struct error *err)
{
	struct listing l = {.inv = inv, .boot_offset = clock_offset()};
	int ret;

	if (inv->n == 1 && !strcmp(inv->words[0], "sets"))
		return list_sets(inv, err);
	ret = list_filter_parse(&l.filter, inv->n, inv->words, err);
	if (!ret)
		ret = session_print(inv, stdout, write_to, &l, err);
	list_filter_free(&l.filter);
	return ret;
}

/* Completes verdict, hit, destination, pairs, in this order. */
static void complete(struct invocation *inv)
{
	struct invocation rest = *inv;
	bool verdict = inv->n && verdict_parse(inv->words[0]) >= 0;

	if (!inv->n) {
		complete_verdicts();
		complete_word("sets", "the sets: their rules, age and source");
	}
	rest.words += verdict;
	rest.n -= verdict;
	if (!rest.n)
		complete_word("hit", "rules that matched something");
	if (rest.n && !strcmp(rest.words[0], "hit")) {
		rest.words++;
		rest.n--;
	}
	if (rest.n && !strcmp(rest.words[rest.n - 1], "set")) {
		complete_sets(inv);
		return;
	}
	for (size_t i = 0; i < rest.n; i++) {
		if (!strcmp(rest.words[i], "set"))
			return;
	}
	complete_filter(&rest);
	/* Where a name comes next, not a value. */
	if (!rest.n || (rest.n - !rule_is_word(rest.words[0], true)) % 2 == 0)
		complete_word("set", NULL);
}

const struct command command_list = {
	.name = "list",
	.args = "sets | " LIST_FILTER_ARGS,
	.summary = "show the rules, oldest first",
	.doc = "With a DESTINATION, show the rules that cover it or lie within it. With ports, a protocol, a user or a "
	       "cgroup, show the rules that name them. With 'hit', show the rules that matched a call. 'lsmctl list sets' "
	       "shows the sets: how many rules they have, how often these matched, when the set was restored last, and from "
	       "what.",
	.max_words = NO_LIMIT,
	.run = run,
	.complete = complete,
};
