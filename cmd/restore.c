// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/num.h"
#include "base/text.h"
#include "policy/answers.h"
#include "policy/names.h"
#include "policy/needed.h"
#include "rule/setting.h"
#include "rule/subject.h"
#include "shared/cmd.h"
#include "shared/history.h"
#include "shared/kept_sets.h"
#include "shared/lockouts.h"
#include "shared/own_rules.h"
#include "shared/primed.h"
#include "shared/report.h"
#include "shared/source.h"
#include "shared/warnings.h"

#define KEY_SET	     0x200
#define KEY_KEEP_SET 0x201
#define KEY_EMPTY    0x204
#define KEY_SHRINK   0x205
#define KEY_RESET    0x206

#define KEY_EXCEPT 0x207
#define KEY_FROM   0x208

#define NO_LIMIT_SAID 101 /* percent: no list can lose so much */

static struct source_options options;
static uint64_t trial; /* ns */
static struct cutting cutting;
static bool reset_settings;
static const char *except;		/* as typed; NULL: what the set excepts already */
static char except_before[EXCEPT_SIZE]; /* in words */
static char except_now[EXCEPT_SIZE];
static const char *from;    /* as typed; NULL: the files */
static uint64_t max_shrink; /* percent */

static struct kept {
	const char **sets;
	size_t n;
} kept;

static const struct argp_option option_table[] = {
	{"set", KEY_SET, "NAME", 0, "replace only the rules of this set, and put the rules of the files into it", 0},
	{"keep-set", KEY_KEEP_SET, "NAME", 0, "leave the rules of this set as they are; may be repeated", 0},
	{"allow-empty", KEY_EMPTY, NULL, 0, "accept files without a rule or setting", 0},
	{"max-shrink", KEY_SHRINK, "PERCENT", 0, "with --set: refuse a list that lost more of its rules than this", 0},
	{"except", KEY_EXCEPT, "self|gateway|resolvers|lan|loopback|none", 0,
	 "with --set: leave out what covers these, and keep that with the set; 'none': nothing", 0},
	{"from", KEY_FROM, "TEXT", 0, "where the rules come from, for 'list sets' (the files)", 0},
	{"reset-settings", KEY_RESET, NULL, 0, "reset settings that no file names to their defaults", 0},
	CONFIRM_OPTION,
	CUT_OPTION,
	SOURCE_OPTIONS,
	{0},
};

static error_t keep_set(const char *name, struct error *err)
{
	const char **sets = reallocarray(kept.sets, kept.n + 1, sizeof(*sets));

	if (!sets) {
		error_errno(err, ENOMEM, "cannot read the command line");
		return EINVAL;
	}
	kept.sets = sets;
	sets[kept.n++] = name;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT: /* a batch may run restore twice */
		options = (struct source_options){.verdict = VERDICT_BLOCK};
		trial = 0;
		cutting = (struct cutting){};
		kept.n = 0;
		reset_settings = false;
		except = from = NULL;
		max_shrink = NO_LIMIT_SAID;
		return 0;
	case KEY_EXCEPT:
		if (except) {
			error_set(
				state->input, ERR_USAGE,
				"'--except' is repeated, near '%.64s': type it once, with commas between what it excepts",
				arg);
			return EINVAL;
		}
		except = arg;
		return 0;
	case KEY_FROM:
		from = arg;
		if (*from && strlen(from) < SOURCE_SIZE && text_is_plain(from))
			return 0;
		error_set(state->input, ERR_USAGE, "bad --from, near '%.64s': printable UTF-8, shorter than %d bytes",
			  arg, SOURCE_SIZE);
		return EINVAL;
	case KEY_EMPTY:
		options.allow_empty = true;
		return 0;
	case KEY_RESET:
		reset_settings = true;
		return 0;
	case KEY_SHRINK:
		if (!num_parse(arg, 100, &max_shrink))
			return 0;
		error_set(state->input, ERR_USAGE, "bad --max-shrink, near '%.64s': a percentage, 0 to 100", arg);
		return EINVAL;
	case KEY_CONFIRM:
		return confirm_option(arg, &trial, state->input);
	case KEY_CUT:
		cutting.wanted = true;
		return 0;
	case KEY_SET:
		options.set = arg;
		return 0;
	case KEY_KEEP_SET:
		return keep_set(arg, state->input);
	}
	return source_option(&options, key, arg, state->input);
}

/* Returns -1 with the error set. */
static int keep_sets(struct replacement *replacement, struct error *err)
{
	for (size_t i = 0; i < kept.n; i++) {
		if (ruleset_replace_keep(replacement, kept.sets[i], err))
			return -1;
	}
	return 0;
}

struct tellers {
	struct report *report;
	struct history *history;
	bool dry_run;
};

static void each(const struct rule_info *before, const struct rule_info *now, void *arg)
{
	const struct tellers *tellers = arg;

	if (tellers->dry_run)
		report_rule(tellers->report, before, now);
	history_rule(tellers->history, before ? &before->spec : NULL, now ? &now->spec : NULL);
}

