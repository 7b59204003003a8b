// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a shell asks for completion: `lsmctl __complete WORD...` gets the words of a command line behind `lsmctl`, the
 * last one being the (maybe empty) word under the cursor, and prints what could stand there, a line each. The shell
 * keeps those that begin as the word does. Never an error: a shell has no place to show one.
 */
#include <netdb.h>
#include <pwd.h>
#include <string.h>
#include "cmd.h"

void complete_words(const char *const words[])
{
	for (; *words; words++)
		puts(*words);
}

void complete_destinations(void)
{
	for (size_t i = 0; prefix_word(i); i++)
		puts(prefix_word(i));
}

/* Each name once where the rules of a set came together, as they mostly do. */
static int print_set(const struct rule_info *rule, void *arg)
{
	char *last = arg;

	if (rule->spec.set[0] && strcmp(rule->spec.set, last)) {
		strcpy(last, rule->spec.set);
		puts(last);
	}
	return 0;
}

void complete_sets(const struct invocation *inv)
{
	char last[SET_SIZE] = "";
	struct session session;
	struct error err = {};

	if (session_open(&session, inv, RULESET_READ, &err))
		return;
	ruleset_each(session.rules, print_set, last);
	session_close(&session);
}

/* Those that every host knows, and then what else this one does. */
static void complete_protocols(void)
{
	struct protoent *proto;

	for (size_t i = 0; proto_word(i); i++)
		puts(proto_word(i));
	setprotoent(1);
	while ((proto = getprotoent())) {
		size_t i = 0;

		while (proto_word(i) && strcmp(proto_word(i), proto->p_name))
			i++;
		if (!proto_word(i) && proto_parse(proto->p_name) >= 0)
			puts(proto->p_name);
	}
	endprotoent();
}

static void complete_users(void)
{
	struct passwd *user;

	setpwent();
	while ((user = getpwent()))
		puts(user->pw_name);
	endpwent();
}

/* What can follow a word of a rule. */
static void complete_value(const struct invocation *inv, const char *word)
{
	if (!strcmp(word, "proto"))
		complete_protocols();
	else if (!strcmp(word, "uid"))
		complete_users();
	else if (!strcmp(word, "set"))
		complete_sets(inv);
	for (size_t i = 0; !strcmp(word, "errno") && rule_errno_word(i); i++)
		puts(rule_errno_word(i));
}

/* Whether a word, or one that rules it out, is there already. */
static bool said(const struct invocation *inv, const char *word)
{
	const char *other = !strcmp(word, "uid") ? "cgroup" : !strcmp(word, "cgroup") ? "uid" : word;

	for (size_t i = 1; i < inv->n; i += 2) {
		if (!strcmp(inv->words[i], word) || !strcmp(inv->words[i], other))
			return true;
	}
	return false;
}

/* A destination, and then pairs of a word and its value. */
void complete_rule(const struct invocation *inv, bool identity)
{
	if (!inv->n) {
		complete_destinations();
	} else if (inv->n % 2) {
		for (size_t i = 0; rule_word(i, identity); i++) {
			if (!said(inv, rule_word(i, identity)))
				puts(rule_word(i, identity));
		}
	} else {
		complete_value(inv, inv->words[inv->n - 1]);
	}
}

static void complete_options(const struct argp_option *options)
{
	for (; options && options->name; options++)
		printf("--%s\n", options->name);
}

static const struct argp_option *option_of(const struct argp_option *options, const char *word)
{
	for (; options && options->name; options++) {
		if ((!strncmp(word, "--", 2) && !strcmp(word + 2, options->name)) ||
		    (word[0] == '-' && word[1] == options->key && !word[2]))
			return options;
	}
	return NULL;
}

/* "allow|block" in an option's table entry are its values; "N" and "DIR" are not. */
static void complete_values(const struct argp_option *option)
{
	const char *at = option->arg;
	size_t len;

	for (; strchr(option->arg, '|') && *at; at += len + (at[len] == '|')) {
		len = strcspn(at, "|");
		printf("%.*s\n", (int)len, at);
	}
}

static int run(struct invocation *inv, struct error *err)
{
	const struct command *command = NULL;
	struct invocation rest = {.pin_dir = inv->pin_dir};
	const struct argp_option *option = NULL;
	const char *current;
	size_t n = 0;

	(void)err;
	if (!inv->n)
		return 0;
	current = inv->words[inv->n - 1];
	for (size_t i = 0; i + 1 < inv->n; i++) {
		if (option && option->arg) {
			rest.pin_dir = !strcmp(option->name, "pin-dir") ? inv->words[i] : rest.pin_dir;
			option = NULL;
			continue;
		}
		option = option_of(common_options, inv->words[i]);
		if (!option && command)
			option = option_of(command->options, inv->words[i]);
		if (!strncmp(inv->words[i], "--pin-dir=", strlen("--pin-dir=")))
			rest.pin_dir = strchr(inv->words[i], '=') + 1;
		if (option || inv->words[i][0] == '-')
			continue;
		if (!command) {
			command = command_find(inv->words[i]);
			if (!command)
				return 0;
		} else {
			inv->words[n++] = inv->words[i]; /* n is behind i */
		}
	}
	rest.words = inv->words;
	rest.n = n;
	if (option && option->arg) {
		complete_values(option);
	} else if (current[0] == '-') {
		complete_options(command ? command->options : NULL);
		complete_options(common_options);
	} else if (!command) {
		command_help.complete(&rest);
	} else if (command->complete) {
		command->complete(&rest);
	}
	return 0;
}

const struct command command_complete = {
	.name = "__complete",
	.args = "WORD...",
	.summary = "what a shell asks for completion",
	.max_words = NO_LIMIT,
	.run = run,
	.hidden = true,
};
