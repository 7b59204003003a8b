// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "../common/backstop.h"
#include "../common/subject.h"

#define KEY_SET	     0x200
#define KEY_KEEP_SET 0x201

static struct source_options options;
static uint64_t trial; /* ns */

static struct kept {
	const char **sets;
	size_t n;
} kept;

static const struct argp_option option_table[] = {
	{"set", KEY_SET, "NAME", 0, "replace only the rules of this set, and put the file's into it", 0},
	{"keep-set", KEY_KEEP_SET, "NAME", 0, "leave the rules of this set as they are; may be given again", 0},
	CONFIRM_OPTION,
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
	case ARGP_KEY_INIT: /* a batch may have more than one restore */
		options = (struct source_options){.verdict = VERDICT_BLOCK};
		trial = 0;
		kept.n = 0;
		return 0;
	case KEY_CONFIRM:
		return confirm_option(arg, &trial, state->input);
	case KEY_SET:
		options.set = arg;
		return 0;
	case KEY_KEEP_SET:
		return keep_set(arg, state->input);
	}
	return source_option(&options, key, arg, state->input);
}

/* -1 with the error set. */
static int keep_sets(struct replacement *replacement, struct error *err)
{
	for (size_t i = 0; i < kept.n; i++) {
		if (ruleset_replace_keep(replacement, kept.sets[i], err))
			return -1;
	}
	return 0;
}

static void each(const struct rule_info *before, const struct rule_info *now, void *arg)
{
	report_rule(arg, before, now);
}

static void report_setting(struct report *report, const char *name, const char *before, const char *now)
{
	char text[64];

	if (!strcmp(before, now))
		return;
	if (report->root) {
		json_object_set_new(report->root, name, json_string(now));
		return;
	}
	snprintf(text, sizeof(text), "set %s %s", name, before);
	output_change(&report->inv->out, report->to, '-', text);
	snprintf(text, sizeof(text), "set %s %s", name, now);
	output_change(&report->inv->out, report->to, '+', text);
}

/* A dry run tells of each change; else the numbers are enough, of what may be a million rules. */
static int tell(const struct invocation *inv, struct session *session, struct report *report,
		const struct replaced *result, struct error *err)
{
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
	if (report->root || (inv->dry_run && !inv->out.quiet)) {
		for (size_t i = 0; setting_name(i); i++)
			report_setting(report, setting_name(i), setting_value(&result->before, i),
				       setting_value(&result->now, i));
	}
	if (!report->root && !inv->dry_run && !inv->out.quiet) {
		fprintf(report->to, "%u added, %u changed, %u removed, %u unchanged", result->added, result->changed,
			result->removed, result->unchanged);
		if (result->elsewhere)
			fprintf(report->to, ", %u left to other sets", result->elsewhere);
		putc('\n', report->to);
	}
	if (!report->root && !inv->dry_run && !inv->out.quiet && trial)
		fputs("on trial: 'lsmctl confirm' keeps it\n", report->to);
	return report_close(report, session, err);
}

static int restore(const struct invocation *inv, struct session *session, struct error *err)
{
	struct replacement *replacement =
		ruleset_replace_begin(session->rules, options.files[0].name, options.set, options.missing_cgroups, err);
	struct report report = {};
	struct replaced result = {.each = inv->dry_run ? each : NULL, .arg = &report};
	int ret = -1;

	if (!replacement || report_open(&report, inv, err))
		goto out;
	if (keep_sets(replacement, err) || source_read(inv, &options, replacement, err))
		goto out;
	if (!inv->dry_run && ruleset_replace_settings(replacement)->backstop &&
	    backstop_attach(&session->pins, err) < 0)
		goto out;
	if (ruleset_replace_end(replacement, !inv->dry_run, trial, &result, err))
		goto out;
	if (!inv->dry_run)
		backstop_leave(&session->pins, session->rules);
	ret = tell(inv, session, &report, &result, err);
	report = (struct report){}; /* it is closed */
out:
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
	struct session session;
	int ret = -1;

	if (!inv->n)
		return error_set(err, ERR_USAGE,
				 "a file is missing (usage: lsmctl restore FILE...; '-' is standard input)");
	if (check_sets(err) || output_check(&inv->out, err))
		return -1;
	for (size_t i = 0; i < inv->n; i++) {
		if (source_add(&options, inv->words[i], err))
			return -1;
	}
	if (!source_open(inv, &options, err) &&
	    !session_open(&session, inv, inv->dry_run ? RULESET_READ : RULESET_WRITE, err)) {
		ret = restore(inv, &session, err);
		session_close(&session);
	}
	source_close(&options);
	return ret;
}

const struct command command_restore = {
	.name = "restore",
	.args = "FILE...",
	.summary = "replace all rules and settings by those of a file, in one step",
	.doc = "A file is as 'lsmctl save' writes it: commands, one a line. A line may also be only a rule, such as "
	       "an "
	       "address, so that a public blocklist is a file too. Either all of it is good and takes the place of "
	       "what "
	       "was there at one instant, or nothing changes. Rules that are in both keep their ids and counters. "
	       "Settings that the file does not name become what they are after 'lsmctl load'.\n\nWith --set only that "
	       "set is replaced, and the settings stay. A rule that another set has already stays there.\n\nWith "
	       "--dry-run it prints what would change.\n\nSeveral files are one ruleset, and a directory stands for "
	       "its files *.rules, in the order of their names.",
	.options = option_table,
	.parse = parse,
	.max_words = NO_LIMIT,
	.run = run,
};
