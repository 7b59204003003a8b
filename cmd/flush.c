// SPDX-License-Identifier: GPL-2.0-only
#include "shared/history.h"
#include "shared/report.h"
#include "shared/source.h"

static uint64_t trial; /* ns */

static const struct argp_option option_table[] = {
	CONFIRM_OPTION,
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	return key == KEY_CONFIRM ? confirm_option(arg, &trial, state->input) : ARGP_ERR_UNKNOWN;
}

struct tellers {
	struct report *report;
	struct history *history;
};

static int tell(const struct rule_info *rule, void *arg)
{
	const struct tellers *tellers = arg;

	report_rule(tellers->report, rule, NULL);
	history_rule(tellers->history, &rule->spec, NULL);
	return 0;
}

static int flush(struct session *session, const struct invocation *inv, struct error *err)
{
	struct report report;
	struct history history;
	struct tellers tellers = {&report, &history};
	int ret = 0;

	if (report_open(&report, inv, err))
		return -1;
	report.counts = true;
	report.trial = trial;
	history_begin(&history, session, inv);
	ruleset_set_trial(session->rules, trial);
	ruleset_each(session->rules, tell, &tellers);
	if (!inv->dry_run)
		ret = ruleset_flush(session->rules, err);
	if (ret) {
		history_drop(&history);
		report_drop(&report);
		return ret;
	}
	history_commit(&history, session, inv, trial);
	return report_close(&report, session, err);
}

static int run(struct invocation *inv, struct error *err)
{
	struct session session;
	int ret;

	if (output_check(&inv->out, err) ||
	    session_open(&session, inv, inv->dry_run ? RULESET_READ : RULESET_WRITE, err))
		return -1;
	ret = flush(&session, inv, err);
	session_close(&session);
	return ret;
}

const struct command command_flush = {
	.name = "flush",
	.summary = "remove all rules; the settings stay",
	.options = option_table,
	.parse = parse,
	.values = &trial,
	.values_size = sizeof(trial),
	.max_words = 0,
	.run = run,
};