static void report_except(struct report *report)
{
	char text[EXCEPT_SIZE + SET_SIZE + 32];
	bool same = !strcmp(except_before, except_now);

	if (report->root && options.excepts.rules)
		json_object_set_new(json_object_get(report->root, "counts"), "excepted",
				    json_integer((json_int_t)options.excepts.rules));
	if (report->root && !same)
		json_object_set_new(report->root, "except", output_string(except_now));
	if (report->root || report->inv->out.quiet || same)
		return;
	snprintf(text, sizeof(text), "except %s set %s", except_before, options.set);
	if (except_before[0])
		output_change(&report->inv->out, report->to, '-', text);
	snprintf(text, sizeof(text), "except %s set %s", except_now, options.set);
	if (except_now[0])
		output_change(&report->inv->out, report->to, '+', text);
}

/* A dry run reports each change. Otherwise prints only numbers, since a restore may change a million rules. */
static int tell(const struct invocation *inv, struct session *session, struct report *report,
		const struct replaced *result, struct error *err)
{
	bool text = !report->root;
	int ret;

	if (report->root) {
		if (!inv->dry_run) {
			json_object_del(report->root, "added");
			json_object_del(report->root, "changed");
			json_object_del(report->root, "removed");
		}
		json_object_set_new(report->root, "counts",
				    json_pack("{s:I,s:I,s:I,s:I,s:I}", "added", (json_int_t)result->added, "changed",
					      (json_int_t)result->changed, "removed", (json_int_t)result->removed,
					      "unchanged", (json_int_t)result->unchanged, "elsewhere",
					      (json_int_t)result->elsewhere));
	}
	/* These are told always: nobody expects a list to change them. */
	report_settings(report, &result->before, &result->now);
	report_except(report);
	if (!report->root && !inv->dry_run && !inv->out.quiet) {
		fprintf(report->to, "%u added, %u changed, %u removed, %u unchanged", result->added, result->changed,
			result->removed, result->unchanged);
		if (result->elsewhere)
			fprintf(report->to, ", %u left in kept sets", result->elsewhere);
		if (options.excepts.rules)
			fprintf(report->to, ", %zu excepted", options.excepts.rules);
		putc('\n', report->to);
	}
	if (!text)
		own_rules_warn(options.own, report->root);
	report->trial = trial;
	report->cutting = &cutting;
	ret = report_close(report, session, err);
	if (text && !ret)
		own_rules_warn(options.own,
			       NULL); /* the lock is gone: standard error may be a terminal that is stopped */
	return ret;
}

/* A list that has lost most of its rules is more likely broken than short. */
static int check_shrink(const struct replaced *result, void *arg, struct error *err)
{
	uint64_t before = (uint64_t)result->changed + result->removed + result->unchanged;
	uint64_t now = (uint64_t)result->changed + result->added + result->unchanged + result->elsewhere;

	(void)arg;
	if (!options.n_rules) /* --allow-empty said that this is meant */
		return 0;
	if (now >= before || (before - now) * 100 <= max_shrink * before)
		return 0;
	return error_set(
		err, ERR_INPUT,
		"the set '%s' would shrink from %llu rules to %llu, by more than %llu%%: nothing was changed (--max-shrink says how much is right)",
		options.set, (unsigned long long)before, (unsigned long long)now, (unsigned long long)max_shrink);
}

/* Finds what the set excepts, and notes it for the next time. */
static int open_except(struct replacement *replacement, struct error *err)
{
	except_before[0] = except_now[0] = '\0';
	if (!options.set)
		return 0;
	snprintf(except_before, sizeof(except_before), "%s", ruleset_replace_excepted(replacement, options.set));
	if (!except)
		strcpy(except_now, except_before);
	else if (except_words_keep(except, except_now, err) ||
		 ruleset_replace_except(replacement, options.set, except_now, err))
		return -1;
	return except_now[0] ? set_excepts_add(&options.excepts, options.set, except_now, err) : 0;
}

