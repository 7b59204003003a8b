// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <string.h>
#include "cmd.h"
#include "../common/backstop.h"
#include "../common/text.h"

/* The settings, and what they can be, in the order of their numbers; 0 is what they are after load. */
static const struct setting {
	const char *name;
	const char *values[3];
	size_t offset; /* in struct settings */
} settings[] = {
	{"default", {"allow", "block"}, offsetof(struct settings, default_verdict)},
	{"mode", {"enforce", "audit"}, offsetof(struct settings, mode)},
	{"strict", {"off", "on"}, offsetof(struct settings, strict)},
	{"backstop", {"off", "on"}, offsetof(struct settings, backstop)},
};
_Static_assert(VERDICT_ALLOW == 0 && VERDICT_BLOCK == 1 && MODE_ENFORCE == 0 && MODE_AUDIT == 1, "the list above");

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static uint64_t trial; /* ns; 0: for good */

static const struct argp_option option_table[] = {
	CONFIRM_OPTION,
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT: /* a batch may have more than one */
		trial = 0;
		return 0;
	case KEY_CONFIRM:
		return confirm_option(arg, &trial, state->input);
	}
	return ARGP_ERR_UNKNOWN;
}

static __u32 *word_of(struct settings *of, size_t i)
{
	return (__u32 *)((char *)of + settings[i].offset);
}

const char *setting_name(size_t i)
{
	return i < SETTINGS ? settings[i].name : NULL;
}

const char *setting_value(const struct settings *of, size_t i)
{
	return settings[i].values[*word_of((struct settings *)of, i) != 0];
}

static const char *name_at(size_t i, const void *arg)
{
	(void)arg;
	return settings[i].name;
}

static const char *value_at(size_t i, const void *arg)
{
	return ((const struct setting *)arg)->values[i];
}

static int unknown(const char *what, const char *word, const char *nearest, const char *choices, struct error *err)
{
	if (nearest)
		return error_set(err, ERR_USAGE, "bad %s, near '%.64s': did you mean '%s'?", what, word, nearest);
	return error_set(err, ERR_USAGE, "bad %s, near '%.64s': %s", what, word, choices);
}

__u32 *setting_parse(struct settings *of, const char *name, const char *value, __u32 *choice, struct error *err)
{
	const struct setting *setting;
	char choices[32];
	size_t i = 0;

	while (i < SETTINGS && strcmp(name, settings[i].name))
		i++;
	if (i == SETTINGS) {
		unknown("setting", name, text_nearest(name, SETTINGS, name_at, NULL),
			"default, mode, strict or backstop", err);
		return NULL;
	}
	setting = &settings[i];
	for (__u32 v = 0; v < 2; v++) {
		if (!strcmp(value, setting->values[v])) {
			*choice = v;
			return word_of(of, i);
		}
	}
	snprintf(choices, sizeof(choices), "%s or %s", setting->values[0], setting->values[1]);
	unknown(name, value, text_nearest(value, 2, value_at, setting), choices, err);
	return NULL;
}

/* The word of what is in force, unless there are rules to add at the same instant, or it is a trial. */
static int change(struct session *session, const struct settings *now, const struct rules *loopback, __u32 *word,
		  __u32 choice, bool dry_run, struct error *err)
{
	if (trial || loopback->n)
		return ruleset_try(session->rules, now, loopback->at, loopback->n, trial, dry_run, err);
	if (!dry_run)
		__atomic_store_n(word, choice, __ATOMIC_RELEASE);
	return 0;
}

static int tell(struct session *session, const struct invocation *inv, const struct rules *loopback, struct error *err)
{
	const char *name = inv->words[0], *value = inv->words[1];
	struct report report;

	if (report_open(&report, inv, err))
		return -1;
	for (size_t i = 0; i < loopback->n; i++) {
		struct rule_info now = {.spec = loopback->at[i]};

		ruleset_find(session->rules, &loopback->at[i], &now);
		report_rule(&report, NULL, &now);
	}
	if (report.root)
		json_object_set_new(report.root, name, json_string(value));
	else if (!inv->out.quiet)
		fprintf(report.to, "%s %s%s\n", name, value, trial ? ", on trial: 'lsmctl confirm' keeps it" : "");
	return report_close(&report, session, err);
}

static int set(struct session *session, const struct invocation *inv, struct error *err)
{
	const char *name = inv->words[0], *value = inv->words[1];
	struct settings *there = ruleset_settings(session->rules), now = *there;
	__u32 choice = 0, *word = setting_parse(there, name, value, &choice, err);
	struct rules loopback = {};
	int mended = 0, ret = 0;

	*setting_parse(&now, name, value, &choice, err) = choice;
	/* Attached first; and what a killed command left is put right. */
	if (!inv->dry_run && *word == choice)
		mended = backstop_settle(&session->pins, session->rules, err);
	else if (!inv->dry_run && now.backstop)
		mended = backstop_attach(&session->pins, err);
	if (mended < 0)
		return -1;
	if (*word == choice && !mended && !inv->exist)
		return error_set(err, ERR_EXISTS, "%s is %s already (--exist makes that a success)", name, value);
	if (now.default_verdict == VERDICT_BLOCK && there->default_verdict != VERDICT_BLOCK)
		ret = loopback_rules(session->rules, &loopback, err);
	if (!ret)
		ret = change(session, &now, &loopback, word, choice, inv->dry_run, err);
	if (!ret && !inv->dry_run)
		backstop_leave(&session->pins, session->rules);
	if (!ret)
		ret = tell(session, inv, &loopback, err);
	rules_free(&loopback);
	return ret;
}

static int run(struct invocation *inv, struct error *err)
{
	struct session session;
	struct settings unused;
	__u32 choice;
	int ret;

	if (inv->n < 2)
		return error_set(err, ERR_USAGE,
				 "say what to set: 'lsmctl set default allow|block', 'lsmctl set mode enforce|audit', "
				 "'lsmctl set strict on|off' or 'lsmctl set backstop on|off'");
	if (!setting_parse(&unused, inv->words[0], inv->words[1], &choice, err) || output_check(&inv->out, err) ||
	    session_open(&session, inv, inv->dry_run ? RULESET_READ : RULESET_WRITE, err))
		return -1;
	ret = set(&session, inv, err);
	session_close(&session);
	return ret;
}

static void complete(struct invocation *inv)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		if (!inv->n)
			complete_word(settings[i].name, NULL);
		else if (inv->n == 1 && !strcmp(inv->words[0], settings[i].name))
			complete_words(settings[i].values);
	}
}

const struct command command_set = {
	.name = "set",
	.args = "default allow|block | mode enforce|audit | strict on|off | backstop on|off",
	.summary = "change a setting of the loaded policy",
	.doc = "default: what happens where no rule matches. When it becomes block, rules that keep loopback reachable "
	       "are added "
	       "first.\n\nmode: audit refuses nothing, and counts what would have been refused.\n\nstrict: "
	       "on refuses to every process the sockets whose destinations no program can judge: packet, XDP, raw, "
	       "SCTP, MPTCP, PPPoX, RDS, RxRPC and TIPC.\n\nbackstop: on judges packets too, as they leave, by the "
	       "same "
	       "rules: for raw sockets, for what MPTCP and SCTP peers bring up by themselves, and for options that "
	       "come by a way that no program sees. It is a program on the root cgroup, and costs a little for each "
	       "packet.",
	.options = option_table,
	.parse = parse,
	.max_words = 2,
	.run = run,
	.complete = complete,
};
