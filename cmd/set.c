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

static __u32 *word_of(struct ruleset *rules, bool is_default)
{
	struct settings *settings = ruleset_settings(rules);

	return is_default ? &settings->default_verdict : &settings->mode;
}

static int set(struct session *session, const struct invocation *inv, bool is_default, int choice, struct error *err)
{
	__u32 *word = word_of(session->rules, is_default);
	struct report report;

	if (*word == (__u32)choice && !inv->exist)
		return error_set(err, ERR_EXISTS, "%s is %s already (--exist makes that a success)", inv->words[0],
				 inv->words[1]);
	report = report_open(inv);
	if (is_default && choice == VERDICT_BLOCK && *word != VERDICT_BLOCK &&
	    keep_loopback(session->rules, &report, inv->dry_run, err)) {
		json_decref(report.root);
		return -1;
	}
	/* Its place may have changed with the rules. */
	if (!inv->dry_run)
		__atomic_store_n(word_of(session->rules, is_default), (__u32)choice, __ATOMIC_RELEASE);
	if (report.root)
		json_object_set_new(report.root, inv->words[0], json_string(inv->words[1]));
	else if (!inv->out.quiet)
		printf("%s %s\n", inv->words[0], inv->words[1]);
	report_close(&report);
	return 0;
}

static int run(struct invocation *inv, struct error *err)
{
	struct session session;
	int name, choice, ret;

	if (inv->n < 2)
		return error_set(
			err, ERR_USAGE,
			"say what to set: 'lsmctl set default allow|block' or 'lsmctl set mode enforce|audit'");
	name = choose("setting", inv->words[0], names, err);
	if (name < 0)
		return -1;
	choice = choose(inv->words[0], inv->words[1], name == 0 ? verdicts : modes, err);
	if (choice < 0 || output_check(&inv->out, err) ||
	    session_open(&session, inv, inv->dry_run ? RULESET_READ : RULESET_WRITE, err))
		return -1;
	ret = set(&session, inv, name == 0, choice, err);
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
