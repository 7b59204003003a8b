// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <netdb.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/cgroup.h"
#include "rule/format.h"
#include "rule/name.h"
#include "rule/parse.h"
#include "rule/prefix.h"
#include "rule/proto.h"
#include "rule/subject.h"
#include "rule/unit.h"
#include "rule/verdict.h"
#include "table/ruleset.h"
#include "cmd.h"
#include "complete.h"
#include "known_names.h"
#include "offer.h"
#include "session.h"

void complete_word(const char *word, const char *about)
{
	offer(word, about, 0);
}

void complete_words(const char *const words[])
{
	for (; *words; words++)
		offer(*words, NULL, 0);
}

void complete_commands(const struct invocation *inv)
{
	const struct command *command;

	(void)inv;
	for (size_t i = 0; (command = command_at(i)); i++) {
		if (!command->hidden)
			offer(command->name, command->summary, 0);
	}
}

/* Each verdict is a command too, whose summary describes it. */
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
		offer(prefix_word(i), prefixes.n ? about : "the name servers of this host", OFFER_LISTED);
		prefixes_free(&prefixes);
	}
}

/* Those that programs asked for. They are many: only when part of one is typed. */
static void complete_names(const struct invocation *inv)
{
	struct name_list list = {};
	struct error ignored = {};
	bool on;

	if (*offer_typed() && !known_names_list(inv, &list, &on, &ignored)) {
		for (size_t i = 0; i < list.n; i++) {
			if (!i || strcmp(list.at[i].name, list.at[i - 1].name) != 0)
				offer(list.at[i].name, NULL, 0);
		}
	}
	name_list_free(&list);
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

	/* Gives up after a while: a command may hold the lock for long, and the user waits at a prompt. */
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

/* Offers the protocols that every host knows, then the others of this host. */
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

static void complete_groups(const struct invocation *inv)
{
	const struct group *group;
	char about[16];

	(void)inv;
	setgrent();
	while ((group = getgrent())) {
		snprintf(about, sizeof(about), "%u", group->gr_gid);
		offer(group->gr_name, about, 0);
	}
	endgrent();
}

/* A cgroup with children ends in a slash, so that they can follow. */
static void offer_cgroup(const char *name, bool has_others, void *arg)
{
	const char *parent = arg;
	char path[2 * CGROUP_SIZE], unused[CGROUP_SIZE];
	struct error err = {};

	snprintf(path, sizeof(path), "%s%s%s", parent, name, has_others ? "/" : "");
	if (!cgroup_parse(path, unused, &err))
		offer(path, NULL, 0);
}

/* Offers one level, below the last slash of the typed word. */
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
	/* Offers the mount point to a user who types its path. */
	if (!strncmp(typed, "/sys/", strlen("/sys/")))
		offer(CGROUP_MOUNTPOINT "/", NULL, 0);
}

static void offer_unit(const char *path, const char *name, void *arg)
{
	char cgroup[CGROUP_SIZE];
	struct error err = {};

	(void)arg;
	/* Not what is no unit's: that name would get another suffix. */
	if (!unit_parse(unit_name(name), cgroup, &err) && !strcmp(name, cgroup) && !strchr(name, '*'))
		offer(unit_name(name), path, 0);
}

static void complete_units(const struct invocation *inv)
{
	(void)inv;
	cgroup_each_unit(offer_unit, NULL);
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

/* The values of the words of a rule, and of argument names in the tables of commands and options. */
static const struct {
	const char *what;
	void (*complete)(const struct invocation *inv);
} values[] = {
	{"port", complete_services},	{"proto", complete_protocols}, {"uid", complete_users},
	{"gid", complete_groups},	{"cgroup", complete_cgroups},  {"unit", complete_units},
	{"user-slice", complete_users}, {"set", complete_sets},	       {"errno", complete_errnos},
	{"exe", complete_files},	{"FILE", complete_files},      {"DIR", complete_directories},
	{"COMMAND", complete_commands}, {"NAME", complete_sets},       {"SET", complete_sets},
	{"USER", complete_users},	{"PATH", complete_files},
};

void complete_value(const struct invocation *inv, const char *what, size_t len)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (strlen(values[i].what) == len && !strncmp(values[i].what, what, len))
			values[i].complete(inv);
	}
}

/* True when the word, or one that excludes it, is there already. */
static bool said(const struct invocation *inv, size_t from, const char *word)
{
	for (size_t i = from; i < inv->n; i += rule_word_has_value(inv->words[i]) ? 2 : 1) {
		if (!strcmp(inv->words[i], word) || (rule_word_is_subject(word) && rule_word_is_subject(inv->words[i])))
			return true;
	}
	return false;
}

/* Completes pairs of a word and its value. */
static void complete_pairs(const struct invocation *inv, size_t from, bool identity)
{
	size_t at = from;

	while (at < inv->n)
		at += rule_word_has_value(inv->words[at]) ? 2 : 1;
	if (at > inv->n) {
		complete_value(inv, inv->words[inv->n - 1], strlen(inv->words[inv->n - 1]));
		return;
	}
	for (size_t i = 0; rule_word(i, identity); i++) {
		/* A word without a value is for names only. */
		if (!said(inv, from, rule_word(i, identity)) &&
		    (rule_word_has_value(rule_word(i, identity)) || (from && name_is_meant(inv->words[from - 1]))))
			offer(rule_word(i, identity), NULL, 0);
	}
}

void complete_rule(const struct invocation *inv, bool identity)
{
	if (inv->n) {
		complete_pairs(inv, 1, identity);
		return;
	}
	complete_destinations();
	complete_names(inv);
}

void complete_call(const struct invocation *inv)
{
	if (inv->n)
		complete_pairs(inv, 1, true);
	else
		complete_names(inv);
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
