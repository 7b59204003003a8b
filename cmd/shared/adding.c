// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "name/refresh.h"
#include "rule/format.h"
#include "adding.h"
#include "history.h"
#include "report.h"

#define GATHERED_MOST 16384 /* rules, which take some 8 MiB */

static int exists(const struct rule_spec *spec, bool resolved, struct error *err)
{
	char *text = rule_format(spec);

	error_set(err, ERR_EXISTS, "'%s' exists already (--exist accepts this%s%s%s)", text ? text : "the rule",
		  resolved ? "; for new addresses: 'lsmctl refresh " : "", resolved ? spec->set : "",
		  resolved ? "'" : "");
	free(text);
	return -1;
}

static int report_changes(struct session *session, const struct invocation *inv, const struct rule_spec *specs,
			  const struct rule_info *old, const enum ruleset_change *changes, size_t n,
			  const struct adding *adding, struct error *err)
{
	struct report report;
	json_int_t unchanged = 0;

	if (report_open(&report, inv, err))
		return -1;
	report.trial = adding->trial;
	report.cutting = adding->cutting;
	for (size_t i = 0; i < n && (report.root || !inv->out.quiet); i++) {
		struct rule_info now;

		if (changes[i] == CHANGE_NONE) {
			unchanged++;
			continue;
		}
		now = old[i]; /* the id and counters stay; in a dry run a new rule has none */
		now.spec = specs[i];
		if (report.root && !inv->dry_run)
			ruleset_find(session->rules, &specs[i], &now);
		report_rule(&report, changes[i] == CHANGE_EDIT ? &old[i] : NULL, &now);
	}
	if (report.root)
		json_object_set_new(report.root, "unchanged", json_integer(unchanged));
	if (adding->hosts)
		report_hosts(&report, adding->hosts);
	return report_close(&report, session, err);
}

/* Under the lock: finds out what each rule changes, then adds all of them or none. */
static int put(struct session *session, const struct invocation *inv, struct rule_spec *specs, size_t n,
	       const struct adding *adding, struct error *err)
{
	enum ruleset_change *changes = calloc(n, sizeof(*changes));
	struct rule_info *old = calloc(n, sizeof(*old));
	struct history history = {};
	size_t same = n;
	int ret = -1;

	if (!changes || !old) {
		error_errno(err, ENOMEM, "cannot add the rules");
		goto out;
	}
	if (adding->hosts && refresh_join(session->rules, specs, n, err))
		goto out;
	if (ruleset_plan(session->rules, specs, n, changes, old, err))
		goto out;
	for (size_t i = n; i-- > 0;) {
		if (changes[i] == CHANGE_NONE)
			same = i;
	}
	if (same < n && !inv->exist) {
		exists(&specs[same], adding->hosts, err);
		goto out;
	}
	history_begin(&history, session, inv);
	ruleset_set_trial(session->rules, adding->trial);
	if (inv->dry_run ? ruleset_check(session->rules, specs, n, changes, err)
			 : ruleset_put(session->rules, specs, n, changes, old, adding->apart, err))
		goto out;
	for (size_t i = 0; i < n; i++) {
		if (changes[i] != CHANGE_NONE)
			history_rule(&history, changes[i] == CHANGE_EDIT ? &old[i].spec : NULL, &specs[i]);
	}
	history_commit(&history, session, inv, adding->trial);
	ret = report_changes(session, inv, specs, old, changes, n, adding, err);
out:
	history_drop(&history);
	free(old);
	free(changes);
	return ret;
}

int add_rules(const struct invocation *inv, struct rule_spec *specs, size_t n, const struct adding *adding,
	      struct error *err)
{
	struct session session;
	int ret;

	if (session_open(&session, inv, inv->dry_run ? RULESET_READ : RULESET_WRITE, err))
		return -1;
	ret = put(&session, inv, specs, n, adding, err);
	session_close(&session);
	return ret;
}

struct wanted {
	const struct gathered *gathered;
	const struct rule_spec *spec;
};

static bool same_rule(uint32_t place, const void *arg)
{
	const struct wanted *wanted = arg;

	return rule_same_identity(&wanted->gathered->rules.at[place], wanted->spec);
}

static uint32_t hash_of(const struct rule_spec *spec)
{
	const struct prefix *prefix = &spec->prefix;

	return hash_number(prefix->ip.d[0] ^ prefix->ip.d[1] * 31 ^ (uint64_t)prefix->len << 32 ^
			   (uint64_t)spec->port_lo << 40);
}

int gathered_add(struct gathered *gathered, const struct rules *rules, struct error *err)
{
	struct rules *all = &gathered->rules;

	gathered->full = all->n && all->n + rules->n > GATHERED_MOST;
	for (size_t i = 0; i < rules->n && !gathered->full; i++) {
		const struct wanted wanted = {gathered, &rules->at[i]};

		gathered->full = hash_find(&gathered->by_rule, hash_of(&rules->at[i]), same_rule, &wanted) >= 0;
	}
	if (gathered->full)
		return 0;
	/* Grows once: a rule takes hundreds of bytes. */
	if (rules_reserve(all, all->n < 1024 ? rules->n : GATHERED_MOST, err))
		return -1;
	for (size_t i = 0; i < rules->n; i++) {
		if (hash_add(&gathered->by_rule, hash_of(&rules->at[i]), (uint32_t)all->n))
			return error_errno(err, ENOMEM, "cannot add the rules");
		all->at[all->n++] = rules->at[i];
	}
	return 0;
}

void gathered_free(struct gathered *gathered)
{
	rules_free(&gathered->rules);
	hash_free(&gathered->by_rule);
	*gathered = (struct gathered){};
}
