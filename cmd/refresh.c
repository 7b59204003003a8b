// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "../common/array.h"
#include "../common/refresh.h"
#include "../common/subject.h"

static bool local;

static const struct argp_option option_table[] = {
	LOCAL_OPTION,
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg, (void)state;
	switch (key) {
	case ARGP_KEY_INIT: /* a batch may have more than one */
		local = false;
		return 0;
	case KEY_LOCAL:
		local = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* What ruleset_replace_end() tells; zero-initialise it. It is printed when it is done. */
struct changes {
	struct change {
		bool had, has;
		struct rule_info before, now;
	} * at;
	size_t n;
	bool no_memory;
};

static void keep(const struct rule_info *before, const struct rule_info *now, void *arg)
{
	struct changes *changes = arg;
	struct change *at = array_with_room_for_one(changes->at, changes->n, sizeof(*at)), *change;

	changes->no_memory |= !at;
	if (!at)
		return;
	changes->at = at;
	change = &at[changes->n++];
	*change = (struct change){.had = before, .has = now};
	if (before)
		change->before = *before;
	if (now)
		change->now = *now;
}

static int tell(struct session *session, const struct invocation *inv, struct changes *changes,
		const struct replaced *result, uint32_t elsewhere, const struct hosts *hosts, struct error *err)
{
	struct report report;

	if (report_open(&report, inv, err))
		return -1;
	for (size_t i = 0; i < changes->n; i++) {
		struct change *change = &changes->at[i];

		/* A new one has its id now. */
		if (change->has && !inv->dry_run)
			ruleset_find(session->rules, &change->now.spec, &change->now);
		report_rule(&report, change->had ? &change->before : NULL, change->has ? &change->now : NULL);
	}
	if (report.root) {
		json_object_set_new(report.root, "unchanged", json_integer(result->unchanged));
		json_object_set_new(report.root, "elsewhere", json_integer(elsewhere));
	} else if (elsewhere && !inv->out.quiet) {
		fprintf(report.to, "%u left to other sets\n", elsewhere);
	}
	report_hosts(&report, hosts);
	return report_close(&report, session, err);
}

static int replace(struct session *session, const struct invocation *inv, const struct hosts *hosts, struct error *err)
{
	const char *set = inv->words[0];
	struct changes changes = {};
	struct replaced result = {.each = keep, .arg = &changes};
	struct replacement *replacement = ruleset_replace_begin(session->rules, set, set, true, err);
	uint32_t elsewhere;
	int ret = -1;

	if (!replacement)
		return -1;
	if (refresh_fill(session->rules, replacement, hosts, &elsewhere, err) ||
	    ruleset_replace_end(replacement, !inv->dry_run, 0, &result, err))
		goto out;
	if (changes.no_memory) {
		error_errno(err, ENOMEM, "cannot tell what has changed");
		goto out;
	}
	ret = tell(session, inv, &changes, &result, elsewhere, hosts, err);
out:
	free(changes.at);
	ruleset_replace_free(replacement);
	return ret;
}

/* Opens for access and finds the names of the set. On failure nothing is open. */
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
 * Names are looked up with no lock held, so that nobody waits for a name server. What is then found under the writer's
 * lock is what is changed; where names have come to the set meanwhile, these are looked up first.
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

static int run(struct invocation *inv, struct error *err)
{
	struct hosts hosts = {.local = local};
	char set[SET_SIZE];
	int ret = -1;

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
	.args = "SET",
	.summary = "look up the names again that --resolve turned into a set",
	.doc = "Addresses that a name has no longer lose their rules, new ones get rules like its others, and all else "
	       "in "
	       "the set stays, with ids and counters: in one step. If one of the names cannot be looked up, nothing "
	       "changes, and the exit status is 2. So it is where a rule that lets through would be for a new address "
	       "that is "
	       "private or link-local, unless --local takes those too. It prints what has changed, if anything.",
	.options = option_table,
	.parse = parse,
	.max_words = 1,
	.run = run,
	.complete = complete,
};
