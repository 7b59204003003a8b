// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "cmd.h"
#include "../common/text.h"

static const char *const names[] = {"default", "mode", NULL};
static const char *const verdicts[] = {"allow", "block", NULL}; /* as enum verdict */
static const char *const modes[] = {"enforce", "audit", NULL};	/* as enum mode */
_Static_assert(VERDICT_ALLOW == 0 && VERDICT_BLOCK == 1 && MODE_ENFORCE == 0 && MODE_AUDIT == 1, "the lists above");

static const char *name_at(size_t i, const void *arg)
{
	return ((const char *const *)arg)[i];
}

static int choose(const char *what, const char *word, const char *const choices[2], struct error *err)
{
	const char *nearest;

	for (int i = 0; i < 2; i++) {
		if (!strcmp(word, choices[i]))
			return i;
	}
	nearest = text_nearest(word, 2, name_at, choices);
	if (nearest)
		return error_set(err, ERR_USAGE, "bad %s, near '%.64s': did you mean '%s'?", what, word, nearest);
	return error_set(err, ERR_USAGE, "bad %s, near '%.64s': %s or %s", what, word, choices[0], choices[1]);
}

__u32 *setting_parse(struct settings *settings, const char *name, const char *value, __u32 *choice, struct error *err)
{
	int which = choose("setting", name, names, err);
	int chosen = which < 0 ? -1 : choose(name, value, which ? modes : verdicts, err);

	if (chosen < 0)
		return NULL;
	*choice = (__u32)chosen;
	return which ? &settings->mode : &settings->default_verdict;
}

static int set(struct session *session, const struct invocation *inv, struct error *err)
{
	const char *name = inv->words[0], *value = inv->words[1];
	struct settings *settings = ruleset_settings(session->rules);
	struct report report;
	__u32 choice, *word = setting_parse(settings, name, value, &choice, err);

	if (*word == choice && !inv->exist)
		return error_set(err, ERR_EXISTS, "%s is %s already (--exist makes that a success)", name, value);
	report = report_open(inv);
	if (word == &settings->default_verdict && choice == VERDICT_BLOCK && *word != VERDICT_BLOCK &&
	    keep_loopback(session->rules, &report, inv->dry_run, err)) {
		json_decref(report.root);
		return -1;
	}
	/* Its place may have changed with the rules. */
	word = setting_parse(ruleset_settings(session->rules), name, value, &choice, err);
	if (!inv->dry_run)
		__atomic_store_n(word, choice, __ATOMIC_RELEASE);
	if (report.root)
		json_object_set_new(report.root, name, json_string(value));
	else if (!inv->out.quiet)
		printf("%s %s\n", name, value);
	report_close(&report);
	return 0;
}

static int run(struct invocation *inv, struct error *err)
{
	struct session session;
	struct settings unused;
	__u32 choice;
	int ret;

	if (inv->n < 2)
		return error_set(
			err, ERR_USAGE,
			"say what to set: 'lsmctl set default allow|block' or 'lsmctl set mode enforce|audit'");
	if (!setting_parse(&unused, inv->words[0], inv->words[1], &choice, err) || output_check(&inv->out, err) ||
	    session_open(&session, inv, inv->dry_run ? RULESET_READ : RULESET_WRITE, err))
		return -1;
	ret = set(&session, inv, err);
	session_close(&session);
	return ret;
}

static void complete(struct invocation *inv)
{
	if (!inv->n)
		complete_words(names);
	else if (inv->n == 1)
		complete_words(!strcmp(inv->words[0], "default") ? verdicts : modes);
}

const struct command command_set = {
	.name = "set",
	.args = "default allow|block | mode enforce|audit",
	.summary = "change a setting of the loaded policy",
	.doc = "default: what happens where no rule matches. When it becomes block, rules that keep loopback reachable "
	       "are added "
	       "first.\n\nmode: audit refuses nothing, and counts what would have been refused.",
	.max_words = 2,
	.run = run,
	.complete = complete,
};
