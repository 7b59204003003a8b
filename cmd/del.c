// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "rule/format.h"
#include "rule/prefix.h"
#include "shared/cmd.h"
#include "shared/complete.h"
#include "shared/history.h"
#include "shared/report.h"
#include "shared/source.h"
#include "table/ruleset.h"
#include "del_twins.h"
#include "del_wanted.h"

static uint64_t trial; /* ns */

static const struct argp_option option_table[] = {
	CONFIRM_OPTION,
	MISSING_CGROUPS_OPTION,
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case KEY_CONFIRM:
		return confirm_option(arg, &trial, state->input);
	case KEY_MISSING_CGROUPS:
		tell_missing_cgroups();
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Rules found. The caller zeroes it. */
struct found {
	struct rule_info *at;
	size_t n;
};

static int keep(struct found *found, const struct rule_info *rule, struct error *err)
{
	struct rule_info *at = array_with_room_for_one(found->at, found->n, sizeof(*at));

	if (!at)
		return error_errno(err, ENOMEM, "cannot find the rules");
	found->at = at;
	at[found->n++] = *rule;
	return 0;
}

/* Checks that the rule has the options that the words have. A timeout is not compared, since it changes. */
static int check_said(const struct rule_info *rule, const struct rule_spec *said, bool verdict, struct error *err)
{
	const struct rule_spec *spec = &rule->spec;
	char *text;

	if ((!verdict || said->verdict == spec->verdict) &&
	    (!said->comment[0] || !strcmp(said->comment, spec->comment)) &&
	    (said->error == EPERM || said->error == spec->error))
		return 0;
	text = rule_format(spec);
	error_set(err, ERR_NOT_FOUND,
		  "the rule is '%s', which is not what was typed: nothing was removed (its id is %u)", text ? text : "",
		  rule->id);
	free(text);
	return -1;
}

/* Finds the rules. A missing one is an error, or with --exist is skipped. */
static int find_rules(struct session *session, const struct invocation *inv, const struct wanted *wanted,
		      struct found *found, struct error *err)
{
	const struct rules *rules = &wanted->rules;
	struct rule_info rule;

	for (size_t i = 0; i < rules->n; i++) {
		if (ruleset_find(session->rules, &rules->at[i], &rule)) {
			if (check_said(&rule, &rules->at[i], wanted->verdict, err) || keep(found, &rule, err))
				return -1;
			if (wanted->id && rule.id != wanted->id)
				return error_set(
					err, ERR_NOT_FOUND,
					"the rule with id %u is another one by now (it is %u): nothing was removed",
					wanted->id, rule.id);
		} else if (!inv->exist) {
			return twins_missing(session->rules, &rules->at[i], err);
		}
	}
	return 0;
}

static int find_id(struct session *session, const struct invocation *inv, uint32_t id, struct found *found,
		   struct error *err)
{
	struct rule_info rule;

	if (ruleset_find_id(session->rules, id, &rule))
		return keep(found, &rule, err);
	return inv->exist ? 0 : error_set(err, ERR_NOT_FOUND, "no rule with id %u ('lsmctl list' shows all rules)", id);
}

struct search {
	const char *set;
	struct found *found;
	struct error *err;
};

static int keep_of_set(const struct rule_info *rule, void *arg)
{
	struct search *search = arg;

	return strcmp(rule->spec.set, search->set) ? 0 : keep(search->found, rule, search->err);
}

static int find_ids(struct session *session, const struct invocation *inv, const struct wanted *wanted,
		    struct found *found, struct error *err)
{
	for (size_t i = 0; i < wanted->n_ids; i++) {
		if (find_id(session, inv, wanted->ids[i], found, err))
			return -1;
	}
	return 0;
}

static int find_set(struct session *session, const struct invocation *inv, const char *set, struct found *found,
		    struct error *err)
{
	struct search search = {set, found, err};
	size_t before = found->n;

	if (ruleset_each(session->rules, keep_of_set, &search))
		return -1;
	return found->n > before || inv->exist
		       ? 0
		       : error_set(err, ERR_NOT_FOUND, "no rule in set '%.64s' ('lsmctl list sets' shows the sets)",
				   set);
}

static int find_sets(struct session *session, const struct invocation *inv, struct found *found, struct error *err)
{
	for (size_t i = 1; i < inv->n; i++) {
		if (find_set(session, inv, inv->words[i], found, err))
			return -1;
	}
	return 0;
}

static int tell_removed(struct session *session, const struct invocation *inv, const struct found *found, bool count,
			const struct twins *twins, struct error *err)
{
	struct report report;
	int ret;

	if (report_open(&report, inv, err))
		return -1;
	report.counts = count;
	report.trial = trial;
	for (size_t i = 0; i < found->n; i++)
		report_rule(&report, &found->at[i], NULL);
	if (report.root)
		twins_tell(twins, report.root);
	ret = report_close(&report, session, err);
	if (!ret && !inv->out.json && !inv->out.quiet)
		twins_tell(twins, NULL); /* the lock is gone: standard error may be a terminal that is stopped */
	return ret;
}

/* Notes what other sets still have of the rules that were named one by one. */
static void look_for_twins(struct session *session, const struct wanted *wanted, const struct found *found,
			   struct twins *twins)
{
	if (wanted->what == BY_SET)
		return;
	for (size_t i = 0; i < wanted->rules.n; i++)
		twins_look(twins, session->rules, &wanted->rules.at[i], found->at, found->n);
	for (size_t i = 0; i < found->n && wanted->what == BY_ID; i++)
		twins_look(twins, session->rules, &found->at[i].spec, found->at, found->n);
}

static int remove_rules(struct session *session, const struct invocation *inv, const struct wanted *wanted,
			const struct found *found, struct error *err)
{
	struct twins twins = {};
	struct history history;
	int ret;

	history_begin(&history, session, inv);
	ruleset_set_trial(session->rules, trial);
	if (!inv->dry_run && (found->n || trial) && ruleset_remove(session->rules, found->at, found->n, err)) {
		history_drop(&history);
		return -1;
	}
	for (size_t i = 0; i < found->n; i++)
		history_rule(&history, &found->at[i].spec, NULL);
	history_commit(&history, session, inv, trial);
	look_for_twins(session, wanted, found, &twins);
	ret = tell_removed(session, inv, found, wanted->what == BY_SET, &twins, err);
	twins_free(&twins);
	return ret;
}

static int run(struct invocation *inv, struct error *err)
{
	struct wanted wanted = {};
	struct found found = {};
	struct session session;
	int ret = del_wanted_parse(inv, &wanted, err);

	if (!ret)
		ret = output_check(&inv->out, err);
	if (!ret)
		ret = session_open(&session, inv, inv->dry_run ? RULESET_READ : RULESET_WRITE, err);
	if (!ret) {
		ret = wanted.what == BY_ID    ? find_ids(&session, inv, &wanted, &found, err)
		      : wanted.what == BY_SET ? find_sets(&session, inv, &found, err)
					      : find_rules(&session, inv, &wanted, &found, err);
		if (!ret)
			ret = remove_rules(&session, inv, &wanted, &found, err);
		session_close(&session);
	}
	free(found.at);
	del_wanted_free(&wanted);
	return ret;
}

static void id_of(const struct rule_info *rule, char *word)
{
	snprintf(word, RULE_WORD_SIZE, "%u", rule->id);
}

static void destination_of(const struct rule_info *rule, char *word)
{
	prefix_format(&rule->spec.prefix, true, word);
}

/* A set is part of what names a rule, and follows as the other pairs do. */
static void complete_set_of(struct invocation *inv)
{
	for (size_t i = 1; i < inv->n; i += 2) {
		if (!strcmp(inv->words[i], "set"))
			return;
	}
	if (inv->n % 2)
		complete_word("set", NULL);
}

static void complete(struct invocation *inv)
{
	static const char *const words[] = {"id", "set", NULL};

	if (!inv->n) {
		complete_words(words);
		complete_rules(inv, destination_of, true);
	} else if (strcmp(inv->words[0], "id") && strcmp(inv->words[0], "set")) {
		complete_rule(inv, true);
		complete_set_of(inv);
	} else if (inv->n == 1 && !strcmp(inv->words[0], "id")) {
		complete_rules(inv, id_of, false);
	} else if (inv->n == 1) {
		complete_sets(inv);
	}
}

#define DEL_DOC                                                                                                         \
	"A RULE names the identity of rules:\n\n"                                                                       \
	"  DESTINATION[,DESTINATION...] [port PORTS] [proto PROTO]\n"                                                   \
	"  [uid USER | gid GROUP | exe PATH | cgroup PATH | unit NAME | container ID | user-slice USER] [set NAME]\n\n" \
	"Without 'set', only the rule without a set is removed. The command says which sets have the same rule.\n\n"    \
	"A line of 'lsmctl list' or 'lsmctl save' is a RULE too. If it does not say what the rule says, nothing is "    \
	"removed. If one of these rules does not exist, nothing is removed. With --exist, missing rules are ignored."

const struct command command_del = {
	.name = "del",
	.args = "RULE | id N... | set NAME...",
	.summary = "remove rules",
	.doc = DEL_DOC,
	.options = option_table,
	.parse = parse_option,
	.values = &trial,
	.values_size = sizeof(trial),
	.max_words = NO_LIMIT,
	.run = run,
	.complete = complete,
};

/* Who blocks will look for this. */
const struct command command_unblock = {
	.name = "unblock",
	.args = "RULE | id N... | set NAME...",
	.summary = "another name of del",
	.doc = DEL_DOC,
	.options = option_table,
	.parse = parse_option,
	.values = &trial,
	.values_size = sizeof(trial),
	.max_words = NO_LIMIT,
	.run = run,
	.complete = complete,
	.hidden = true,
};
