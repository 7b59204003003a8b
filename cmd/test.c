// SPDX-License-Identifier: GPL-2.0-only
/* Asks the kernel itself, of a call that nobody makes. */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "../common/probe.h"

struct answer {
	struct call call;
	struct test_answer kernel;
	bool found, has_runner_up;
	struct rule_info rule, runner_up;
	struct settings settings;
	char why[1024];
};

/* Whose rules they are. */
static void name_subject(const struct rule_spec *spec, char *text, size_t size)
{
	const struct passwd *user = spec->subject == SUBJECT_UID ? getpwuid(spec->uid) : NULL;

	if (spec->subject == SUBJECT_CGROUP)
		snprintf(text, size, "cgroup %.200s", spec->cgroup);
	else if (spec->subject == SUBJECT_UIDS)
		snprintf(text, size, "uids %u to %u", spec->uid, spec->uid_to);
	else if (spec->subject == SUBJECT_UID)
		snprintf(text, size, "uid %u%s%.64s%s", spec->uid, user ? " (" : "", user ? user->pw_name : "",
			 user ? ")" : "");
	else
		snprintf(text, size, "everyone");
}

static bool same_subject(const struct rule_spec *a, const struct rule_spec *b)
{
	return a->subject == b->subject && a->uid == b->uid && a->uid_to == b->uid_to && !strcmp(a->cgroup, b->cgroup);
}

/* What put the one before the other, in the order in which it is asked. */
static void compare(const struct rule_info *rule, const struct rule_info *other, char *why, size_t size)
{
	const struct rule_spec *a = &rule->spec, *b = &other->spec;
	char one[300], two[300];

	name_subject(a, one, sizeof(one));
	name_subject(b, two, sizeof(two));
	if (!same_subject(a, b))
		snprintf(why, size, "rules for %s come before those for %s, such as rule %u", one, two, other->id);
	else if (a->prefix.len != b->prefix.len)
		snprintf(why, size, "of the rules for %s that match, its prefix is the longest, before rule %u", one,
			 other->id);
	else if (a->port_hi - a->port_lo != b->port_hi - b->port_lo)
		snprintf(why, size, "its ports are fewer than those of rule %u", other->id);
	else if ((a->proto == PROTO_ANY) != (b->proto == PROTO_ANY))
		snprintf(why, size, "it names a protocol, and rule %u does not", other->id);
	else if (a->verdict != b->verdict)
		snprintf(why, size, "%s comes before %s, as in rule %u", verdict_name(a->verdict),
			 verdict_name(b->verdict), other->id);
	else
		snprintf(why, size, "it says the same as rule %u", other->id);
}

static void explain(struct answer *a)
{
	const char *verdict = verdict_name(a->settings.default_verdict);

	if (a->kernel.closed)
		snprintf(a->why, sizeof(a->why),
			 "there are rules for cgroups, and this process is in more than %d of them", CGROUP_DEPTH);
	else if (!a->found)
		snprintf(a->why, sizeof(a->why), "no rule matches, and the default is %s", verdict);
	else if (a->has_runner_up)
		compare(&a->rule, &a->runner_up, a->why, sizeof(a->why));
	else
		snprintf(a->why, sizeof(a->why), "it is the only rule that matches");
	if (a->kernel.verdict == VERDICT_AUDIT && (!a->found || a->rule.spec.verdict == VERDICT_BLOCK))
		strncat(a->why, "; in mode audit nothing is refused", sizeof(a->why) - strlen(a->why) - 1);
}

/* The rules that the kernel named. False: the time of one of them has run out since, and the kernel has another answer.
 */
static bool find_rules(struct ruleset *rules, struct answer *a)
{
	a->found = a->kernel.slot != NO_SLOT && ruleset_at(rules, a->kernel.slot, &a->rule);
	a->has_runner_up = a->kernel.runner_up != NO_SLOT && ruleset_at(rules, a->kernel.runner_up, &a->runner_up);
	return a->found == (a->kernel.slot != NO_SLOT) && a->has_runner_up == (a->kernel.runner_up != NO_SLOT);
}

#define TRIES 8

