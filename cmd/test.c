// SPDX-License-Identifier: GPL-2.0-only
/* Asks the kernel how it would decide a hypothetical call. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "policy/ask.h"
#include "rule/format.h"
#include "rule/prefix.h"
#include "rule/subject.h"
#include "rule/unit.h"
#include "rule/verdict.h"
#include "shared/cmd.h"
#include "shared/complete.h"
#include "shared/notes.h"
#include "shared/rules_json.h"
#include "shared/session.h"
#include "table/ruleset.h"
#include "test_private.h"
#include "test_target.h"

struct answer {
	const struct call *call;
	struct test_answer kernel;
	bool found, has_runner_up;
	struct rule_info rule, runner_up;
	struct settings settings;
	char why[1024];
	char note[NOTE_SIZE];
};

/* Names the subject of a rule. */
static void name_subject(const struct rule_spec *spec, char *text, size_t size)
{
	char name[ID_NAME_SIZE] = "";

	if (spec->subject == SUBJECT_CGROUP && cgroup_is_unit(spec->cgroup))
		snprintf(text, size, "unit %.200s", unit_name(spec->cgroup));
	else if (spec->subject == SUBJECT_CGROUP)
		snprintf(text, size, "cgroup %.200s", spec->cgroup);
	else if (spec->subject == SUBJECT_EXE)
		snprintf(text, size, "program %.200s", spec->exe);
	else if (is_range(spec->subject))
		snprintf(text, size, "%ss %u to %u", ids_word(spec->subject), spec->id, spec->id_to);
	else if (spec->subject != SUBJECT_EVERYONE)
		id_name(spec->subject, spec->id, name);
	else
		snprintf(text, size, "everyone");
	if (spec->subject == SUBJECT_UID || spec->subject == SUBJECT_GID)
		snprintf(text, size, *name ? "%s %u (%.64s)" : "%s %u", ids_word(spec->subject), spec->id, name);
}

static bool same_subject(const struct rule_spec *a, const struct rule_spec *b)
{
	return a->subject == b->subject && a->id == b->id && a->id_to == b->id_to && !strcmp(a->cgroup, b->cgroup);
}

/* The same for a rule for a name: the other is for the address, and is of the same subject. */
static void compare_name(const struct rule_spec *spec, uint32_t other, char *why, size_t size)
{
	if (prefix_is_resolvers(&spec->prefix))
		snprintf(
			why, size,
			"the address is a name server of this host, and only rules for exactly the address come before 'resolvers', not rule %u",
			other);
	else if (spec->verdict == VERDICT_BLOCK)
		snprintf(why, size,
			 "the address has this name, and a name that blocks comes before networks, such as rule %u",
			 other);
	else
		snprintf(
			why, size,
			"the address has this name, and a name that lets through comes before rules for every address, such as rule %u",
			other);
}

/* Explains why one rule precedes the other. Compares in the order in which the programs decide. */
static void compare(const struct rule_info *rule, const struct rule_info *other, char *why, size_t size)
{
	const struct rule_spec *a = &rule->spec, *b = &other->spec;
	char one[300], two[300];

	name_subject(a, one, sizeof(one));
	name_subject(b, two, sizeof(two));
	if (!same_subject(a, b))
		snprintf(why, size, "rules for %s come before rules for %s, such as rule %u", one, two, other->id);
	else if (prefix_is_name(&a->prefix))
		compare_name(a, other->id, why, size);
	else if (a->prefix.len != b->prefix.len)
		snprintf(why, size, "its prefix is the longest among matching rules for %s, before rule %u", one,
			 other->id);
	else if (a->port_hi - a->port_lo != b->port_hi - b->port_lo)
		snprintf(why, size, "it has fewer ports than rule %u", other->id);
	else if ((a->proto == PROTO_ANY) != (b->proto == PROTO_ANY))
		snprintf(why, size, "it names a protocol, and rule %u does not", other->id);
	else if (!a->set[0] && b->set[0])
		snprintf(why, size, "it is in no set, and rule %u is in set '%s'", other->id, b->set);
	else if (a->verdict != b->verdict)
		snprintf(why, size, "%s comes before %s, as in rule %u", verdict_name(a->verdict),
			 verdict_name(b->verdict), other->id);
	else
		snprintf(why, size, "it equals rule %u, which has a higher id", other->id);
}

