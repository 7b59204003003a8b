// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "policy/answers.h"
#include "policy/names.h"
#include "policy/needed.h"
#include "rule/setting.h"
#include "shared/cmd.h"
#include "shared/complete.h"
#include "shared/history.h"
#include "shared/lockouts.h"
#include "shared/report.h"
#include "shared/source.h"
#include "shared/warnings.h"

static struct {
	uint64_t trial; /* ns; 0: no trial */
	struct cutting cutting;
} options;

static const struct argp_option option_table[] = {
	CONFIRM_OPTION,
	CUT_OPTION,
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case KEY_CONFIRM:
		return confirm_option(arg, &options.trial, state->input);
	case KEY_CUT:
		options.cutting.wanted = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/*
 * Stores it where it is, unless the change also adds rules, or is a trial. No program may see half a list of name
 * servers, which rules may be for.
 */
static int change(struct session *session, const struct settings *now, const struct rules *loopback, bool dry_run,
		  struct error *err)
{
	const struct settings *there = ruleset_settings(session->rules);

	if (options.trial || loopback->n || memcmp(&there->resolvers, &now->resolvers, sizeof(now->resolvers)) != 0)
		return ruleset_try(session->rules, now, loopback->at, loopback->n, options.trial, dry_run, err);
	if (!dry_run)
		ruleset_put_settings(session->rules, now);
	return 0;
}

static int tell(struct session *session, const struct invocation *inv, const struct settings *now,
		const struct rules *loopback, struct error *err)
{
	const char *name = inv->words[0], *value = "";
	char text[SETTING_SIZE];
	struct report report;

	for (size_t i = 0; setting_name(i); i++) {
		if (!strcmp(name, setting_name(i)))
			value = setting_value(now, i, text);
	}
	if (report_open(&report, inv, err))
		return -1;
	report.cutting = &options.cutting;
	for (size_t i = 0; i < loopback->n; i++) {
		struct rule_info added = {.spec = loopback->at[i]};

		ruleset_find(session->rules, &loopback->at[i], &added);
		report_rule(&report, NULL, &added);
	}
	if (report.root)
		json_object_set_new(report.root, setting_field(name), json_string(value));
	else if (!inv->out.quiet)
		fprintf(report.to, "%s %s%s\n", name, value,
			options.trial ? ", on trial: 'lsmctl confirm' keeps it" : "");
	return report_close(&report, session, err);
}

static int set(struct session *session, const struct invocation *inv, struct error *err)
{
	const char *name = inv->words[0], *value = inv->words[1];
	const struct settings before = *ruleset_settings(session->rules);
	struct settings now = before;
	struct rules loopback = {};
	int mended = 0, answers = 0, names = 0, ret = setting_set(&now, name, value, err);
	const bool same = !memcmp(&before, &now, sizeof(now));
	struct lockouts lockouts = {.loopback = true};
	struct history history = {};
	struct error why = {}, unlearned = {};

	if (ret)
		return -1;
	/* Attach before the setting is in force. Also repairs what a killed command left. */
	if (!inv->dry_run && same)
		mended = needed_settle(&session->pins, session->rules, err);
	else if (!inv->dry_run)
		mended = needed_attach(&session->pins, session->rules, &now, err);
	if (mended < 0)
		return -1;
	if (!inv->dry_run && same)
		answers = answers_settle(&session->pins, session->rules, &why);
	else if (!inv->dry_run && answers_needed(&now))
		answers = answers_attach(&session->pins, session->rules, &why);
	/* Asked for by name, it is an error; otherwise the default that blocks is worth more. */
	if (answers < 0 && !strcmp(name, "answers"))
		return error_set(err, why.code, "%s", why.text);
	if (!inv->dry_run && same)
		names = names_settle(&session->pins, session->rules, &unlearned);
	else if (now.names && (!before.names || (before.resolvers.n && !now.resolvers.n)))
		names = names_attach(&session->pins, session->rules, &now, inv->dry_run, &unlearned);
	else if (ruleset_config(session->rules)->special.ruled && before.resolvers.n && !now.resolvers.n)
		names = names_look_up_resolvers(ruleset_config(session->rules), &now, true, &unlearned);
	if (names < 0 && (!strcmp(name, "names") || !strcmp(name, "resolvers")))
		return error_set(err, unlearned.code, "%s", unlearned.text);
	if (same && !mended && answers <= 0 && names <= 0 && !inv->exist)
		return error_set(err, ERR_EXISTS, "%s is %s already (--exist accepts this)", name, value);
	if (now.default_verdict == VERDICT_BLOCK && before.default_verdict != VERDICT_BLOCK)
		ret = loopback_rules(session->rules, &loopback, err);
	history_begin(&history, session, inv);
	if (!ret)
		ret = change(session, &now, &loopback, inv->dry_run, err);
	if (!ret && !inv->dry_run)
		needed_leave(&session->pins, session->rules);
	if (!ret && !inv->dry_run)
		answers_leave(&session->pins, session->rules);
	if (!ret && !inv->dry_run)
		names_leave(&session->pins, session->rules);
	if (!ret) {
		lockouts_by_change(&lockouts, session->rules, &before, &now);
		for (size_t i = 0; i < loopback.n; i++)
			history_rule(&history, NULL, &loopback.at[i]);
		history_settings(&history, &before, &now);
		history_commit(&history, session, inv, options.trial);
	}
	history_drop(&history);
	if (!ret)
		ret = tell(session, inv, &now, &loopback, err);
	if (!ret)
		warn_of_answers(&why);
	lockouts_tell(&lockouts, ret || inv->out.quiet);
	rules_free(&loopback);
	return ret;
}

static int run(struct invocation *inv, struct error *err)
{
	struct session session;
	struct settings unused = {};
	int ret;

	if (inv->n < 2)
		return error_set(
			err, ERR_USAGE,
			"a setting is missing: type 'lsmctl set default allow|block', 'lsmctl set mode enforce|audit', 'lsmctl set strict on|off', 'lsmctl set backstop on|off', 'lsmctl set answers on|off', 'lsmctl set names on|off', 'lsmctl set resolvers auto|ADDRESS,...' or 'lsmctl set name-keep MIN[,MAX]'");
	if (setting_set(&unused, inv->words[0], inv->words[1], err) || cutting_check(&options.cutting, inv, err) ||
	    output_check(&inv->out, err) ||
	    session_open(&session, inv, inv->dry_run ? RULESET_READ : RULESET_WRITE, err))
		return -1;
	ret = set(&session, inv, err);
	session_close(&session);
	if (!ret)
		inv->status = options.cutting.status;
	cutting_free(&options.cutting);
	return ret;
}

static void complete(struct invocation *inv)
{
	const char *name;

	for (size_t i = 0; (name = setting_name(i)); i++) {
		if (!inv->n)
			complete_word(name, NULL);
		else if (inv->n == 1 && !strcmp(inv->words[0], name))
			complete_words(setting_values(i));
	}
}

const struct command command_set = {
	.name = "set",
	.args = "default allow|block | mode enforce|audit | strict on|off | backstop on|off | answers on|off | "
		"names on|off | resolvers auto|ADDRESS,... | name-keep MIN[,MAX]",
	.summary = "change a setting of the loaded policy",
	.doc = "default: the verdict for calls that match no rule. When it becomes block, rules that keep loopback "
	       "reachable are added first.\n\n"
	       "mode: audit refuses nothing, and counts the calls that enforce would refuse.\n\n"
	       "strict: on refuses sockets whose destinations no program can judge, to every process. These are packet, "
	       "XDP, raw, SCTP, MPTCP, PPPoX, RDS, RxRPC and TIPC sockets.\n\n"
	       "backstop: on also judges packets as they leave, by the same rules. "
	       "It holds raw sockets, addresses that MPTCP and SCTP peers add by themselves, and options that no "
	       "program sees. "
	       "It is a program on the root cgroup, and costs a little for each packet.\n\n"
	       "answers: on lets UDP servers answer while the default is block: a datagram passes, unless a rule blocks "
	       "it, to an address and port from which the same socket has received one in the last three minutes, by a "
	       "device and not by loopback. It is on unless set off. "
	       "It is a program on the root cgroup, attached only while the default is block.\n\n"
	       "names: on learns, from the answers of name servers that programs get, which addresses a name has. "
	       "'lsmctl names' shows them, and watch, connections and learn show the name of an address. No rule uses "
	       "them. It is off unless set on: a program on the root cgroup costs a little for each packet that comes.\n\n"
	       "resolvers: the name servers whose answers count; auto: those of /etc/resolv.conf and of "
	       "systemd-resolved, looked up by 'set names on', 'load' and 'lsmctl refresh --resolvers'.\n\n"
	       "name-keep: how long an address keeps its name, for 'lsmctl names' and for rules for names. That is MIN, "
	       "or the TTL of the answer if it is longer, up to MAX. When a rule for the name lets a call through, the "
	       "address keeps it for MIN from then on, but not longer than MAX after the last answer. "
	       "1h,1d unless set; a MAX that is not typed is a day. It counts for what is learned from then on.",
	.options = option_table,
	.parse = parse,
	.values = &options,
	.values_size = sizeof(options),
	.max_words = 2,
	.run = run,
	.complete = complete,
};