static int ask(const struct invocation *inv, struct answer *a, struct error *err)
{
	struct session session;
	bool found = false;
	int ret = 0;

	if (call_parse(&a->call, inv->n, inv->words, err) || session_open(&session, inv, RULESET_READ, err))
		return -1;
	for (int i = 0; i < TRIES && !ret && !found; i++) {
		ret = probe(&session.pins, &a->call, &a->kernel, err);
		found = !ret && find_rules(session.rules, a);
	}
	a->settings = *ruleset_settings(session.rules);
	session_close(&session);
	if (!ret && !found)
		ret = error_set(err, ERR_SYSTEM, "the kernel answered with a rule that is not there");
	/* What lsmctl has not put there is what the programs take it for, a block. */
	if (a->kernel.verdict >= VERDICTS)
		a->kernel.verdict = VERDICT_BLOCK;
	if (!ret)
		explain(a);
	return ret;
}

/* NULL: the call gets none. */
static const char *errno_name(const struct answer *a)
{
	const char *name = a->kernel.error ? rule_errno_name((int)a->kernel.error) : NULL;

	return a->kernel.error && !name ? "unknown" : name;
}

static json_t *rule_or_null(bool there, const struct rule_info *rule)
{
	return there ? output_rule(rule) : json_null();
}

static void print_json(const struct invocation *inv, const struct answer *a)
{
	json_t *root = output_root();

	json_object_set_new(root, "verdict", json_string(verdict_name(a->kernel.verdict)));
	json_object_set_new(root, "reason", output_string(a->why));
	json_object_set_new(root, "rule", rule_or_null(a->found, &a->rule));
	json_object_set_new(root, "errno", a->kernel.error ? json_string(errno_name(a)) : json_null());
	json_object_set_new(root, "runner_up", rule_or_null(a->has_runner_up, &a->runner_up));
	output_json(&inv->out, root);
}

static void print_rule(const struct rule_info *rule)
{
	char *text = rule_format(&rule->spec);

	/* Nothing that is kept in a rule needs escaping, unless another program put it there. */
	output_text(text ? text : "");
	free(text);
}

static void print_text(const struct answer *a)
{
	static const char *const done[] = {
		[VERDICT_ALLOW] = "allowed", [VERDICT_BLOCK] = "blocked", [VERDICT_AUDIT] = "allowed and counted"};
	char *call = call_format(&a->call);

	printf("%s", done[a->kernel.verdict]);
	if (a->kernel.error)
		printf(" (%s)", errno_name(a));
	if (a->found) {
		printf(" by rule %u: ", a->rule.id);
		print_rule(&a->rule);
	} else if (!a->kernel.closed) {
		printf(" by default");
	}
	printf("\ncall: ");
	output_text(call ? call : "");
	printf("\nwhy:  ");
	output_text(a->why);
	if (a->has_runner_up) {
		printf("\nelse: rule %u: ", a->runner_up.id);
		print_rule(&a->runner_up);
	} else if (a->found) {
		printf("\nelse: the default, %s", verdict_name(a->settings.default_verdict));
	}
	putchar('\n');
	free(call);
}

static int run(struct invocation *inv, struct error *err)
{
	struct answer a = {};

	if (ask(inv, &a, err))
		return -1;
	inv->status = a.kernel.verdict == VERDICT_BLOCK;
	if (inv->out.json)
		print_json(inv, &a);
	else if (!inv->out.quiet)
		print_text(&a);
	return 0;
}

static void complete(struct invocation *inv)
{
	if (inv->n)
		complete_rule(inv, true);
}

const struct command command_test = {
	.name = "test",
	.args = "ADDRESS [port PORT] [proto PROTO] [uid USER] [cgroup PATH]",
	.summary = "ask the kernel what would become of a call; nothing is sent",
	.doc = "Left unsaid, the protocol is tcp, and user and cgroup are this process's. Without a port, rules for "
	       "ports do "
	       "not match. Exits 0 when the call would be let through, 1 when it would be refused, 2 and up on an "
	       "error.",
	.max_words = NO_LIMIT,
	.run = run,
	.complete = complete,
	.error_status = 2,
};