static int restore(const struct invocation *inv, struct session *session, struct lockouts *lockouts, struct error *err)
{
	struct replacement *replacement =
		ruleset_replace_begin(session->rules, options.files[0].name, options.set, err);
	struct report report = {};
	struct history history = {};
	struct tellers tellers = {&report, &history, inv->dry_run};
	struct replaced result = {
		.each = each, .most = inv->dry_run ? 0 : HISTORY_RULES, .may = check_shrink, .arg = &tellers};
	struct error why = {}, unlearned = {};
	char source[SOURCE_SIZE];
	int ret = -1;

	if (!replacement || report_open(&report, inv, err))
		goto out;
	history_begin(&history, session, inv);
	if (!from)
		kept_source(options.names, options.n_names, source);
	ruleset_replace_source(replacement, from ? from : source);
	if (reset_settings)
		*ruleset_replace_settings(replacement) = (struct settings){.default_verdict = VERDICT_ALLOW};
	if (keep_sets(replacement, err) || open_except(replacement, err) ||
	    source_read(inv, &options, replacement, err))
		goto out;
	if (!inv->dry_run &&
	    needed_attach(&session->pins, session->rules, ruleset_replace_settings(replacement), err) < 0)
		goto out;
	if (!inv->dry_run && answers_needed(ruleset_replace_settings(replacement)))
		answers_attach(&session->pins, session->rules, &why);
	if (!inv->dry_run && ruleset_replace_settings(replacement)->names)
		names_attach(&session->pins, session->rules, ruleset_replace_settings(replacement), false, &unlearned);
	if (ruleset_replace_end(replacement, !inv->dry_run, trial, &result, err))
		goto out;
	if (!inv->dry_run) {
		needed_leave(&session->pins, session->rules);
		answers_leave(&session->pins, session->rules);
		names_leave(&session->pins, session->rules);
		lockouts_by_change(lockouts, session->rules, &result.before, &result.now);
	}
	if (result.many)
		history_many(&history, result.added + result.changed, result.removed + result.changed);
	history_settings(&history, &result.before, &result.now);
	history_commit(&history, session, inv, trial);
	ret = tell(inv, session, &report, &result, err);
	report = (struct report){}; /* already closed */
	warn_of_answers(&why);
	warn_of_names(&unlearned);
out:
	history_drop(&history);
	report_drop(&report);
	if (replacement)
		ruleset_replace_free(replacement);
	return ret;
}

static int check_sets(struct error *err)
{
	char set[SET_SIZE];

	if (options.set && kept.n)
		return error_set(err, ERR_USAGE, "--set and --keep-set together: --set keeps all other sets");
	if (options.set && reset_settings)
		return error_set(err, ERR_USAGE, "--set and --reset-settings together: --set keeps the settings");
	if (!options.set && max_shrink != NO_LIMIT_SAID)
		return error_set(err, ERR_USAGE, "--max-shrink is for one list: say which with --set NAME");
	if (!options.set && except)
		return error_set(err, ERR_USAGE, "--except is for one list: say which with --set NAME");
	if (options.set && set_parse(options.set, set, err))
		return -1;
	for (size_t i = 0; i < kept.n; i++) {
		if (set_parse(kept.sets[i], set, err))
			return -1;
	}
	return 0;
}

static int run(struct invocation *inv, struct error *err)
{
	struct lockouts lockouts = {};
	struct session session;
	int ret = -1;

	if (!inv->n)
		return error_set(err, ERR_USAGE,
				 "a file is missing (usage: lsmctl restore FILE...; '-' is standard input)");
	if (check_sets(err) || cutting_check(&cutting, inv, err) || output_check(&inv->out, err))
		return -1;
	for (size_t i = 0; i < inv->n; i++) {
		if (source_add(&options, inv->words[i], err))
			return -1;
	}
	/* A list comes from elsewhere; the whole ruleset is one's own. */
	options.own = options.set ? own_rules_new() : NULL;
	if (!source_open(inv, &options, err) &&
	    !session_open(&session, inv, inv->dry_run ? RULESET_READ : RULESET_WRITE, err)) {
		ret = restore(inv, &session, &lockouts, err);
		session_close(&session);
	}
	lockouts_tell(&lockouts, ret || inv->out.quiet);
	if (!ret)
		inv->status = cutting.status;
	if (!ret && !cutting.wanted) /* which did */
		prime_new_names(inv);
	cutting_free(&cutting);
	source_close(&options);
	own_rules_free(options.own);
	options.own = NULL;
	return ret;
}

const struct command command_restore = {
	.name = "restore",
	.args = "FILE...",
	.summary = "replace all rules and settings by those of files, in one step",
	.doc = "A FILE has commands, one on each line, as 'lsmctl save' writes them. "
	       "A line may also be only a rule, such as an address, so a public blocklist is a FILE too.\n\n"
	       "The files replace the old rules in one step. If one line is bad, nothing changes. "
	       "Rules that exist before and after keep their ids and counters. "
	       "Settings that the files do not name stay as they are. With --reset-settings, they are reset to their "
	       "defaults (allow, enforce, strict off, backstop off, answers on, names off, resolvers auto, "
	       "name-keep 1h,1d). "
	       "Files without a single rule or setting change nothing, unless --allow-empty is given.\n\n"
	       "With --set, only this set is replaced, and the settings stay. Rules of other sets stay, also for the "
	       "same destinations. With --except, block and audit rules leave out what is excepted: words (self, gateway, "
	       "resolvers, lan, loopback), addresses, prefixes and paths of files, with commas between them. The set "
	       "keeps this.\n\n"
	       "With --dry-run, the command prints what would change.\n\n"
	       "Several files are one ruleset. A directory stands for its files *.rules, in the order of their names.",
	.options = option_table,
	.parse = parse,
	.max_words = NO_LIMIT,
	.run = run,
};