static void explain(struct answer *a)
{
	const char *verdict = verdict_name(a->settings.default_verdict);

	if (a->kernel.closed)
		snprintf(
			a->why, sizeof(a->why),
			"some rules are for cgroups, and there was no room to note that of this process (run 'lsmctl doctor')");
	else if (!a->found)
		snprintf(a->why, sizeof(a->why), "no rule matches, and the default is %s", verdict);
	else if (a->has_runner_up)
		compare(&a->rule, &a->runner_up, a->why, sizeof(a->why));
	else
		snprintf(a->why, sizeof(a->why), "%s",
			 prefix_is_resolvers(&a->rule.spec.prefix)
				 ? "the address is a name server of this host, and no other rule matches"
			 : prefix_is_name(&a->rule.spec.prefix)
				 ? "the address has this name, and no rule for addresses matches"
				 : "it is the only rule that matches");
	if (a->kernel.verdict == VERDICT_AUDIT && (!a->found || a->rule.spec.verdict == VERDICT_BLOCK))
		strncat(a->why, "; in mode audit nothing is refused", sizeof(a->why) - strlen(a->why) - 1);
}

/*
 * Finds the rules that the kernel named. Returns false when one has expired since: the kernel would then answer
 * differently.
 */
static bool find_rules(struct ruleset *rules, struct answer *a)
{
	/* The kernel does not look at what other sets have of a rule that decides for good. */
	a->kernel.runner_up = ruleset_runner_up(rules, a->kernel.slot, a->kernel.runner_up);
	a->found = a->kernel.slot != NO_SLOT && ruleset_at(rules, a->kernel.slot, &a->rule);
	a->has_runner_up = a->kernel.runner_up != NO_SLOT && ruleset_at(rules, a->kernel.runner_up, &a->runner_up);
	return a->found == (a->kernel.slot != NO_SLOT) && a->has_runner_up == (a->kernel.runner_up != NO_SLOT);
}

#define TRIES 8

static int ask(struct session *session, struct answer *a, struct error *err)
{
	bool found = false;
	int ret = 0;

	for (int i = 0; i < TRIES && !ret && !found; i++) {
		ret = probe(&session->pins, a->call, &a->kernel, err);
		found = !ret && find_rules(session->rules, a);
	}
	a->settings = *ruleset_settings(session->rules);
	if (!ret && found)
		note_of_call(&session->pins, a->call, &a->kernel, &a->settings, a->note);
	if (!ret && found && a->kernel.verdict == VERDICT_BLOCK && !a->kernel.closed)
		note_of_private(session->rules, a->call, a->found ? &a->rule.spec : NULL, a->note);
	if (!ret && !found)
		ret = error_set(err, ERR_SYSTEM, "the kernel answered with an unknown rule");
	/* The programs block on an unknown verdict, which only another program can have stored. */
	if (a->kernel.verdict >= VERDICTS)
		a->kernel.verdict = VERDICT_BLOCK;
	if (!ret)
		explain(a);
	return ret;
}

static int ask_all(const struct invocation *inv, struct target *target, struct answer *answers, struct error *err)
{
	struct session session;
	int ret = 0;

	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	for (size_t i = 0; i < target->n && !ret; i++) {
		answers[i].call = &target->calls[i];
		ret = ask(&session, &answers[i], err);
	}
	session_close(&session);
	return ret;
}

/* Returns NULL when the call gets no errno. */
static const char *errno_name(const struct answer *a)
{
	const char *name = a->kernel.error ? rule_errno_name((int)a->kernel.error) : NULL;

	return a->kernel.error && !name ? "unknown" : name;
}

static json_t *rule_or_null(bool there, const struct rule_info *rule)
{
	return there ? output_rule(rule) : json_null();
}

