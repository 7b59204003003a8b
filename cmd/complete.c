// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a shell asks for completion: `lsmctl __complete WORD...` gets the words of a command line behind `lsmctl`, the
 * last one being the (maybe empty) word under the cursor, each without its quotes, and prints what that word could
 * become: see offer_print(). Commands, options and their values come from the tables that the commands themselves go
 * by. Never an error: a shell has no place to show one.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"
#include "offer.h"
#include "../common/cgroup.h"
#include "../common/subject.h"

void complete_word(const char *word, const char *about)
{
	offer(word, about, 0);
}

void complete_words(const char *const words[])
{
	for (; *words; words++)
		offer(*words, NULL, 0);
}

static void complete_commands(const struct invocation *inv)
{
	const struct command *command;

	(void)inv;
	for (size_t i = 0; (command = command_at(i)); i++) {
		if (!command->hidden)
			offer(command->name, command->summary, 0);
	}
}

/* Each is a command too, which says what it does. */
void complete_verdicts(void)
{
	for (int i = 0; i < VERDICTS; i++)
		offer(verdict_name((enum verdict)i), command_find(verdict_name((enum verdict)i))->summary, 0);
}

void complete_destinations(void)
{
	for (size_t i = 0; prefix_word(i); i++) {
		char about[8 * PREFIX_TEXT_SIZE] = "", *end = about;
		struct prefixes prefixes = {};
		struct error err = {};

		prefixes_parse(&prefixes, prefix_word(i), &err);
		for (size_t p = 0; p < prefixes.n && p < 8; p++) {
			end = prefix_format(&prefixes.at[p], true, end);
			*end = p + 1 < prefixes.n ? ' ' : '\0';
			end++;
		}
		offer(prefix_word(i), about, OFFER_LISTED);
		prefixes_free(&prefixes);
	}
}

struct rule_words {
	void (*word_of)(const struct rule_info *rule, char *word);
	unsigned int flags;
};

static int offer_rule(const struct rule_info *rule, void *arg)
{
	const struct rule_words *words = arg;
	char word[RULE_WORD_SIZE] = "";
	char *about;

	words->word_of(rule, word);
	if (!*word || !offer_fits(word, words->flags))
		return 0;
	about = rule_format(&rule->spec);
	offer(word, about, words->flags);
	free(about);
	return offer_full();
}

static void give_up(int signal)
{
	(void)signal;
	_exit(0);
}

void complete_rules(const struct invocation *inv, void (*word_of)(const struct rule_info *rule, char *word), bool list)
{
	struct rule_words words = {word_of, OFFER_RULE | (list ? OFFER_LISTED : 0)};
	struct session session;
	struct error err = {};

	/* Whoever holds the lock may need long, and someone waits at a prompt. */
	signal(SIGALRM, give_up);
	alarm(1);
	if (!session_open(&session, inv, RULESET_READ, &err)) {
		ruleset_each(session.rules, offer_rule, &words);
		session_close(&session);
	}
	alarm(0);
}

static void set_of(const struct rule_info *rule, char *word)
{
	struct error err = {};

	set_parse(rule->spec.set, word, &err);
}

void complete_sets(const struct invocation *inv)
{
	complete_rules(inv, set_of, false);
}

static void complete_services(const struct invocation *inv)
{
	const struct servent *service;
	char about[16];

	(void)inv;
	setservent(1);
	while ((service = getservent())) {
		snprintf(about, sizeof(about), "%u", ntohs((uint16_t)service->s_port));
		offer(service->s_name, about, OFFER_LISTED);
	}
	endservent();
}

/* Those that every host knows, and then what else this one does. */
static void complete_protocols(const struct invocation *inv)
{
	const struct protoent *proto;

	(void)inv;
	for (size_t i = 0; proto_word(i); i++)
		offer(proto_word(i), NULL, 0);
	setprotoent(1);
	while ((proto = getprotoent())) {
		if (proto_parse(proto->p_name) >= 0)
			offer(proto->p_name, NULL, 0);
	}
	endprotoent();
}

