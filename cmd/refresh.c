// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "name/refresh.h"
#include "policy/names.h"
#include "policy/programs.h"
#include "rule/setting.h"
#include "rule/subject.h"
#include "shared/changes.h"
#include "shared/cmd.h"
#include "shared/complete.h"
#include "shared/except_words.h"
#include "shared/history.h"
#include "shared/known_names.h"
#include "shared/primed.h"
#include "shared/report.h"
#include "shared/source.h"

#define KEY_RESOLVERS 0x200
#define KEY_NAMES     0x201

static struct {
	bool local;
	bool resolvers;
	bool names;
} options;

static const struct argp_option option_table[] = {
	{"resolvers", KEY_RESOLVERS, NULL, 0, "instead of a set: look up the name servers of this host again", 0},
	{"names", KEY_NAMES, NULL, 0, "instead of a set: ask again for the names that rules are for", 0},
	LOCAL_OPTION,
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg, (void)state;
	switch (key) {
	case KEY_LOCAL:
		options.local = true;
		return 0;
	case KEY_RESOLVERS:
		options.resolvers = true;
		return 0;
	case KEY_NAMES:
		options.names = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int tell(struct session *session, const struct invocation *inv, struct changes *changes,
		const struct replaced *result, const struct hosts *hosts, struct error *err)
{
	struct report report;

	if (report_open(&report, inv, err))
		return -1;
	changes_report(changes, session, &report, inv->dry_run);
	if (report.root)
		json_object_set_new(report.root, "unchanged", json_integer(result->unchanged));
	report_hosts(&report, hosts);
	return report_close(&report, session, err);
}

static int replace(struct session *session, const struct invocation *inv, const struct hosts *hosts, struct error *err)
{
	const char *set = inv->words[0];
	struct changes changes = {};
	struct replaced result = {.each = changes_keep, .arg = &changes};
	struct replacement *replacement = ruleset_replace_begin(session->rules, set, set, err);
	struct history history;
	struct set_excepts excepts = {};
	int ret = -1;

	if (!replacement)
		return -1;
	ruleset_replace_source(replacement, "host names");
	history_begin(&history, session, inv);
	if (set_excepts_add(&excepts, set, ruleset_replace_excepted(replacement, set), err) ||
	    refresh_fill(session->rules, replacement, hosts, &excepts.at[0].except, err) ||
	    ruleset_replace_end(replacement, !inv->dry_run, 0, &result, err))
		goto out;
	if (changes.no_memory) {
		error_errno(err, ENOMEM, "cannot report the changes");
		goto out;
	}
	changes_note(&changes, &history);
	history_commit(&history, session, inv, false);
	ret = tell(session, inv, &changes, &result, hosts, err);
out:
	history_drop(&history);
	set_excepts_free(&excepts);
	free(changes.at);
	ruleset_replace_free(replacement);
	return ret;
}

/* Opens for access, and finds the names of the set. Opens nothing on failure. */
static int open_set(struct session *session, const struct invocation *inv, enum ruleset_access access,
		    struct hosts *hosts, struct error *err)
{
	if (session_open(session, inv, access, err))
		return -1;
	if (!refresh_hosts(session->rules, inv->words[0], hosts, err))
		return 0;
	session_close(session);
	return -1;
}

/*
 * Resolves names without a lock, so that other commands need not wait for a name server. Then takes the writer's lock,
 * and changes what it finds there; when the set has new names by then, resolves these first.
 */
static int refresh(const struct invocation *inv, struct hosts *hosts, struct error *err)
{
	enum ruleset_access access = RULESET_READ;
	struct session session;
	size_t resolved;
	int ret;

	for (;;) {
		resolved = hosts->n;
		if (open_set(&session, inv, access, hosts, err))
			return -1;
		if (hosts->n == resolved)
			break;
		session_close(&session);
		if (hosts_resolve(hosts, err))
			return -1;
		access = inv->dry_run ? RULESET_READ : RULESET_WRITE;
	}
	ret = replace(&session, inv, hosts, err);
	session_close(&session);
	return ret;
}

static void tell_resolvers(const struct invocation *inv, json_t *root, const struct resolvers *before,
			   const struct resolvers *found)
{
	bool same = !memcmp(before, found, sizeof(*found));
	char text[SETTING_SIZE];

	json_object_set_new(root, "changed", json_boolean(!same));
	json_object_set_new(root, "name_servers", output_resolvers(found));
	if (inv->out.json || inv->out.quiet || same)
		return;
	if (before->n)
		output_change(&inv->out, stdout, '-', resolvers_format(before, ", ", text));
	if (found->n)
		output_change(&inv->out, stdout, '+', resolvers_format(found, ", ", text));
}

/*
 * Puts the name servers in force whose answers count when the setting names none, and for which "resolvers" stands.
 * Attaches what learns names, where load knew none of them.
 */
static int put_resolvers(struct session *session, const struct resolvers *found, bool dry_run, struct error *err)
{
	struct config *config = ruleset_config(session->rules);

	if (!found->n && (names_wanted(session->rules) || config->special.ruled) &&
	    !ruleset_settings(session->rules)->resolvers.n)
		return names_find_none(err);
	if (dry_run)
		return 0;
	names_store_resolvers(config, found);
	if (!names_wanted(session->rules) || !programs_judge_calls(&session->pins))
		return 0;
	return names_settle(&session->pins, session->rules, err) < 0 ? -1 : 0;
}

static int refresh_resolvers(const struct invocation *inv, json_t *root, struct error *err)
{
	struct resolvers before, found;
	struct session session;
	int ret;

	names_find_resolvers(&found);
	if (session_open(&session, inv, inv->dry_run ? RULESET_READ : RULESET_CONFIRM, err))
		return -1;
	before = *config_found(ruleset_config(session.rules));
	ret = put_resolvers(&session, &found, inv->dry_run, err);
	session_close(&session);
	if (!ret)
		tell_resolvers(inv, root, &before, &found);
	return ret;
}

/* What is no set. */
static int refresh_names(const struct invocation *inv, struct error *err)
{
	json_t *root = output_root();
	int ret = 0;

	json_object_set_new(root, "dry_run", json_boolean(inv->dry_run));
	if (options.resolvers)
		ret = refresh_resolvers(inv, root, err);
	if (!ret && options.names)
		ret = prime_all_names(inv, root, err);
	if (!ret && inv->out.json)
		output_json(&inv->out, root);
	else
		json_decref(root);
	return ret;
}

static int run(struct invocation *inv, struct error *err)
{
	struct hosts hosts = {.local = options.local};
	char set[SET_SIZE];
	int ret = -1;

	if ((options.resolvers || options.names) && inv->n)
		return error_set(err, ERR_USAGE, "%s and a set, near '%.64s': type them in two commands",
				 options.resolvers ? "--resolvers" : "--names", inv->words[0]);
	if (options.resolvers || options.names)
		return output_check(&inv->out, err) ? -1 : refresh_names(inv, err);
	if (!inv->n)
		return error_set(err, ERR_USAGE, "a set is missing (usage: lsmctl refresh SET)");
	if (!set_parse(inv->words[0], set, err) && !output_check(&inv->out, err))
		ret = refresh(inv, &hosts, err);
	hosts_free(&hosts);
	return ret;
}

static void complete(struct invocation *inv)
{
	if (!inv->n)
		complete_sets(inv);
}

const struct command command_refresh = {
	.name = "refresh",
	.args = "SET | --resolvers | --names",
	.summary = "look up again the names of a set or in rules, or name servers",
	.doc = "In one step, the set gets rules for the current addresses of its names. New addresses get rules like "
	       "the others of the name; rules of old addresses go. "
	       "All other rules of the set stay, with their ids and counters.\n\n"
	       "If one lookup fails, nothing changes, and the exit status is 2. "
	       "The same happens if an allow or audit rule would get a private or link-local address, unless you add "
	       "--local. "
	       "The command prints what has changed, if anything.\n\n"
	       "With --resolvers, the name servers of /etc/resolv.conf and of systemd-resolved are looked up again. Names "
	       "are learned from their answers, and 'resolvers' in a rule stands for them, unless 'set resolvers' names "
	       "others.\n\n"
	       "With --names, lsmctl asks the name servers for each exact name that a rule is for, so that its addresses "
	       "stay known. It warns of those without an answer. Both options may be given.",
	.options = option_table,
	.parse = parse,
	.values = &options,
	.values_size = sizeof(options),
	.max_words = 1,
	.run = run,
	.complete = complete,
};