static void fill_json(json_t *root, const struct answer *a)
{
	json_object_set_new(root, "verdict", json_string(verdict_name(a->kernel.verdict)));
	json_object_set_new(root, "reason", output_string(a->why));
	json_object_set_new(root, "rule", rule_or_null(a->found, &a->rule));
	json_object_set_new(root, "errno", a->kernel.error ? json_string(errno_name(a)) : json_null());
	json_object_set_new(root, "runner_up", rule_or_null(a->has_runner_up, &a->runner_up));
	json_object_set_new(root, "note", *a->note ? json_string(a->note) : json_null());
}

static void print_json(const struct invocation *inv, const struct target *target, const struct answer *answers)
{
	json_t *root = output_root(), *values;

	if (!target->name[0]) {
		fill_json(root, &answers[0]);
		output_json(&inv->out, root);
		return;
	}
	values = json_array();
	for (size_t i = 0; i < target->n; i++) {
		const struct prefix prefix = {.ip = target->calls[i].ip, .len = 128};
		char address[PREFIX_TEXT_SIZE];
		json_t *value = json_object();

		prefix_format(&prefix, true, address);
		json_object_set_new(value, "destination", json_string(address));
		fill_json(value, &answers[i]);
		json_array_append_new(values, value);
	}
	json_object_set_new(root, "name", json_string(target->name));
	json_object_set_new(root, "answers", values);
	output_json(&inv->out, root);
}

static void print_rule(const struct rule_info *rule)
{
	char *text = rule_format(&rule->spec);

	/* Escape: another program may have changed the text. */
	output_text(text ? text : "");
	free(text);
}

static void print_text(const struct answer *a)
{
	static const char *const done[] = {
		[VERDICT_ALLOW] = "allowed", [VERDICT_BLOCK] = "blocked", [VERDICT_AUDIT] = "allowed and counted"};
	char *call = call_format(a->call);

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
	if (*a->note)
		printf("\nnote: %s", a->note);
	putchar('\n');
	free(call);
}

static void print_texts(const struct target *target, const struct answer *answers)
{
	if (target->name[0])
		printf("%s has %zu address%s:\n", target->name, target->n, target->n == 1 ? "" : "es");
	for (size_t i = 0; i < target->n; i++) {
		if (target->name[0])
			putchar('\n');
		print_text(&answers[i]);
	}
}

static int run(struct invocation *inv, struct error *err)
{
	struct target target = {};
	struct answer *answers = NULL;
	int ret = target_parse(&target, inv->n, inv->words, err);

	if (!ret) {
		answers = calloc(target.n, sizeof(*answers));
		ret = answers ? ask_all(inv, &target, answers, err) : error_errno(err, ENOMEM, "cannot test the call");
	}
	for (size_t i = 0; i < target.n && !ret; i++)
		inv->status |= answers[i].kernel.verdict == VERDICT_BLOCK;
	if (!ret && inv->out.json)
		print_json(inv, &target, answers);
	else if (!ret && !inv->out.quiet)
		print_texts(&target, answers);
	free(answers);
	target_free(&target);
	return ret;
}

static void complete(struct invocation *inv)
{
	complete_call(inv);
	if (inv->n % 2)
		complete_word("pid", "user, group, program and cgroup of a process");
}

const struct command command_test = {
	.name = "test",
	.args = "ADDRESS|NAME|URL [port PORT] [proto PROTO] [uid USER] [gid GROUP] [exe PATH] [cgroup PATH | unit NAME | container ID | user-slice USER] [pid N]",
	.summary = "ask the kernel for its verdict on a call; nothing is sent",
	.doc = "The protocol defaults to tcp, user, group and cgroup to those of this process; the program is none, unless said. Without a port, rules for ports "
	       "do not match. "
	       "With 'pid' they are those of this process. A NAME is looked up, and each of its addresses tested. A URL "
	       "has a host, and its scheme gives the port and the protocol. "
	       "The exit status is 0 if the call would go through, 1 if it (or one of several) would be refused, and 2 or higher on an "
	       "error.",
	.max_words = NO_LIMIT,
	.run = run,
	.complete = complete,
	.error_status = 2,
};