static void complete_users(const struct invocation *inv)
{
	const struct passwd *user;
	char about[16];

	(void)inv;
	setpwent();
	while ((user = getpwent())) {
		snprintf(about, sizeof(about), "%u", user->pw_uid);
		offer(user->pw_name, about, 0);
	}
	endpwent();
}

/* A cgroup that others are in ends with a slash, behind which they come next. */
static void offer_cgroup(const char *name, bool has_others, void *arg)
{
	const char *parent = arg;
	char path[2 * CGROUP_SIZE], unused[CGROUP_SIZE];
	struct error err = {};

	snprintf(path, sizeof(path), "%s%s%s", parent, name, has_others ? "/" : "");
	if (!cgroup_parse(path, unused, &err))
		offer(path, NULL, 0);
}

/* A level at a time, below what stands before the last slash. */
static void complete_cgroups(const struct invocation *inv)
{
	const char *typed = offer_typed(), *slash = strrchr(typed, '/');
	char parent[CGROUP_SIZE] = "/", path[CGROUP_SIZE];
	struct error err = {};

	(void)inv;
	if (slash && slash + 1 - typed < CGROUP_SIZE)
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash + 1 - typed), typed);
	if (!cgroup_parse(parent, path, &err))
		cgroup_each(path, offer_cgroup, parent);
	/* Where they are mounted, for one who is on the way there. */
	if (!strncmp(typed, "/sys/", strlen("/sys/")))
		offer(CGROUP_MOUNTPOINT "/", NULL, 0);
}

static void complete_errnos(const struct invocation *inv)
{
	(void)inv;
	for (size_t i = 0; rule_errno_word(i); i++)
		offer(rule_errno_word(i), strerror(rule_errno_parse(rule_errno_word(i))), 0);
}

static void complete_files(const struct invocation *inv)
{
	(void)inv;
	offer_files("file");
}

static void complete_directories(const struct invocation *inv)
{
	(void)inv;
	offer_files("directory");
}

/* What goes behind a word of a rule; and what arguments are called in the tables of commands and options. */
static const struct {
	const char *what;
	void (*complete)(const struct invocation *inv);
} values[] = {
	{"port", complete_services},  {"proto", complete_protocols}, {"uid", complete_users},
	{"cgroup", complete_cgroups}, {"set", complete_sets},	     {"errno", complete_errnos},
	{"FILE", complete_files},     {"DIR", complete_directories}, {"COMMAND", complete_commands},
	{"NAME", complete_sets},      {"SET", complete_sets},
};

static void complete_value(const struct invocation *inv, const char *what, size_t len)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (strlen(values[i].what) == len && !strncmp(values[i].what, what, len))
			values[i].complete(inv);
	}
}

/* Whether a word, or one that rules it out, is there already. */
static bool said(const struct invocation *inv, size_t from, const char *word)
{
	const char *other = !strcmp(word, "uid") ? "cgroup" : !strcmp(word, "cgroup") ? "uid" : word;

	for (size_t i = from; i < inv->n; i += 2) {
		if (!strcmp(inv->words[i], word) || !strcmp(inv->words[i], other))
			return true;
	}
	return false;
}

/* Pairs of a word and its value. */
static void complete_pairs(const struct invocation *inv, size_t from, bool identity)
{
	if ((inv->n - from) % 2) {
		complete_value(inv, inv->words[inv->n - 1], strlen(inv->words[inv->n - 1]));
		return;
	}
	for (size_t i = 0; rule_word(i, identity); i++) {
		if (!said(inv, from, rule_word(i, identity)))
			offer(rule_word(i, identity), NULL, 0);
	}
}

void complete_rule(const struct invocation *inv, bool identity)
{
	if (inv->n)
		complete_pairs(inv, 1, identity);
	else
		complete_destinations();
}

void complete_filter(const struct invocation *inv)
{
	size_t i = 0;

	while (inv->n && rule_word(i, true) && strcmp(inv->words[0], rule_word(i, true)))
		i++;
	if (!inv->n)
		complete_destinations();
	complete_pairs(inv, inv->n && !rule_word(i, true), true);
}

