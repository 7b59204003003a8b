// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the Prometheus text format, version 0.0.4. All values come from one reading under the lock. The size does not
 * grow with the rules, except for sets and for the rules of --top.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/new_file.h"
#include "base/text.h"
#include "host/cgroup.h"
#include "policy/status.h"
#include "policy/watcher.h"
#include "rule/prefix.h"
#include "rule/verdict.h"
#include "run/run.h"
#include "shared/session.h"
#include "stats.h"
#include "stats_top.h"

static FILE *to; /* standard output, or the file of --into */

struct metrics {
	struct status status;
	struct totals totals;
	struct set_tally *sets;
	size_t n_sets;
	uint32_t watchers, learners;
	struct runs_count runs;
	struct top top;
};

static int read_metrics(const struct invocation *inv, struct metrics *m, struct error *err)
{
	struct session session;
	int ret;

	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	ret = status_read(&session.pins, session.rules, &m->status, true, err);
	if (!ret)
		ret = ruleset_totals(session.rules, &m->totals, err);
	if (!ret)
		ret = ruleset_tally(session.rules, &m->sets, &m->n_sets, err);
	if (!ret && m->top.most)
		ret = top_read(&m->top, session.rules, err);
	m->watchers = watchers_count(&session.pins, WATCHER_EVENTS);
	m->learners = watchers_count(&session.pins, WATCHER_CALLS);
	m->runs = runs_count(ruleset_config(session.rules));
	session_close(&session);
	return ret;
}

/* Writes the lines before the samples of a metric. Its full name is NAME with "lsmctl_" in front. */
static void describe(const char *name, const char *type, const char *help)
{
	fprintf(to, "# HELP lsmctl_%s %s\n# TYPE lsmctl_%s %s\n", name, help, name, type);
}

static void gauge(const char *name, const char *help, uint64_t value)
{
	describe(name, "gauge", help);
	fprintf(to, "lsmctl_%s %" PRIu64 "\n", name, value);
}

static void sample(const char *name, const char *key, const char *value, uint64_t number)
{
	fprintf(to, "lsmctl_%s{%s=\"%s\"} %" PRIu64 "\n", name, key, value, number);
}

static void print_build(bool loaded, bool in_force)
{
	describe("build_info", "gauge", "The version of lsmctl that printed this; the value is 1.");
	sample("build_info", "version", LSMCTL_VERSION, 1);
	gauge("loaded", "Whether a policy is loaded.", loaded);
	gauge("in_force", "Whether each hook refused a trial call just now.", in_force);
}

static int print_policy(const struct status *status)
{
	const struct config *config = &status->config;
	char *version = text_quote_escaped(config->version);

	if (!version)
		return -1;
	describe("policy_info", "gauge",
		 "The way the policy is attached, and the version of lsmctl that attached it; the value is 1.");
	fprintf(to, "lsmctl_policy_info{attach=\"%s\",version=%s} 1\n", attach_name(config->attach), version);
	free(version);
	describe("load_timestamp_seconds", "gauge", "When the policy was loaded, in seconds since the epoch.");
	fprintf(to, "lsmctl_load_timestamp_seconds %" PRIu64 ".%09" PRIu64 "\n",
		(uint64_t)config->loaded_at / 1000000000, (uint64_t)config->loaded_at % 1000000000);
	gauge("enforcing", "Whether the mode is enforce, so that blocked calls are refused.",
	      status->settings.mode == MODE_ENFORCE);
	gauge("default_block", "Whether calls that match no rule are blocked.",
	      status->settings.default_verdict == VERDICT_BLOCK);
	gauge("strict", "Whether sockets that no program can judge are refused.", status->settings.strict != 0);
	gauge("backstop", "Whether packets are judged too as they leave.", status->settings.backstop != 0);
	gauge("locked", "Whether nobody can change the policy.", status->locked.on);
	if (status->locked.on)
		gauge("lock_refused", "Attempts to change the policy that the lock refused.", status->locked.refused);
	gauge("cgroups_unbound", "Cgroups that rules may be for, whose calls are refused for want of room.",
	      status->cgroups.unbound);
	gauge("cgroups_missing", "Paths and patterns of cgroups in rules without a cgroup now.",
	      status->cgroups.missing);
	gauge("answers", "Whether UDP sockets can answer under default block.", !status->settings.no_answers);
	return 0;
}

static void print_programs(const struct status *status)
{
	describe("program_attached", "gauge",
		 "Whether the program of a hook is attached. A hook that this kernel lacks has no sample.");
	for (size_t i = 0; i < PROGRAMS; i++) {
		const struct program_info *p = &status->programs[i];

		if (!p->lacking && status_has(status, i))
			sample("program_attached", "hook", p->hook, programs_is_attached(p, i));
	}
	describe("program_recursion_misses_total", "counter",
		 "Calls that the kernel let through without a call to the program.");
	for (size_t i = 0; i < PROGRAMS; i++) {
		if (status_has(status, i) && status->programs[i].prog_id)
			sample("program_recursion_misses_total", "hook", status->programs[i].hook,
			       status->programs[i].recursion_misses);
	}
}

static void print_counts(const struct metrics *m)
{
	uint64_t rules[VERDICTS] = {};

	for (size_t i = 0; i < m->n_sets; i++) {
		for (size_t verdict = 0; verdict < VERDICTS; verdict++)
			rules[verdict] += m->sets[i].rules[verdict];
	}
	describe("decisions_total", "counter",
		 "Calls decided, by hook and verdict; audit calls go through, but a block would refuse them.");
	/* What a hook has counted stays when it is detached. */
	for (size_t i = 0; i < HOOKS || (i == HOOK_EGRESS && status_has(&m->status, i)); i++) {
		for (size_t verdict = 0; verdict < VERDICTS && !m->status.programs[i].lacking; verdict++)
			fprintf(to, "lsmctl_decisions_total{hook=\"%s\",verdict=\"%s\"} %" PRIu64 "\n",
				m->status.programs[i].hook, verdict_name(verdict), m->totals.by_hook[i][verdict]);
	}
	describe("rules", "gauge", "Rules in force, by verdict.");
	for (size_t verdict = 0; verdict < VERDICTS; verdict++)
		sample("rules", "verdict", verdict_name(verdict), rules[verdict]);
	gauge("rules_max", "Largest number of rules.", m->status.config.max_rules);
	describe("events_lost_total", "counter", "Decisions that were not recorded for a watcher.");
	fprintf(to, "lsmctl_events_lost_total %" PRIu64 "\n", (uint64_t)m->status.config.events_lost);
	describe("senders_forgotten_total", "counter", "Senders of datagrams that were forgotten for want of room.");
	fprintf(to, "lsmctl_senders_forgotten_total %" PRIu64 "\n", m->status.senders.forgotten);
	describe("exes_refused_total", "counter",
		 "Starts of programs in rules that were refused, since there was no room to note them.");
	fprintf(to, "lsmctl_exes_refused_total %" PRIu32 "\n", m->status.config.exes_refused);
	gauge("runs", "Commands that 'lsmctl run' has running.", m->runs.now);
	gauge("runs_left_over", "Runs with processes whose starter has ended.", m->runs.left);
	gauge("watchers", "Processes that watch decisions.", m->watchers);
	gauge("learners", "Processes that learn from decisions.", m->learners);
}

struct set_sample {
	char *label;
	uint64_t rules, hits;
};

static int by_label(const void *a, const void *b)
{
	return strcmp(((const struct set_sample *)a)->label, ((const struct set_sample *)b)->label);
}

/*
 * Merges sets whose escaped names are equal: a label must be unique. Only names that another program wrote can be
 * equal.
 */
static size_t merge(struct set_sample *samples, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (kept && !strcmp(samples[kept - 1].label, samples[i].label)) {
			samples[kept - 1].rules += samples[i].rules;
			samples[kept - 1].hits += samples[i].hits;
			free(samples[i].label);
		} else {
			samples[kept++] = samples[i];
		}
	}
	return kept;
}

static int print_sets(const struct metrics *m)
{
	struct set_sample *samples = calloc(m->n_sets + 1, sizeof(*samples));
	size_t n = 0;
	int ret = -1;

	for (; samples && n < m->n_sets; n++) {
		const struct set_tally *set = &m->sets[n];

		samples[n].label = text_quote_escaped(set->set);
		if (!samples[n].label)
			goto out;
		samples[n].hits = set->hits;
		for (size_t verdict = 0; verdict < VERDICTS; verdict++)
			samples[n].rules += set->rules[verdict];
	}
	if (!samples)
		goto out;
	qsort(samples, n, sizeof(*samples), by_label);
	n = merge(samples, n);
	describe("set_rules", "gauge", "Rules in force, by set; rules without a set have an empty name.");
	for (size_t i = 0; i < n; i++)
		fprintf(to, "lsmctl_set_rules{set=%s} %" PRIu64 "\n", samples[i].label, samples[i].rules);
	/* A gauge, not a counter: it falls when a rule is removed. */
	describe("set_hits", "gauge", "Calls that the rules now in force have matched, by set.");
	for (size_t i = 0; i < n; i++)
		fprintf(to, "lsmctl_set_hits{set=%s} %" PRIu64 "\n", samples[i].label, samples[i].hits);
	ret = 0;
out:
	for (size_t i = 0; samples && i < n; i++)
		free(samples[i].label);
	free(samples);
	return ret;
}

static int print_rules(const struct top *top)
{
	describe("rule_hits_total", "counter", "Calls matched by a rule, for the rules with the most.");
	for (size_t i = 0; i < top->n; i++) {
		const struct rule_info *rule = &top->at[i]->rule;
		char destination[PREFIX_TEXT_SIZE], *set = text_quote_escaped(rule->spec.set);

		if (!set)
			return -1;
		prefix_format(&rule->spec.prefix, false, destination);
		fprintf(to, "lsmctl_rule_hits_total{id=\"%u\",verdict=\"%s\",destination=\"%s\",set=%s} %" PRIu64 "\n",
			rule->id, verdict_name(rule->spec.verdict), destination, set, rule->hits);
		free(set);
	}
	return 0;
}

static int print_all(const struct invocation *inv, uint64_t most, struct error *err)
{
	struct metrics m = {.top = {.most = most}};
	int ret = read_metrics(inv, &m, err);

	if (ret && err->code == ERR_NOT_LOADED) {
		/*
		 * Not a failure: --into replaces its file only on success, and the file must not keep saying "loaded".
		 */
		*err = (struct error){};
		print_build(false, false);
		ret = 0;
	} else if (!ret) {
		print_build(true, status_in_force(&m.status));
		ret = print_policy(&m.status);
		print_programs(&m.status);
		print_counts(&m);
		if (ret || print_sets(&m) || (most && print_rules(&m.top)))
			ret = error_errno(err, ENOMEM, "cannot print the metrics");
	}
	ruleset_tally_free(m.sets, m.n_sets);
	top_free(&m.top);
	return ret;
}

int stats_prometheus(const struct invocation *inv, uint64_t most, const char *into, struct error *err)
{
	struct new_file file;
	int ret;

	to = stdout;
	if (!into)
		return print_all(inv, most, err);
	if (new_file_open(&file, into, err))
		return -1;
	to = file.to;
	ret = print_all(inv, most, err);
	return new_file_end(&file, into, !ret, err) ? -1 : ret;
}