/* What a command's args say, such as "[FILE]" or "FILE...": the last may be one that comes again. */
static void complete_args(struct invocation *inv)
{
	const char *at = inv->command->args ? inv->command->args : "";

	for (size_t i = 0; *at; i++) {
		const char *end = strchrnul(at, ' ');
		const char *name = at + (*at == '[');

		if (i == inv->n || (i < inv->n && !*end && memmem(at, (size_t)(end - at), "...", 3)))
			complete_value(inv, name, strcspn(name, ".] "));
		at = end + (*end == ' ');
	}
}

static void complete_options(const struct argp_option *options)
{
	for (; options && options->name; options++) {
		char word[64];

		snprintf(word, sizeof(word), "--%s", options->name);
		if (!(options->flags & OPTION_HIDDEN))
			offer(word, options->doc, 0);
	}
}

/* An option of the command, or a common one, by its long name or its letter. */
static const struct argp_option *find_option(const struct command *command, const char *name, size_t len, int key)
{
	const struct argp_option *lists[] = {command ? command->options : NULL, common_options};

	for (size_t i = 0; i < 2; i++) {
		for (const struct argp_option *o = lists[i]; o && o->name; o++) {
			if (key ? o->key == key : strlen(o->name) == len && !strncmp(o->name, name, len))
				return o;
		}
	}
	return NULL;
}

/* The option in a word whose value is the next word, or NULL. */
static const struct argp_option *wants_value(const struct command *command, const char *word)
{
	const struct argp_option *option = NULL;

	if (word[1] == '-')
		option = find_option(command, word + 2, strlen(word + 2), 0);
	/* Of letters together only the last. */
	for (word++; *word != '-' && *word && !(option && option->arg); word++)
		option = find_option(command, "", 0, *word);
	return option && option->arg && !(option->flags & OPTION_ARG_OPTIONAL) && (*word == '-' || !*word) ? option
													   : NULL;
}

/* "allow|block" in an option's table entry are its values; "FILE" is the name of one. */
static void complete_option(const struct invocation *inv, const struct argp_option *option)
{
	char *words = strdup(option->arg), *rest = words, *word;

	if (!strchr(option->arg, '|'))
		complete_value(inv, option->arg, strlen(option->arg));
	else
		while (words && (word = strsep(&rest, "|")))
			offer(word, NULL, 0);
	free(words);
}

static int run(struct invocation *inv, struct error *err)
{
	struct invocation rest = {.pin_dir = inv->pin_dir, .words = inv->words};
	const struct argp_option *option = NULL;
	bool no_options = false; /* behind "--" */
	const char *current, *value;

	(void)err;
	if (!inv->n)
		return 0;
	current = inv->words[inv->n - 1];
	offer_begin(current, 0);
	for (size_t i = 0; i + 1 < inv->n; i++) {
		char *word = inv->words[i];

		if (option) {
			rest.pin_dir = !strcmp(option->name, "pin-dir") ? word : rest.pin_dir;
			option = NULL;
		} else if (!no_options && word[0] == '-' && word[1]) {
			no_options = rest.command && !strcmp(word, "--");
			option = wants_value(rest.command, word);
			if (!strncmp(word, "--pin-dir=", strlen("--pin-dir=")))
				rest.pin_dir = strchr(word, '=') + 1;
		} else if (rest.command) {
			rest.words[rest.n++] = word; /* n is behind i */
		} else {
			rest.command = command_find(word);
			if (!rest.command)
				return 0;
		}
	}
	if (option) {
		complete_option(&rest, option);
	} else if (!no_options && !strncmp(current, "--", 2) && (value = strchr(current, '='))) {
		option = find_option(rest.command, current + 2, (size_t)(value - current - 2), 0);
		offer_begin(current, (size_t)(value + 1 - current));
		if (option && option->arg)
			complete_option(&rest, option);
	} else if (!no_options && current[0] == '-') {
		complete_options(rest.command ? rest.command->options : NULL);
		complete_options(common_options);
	} else if (!rest.command) {
		complete_commands(&rest);
	} else if (rest.n < rest.command->max_words) {
		(rest.command->complete ? rest.command->complete : complete_args)(&rest);
	}
	offer_print();
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
