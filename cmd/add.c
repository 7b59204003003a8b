// SPDX-License-Identifier: GPL-2.0-only
/* add, and its three short forms. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "../common/refresh.h"

#define KEY_RESOLVE 0x200

static bool missing_cgroups, resolve, local;

static const struct argp_option option_table[] = {
	{"resolve", KEY_RESOLVE, NULL, 0, "look up host names, and make a rule for each address they have now", 0},
	LOCAL_OPTION,
	MISSING_CGROUPS_OPTION,
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg, (void)state;
	switch (key) {
	case ARGP_KEY_INIT: /* a batch may have more than one */
		missing_cgroups = resolve = local = false;
		return 0;
	case KEY_RESOLVE:
		resolve = true;
		return 0;
	case KEY_LOCAL:
		local = true;
		return 0;
	case KEY_MISSING_CGROUPS:
		missing_cgroups = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int exists(const struct rule_spec *spec, struct error *err)
{
	char *text = rule_format(spec);

	error_set(err, ERR_EXISTS, "there is '%s' already (--exist makes that a success%s%s%s)",
		  text ? text : "the rule", resolve ? "; for what has changed: 'lsmctl refresh " : "",
		  resolve ? spec->set : "", resolve ? "'" : "");
	free(text);
	return -1;
}

static int report_changes(struct session *session, const struct invocation *inv, const struct rule_spec *specs,
			  const struct rule_info *old, const enum ruleset_change *changes, size_t n,
			  const struct hosts *hosts, struct error *err)
{
	struct report report;
	json_int_t unchanged = 0;

	if (report_open(&report, inv, err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct rule_info now = old[i]; /* the id and counters stay; in a dry run a new rule has none */

		now.spec = specs[i];
		if (!inv->dry_run)
			ruleset_find(session->rules, &specs[i], &now);
		if (changes[i] == CHANGE_NONE)
			unchanged++;
		else
			report_rule(&report, changes[i] == CHANGE_EDIT ? &old[i] : NULL, &now);
	}
	if (report.root)
		json_object_set_new(report.root, "unchanged", json_integer(unchanged));
	if (resolve)
		report_hosts(&report, hosts);
	return report_close(&report, session, err);
}

/* Under the lock: finds out what each rule is to what is there, and makes them all or none. */
static int put(struct session *session, const struct invocation *inv, struct rule_spec *specs, size_t n,
	       const struct hosts *hosts, struct error *err)
{
	enum ruleset_change *changes = calloc(n, sizeof(*changes));
	struct rule_info *old = calloc(n, sizeof(*old));
	size_t same = n;
	int ret = -1;

	if (!changes || !old) {
		error_errno(err, ENOMEM, "cannot add the rules");
		goto out;
	}
	if (resolve && refresh_join(session->rules, specs, n, err))
		goto out;
	if (ruleset_put(session->rules, specs, n, missing_cgroups, changes, old, true, err))
		goto out;
	for (size_t i = n; i-- > 0;) {
		if (changes[i] == CHANGE_NONE)
			same = i;
	}
	if (same < n && !inv->exist) {
		exists(&specs[same], err);
		goto out;
	}
	if (!inv->dry_run && ruleset_put(session->rules, specs, n, missing_cgroups, changes, old, false, err))
		goto out;
	ret = report_changes(session, inv, specs, old, changes, n, hosts, err);
out:
	free(old);
	free(changes);
	return ret;
}

static int add(struct invocation *inv, enum verdict verdict, struct error *err)
{
	struct rules rules = {};
	struct hosts hosts = {.local = local};
	struct session session;
	int ret = -1;

	if (local && !resolve)
		return error_set(err, ERR_USAGE,
				 "--local is about names that are looked up: add --resolve, or leave it out");
	/* Names are looked up before the lock is taken: others need not wait for a name server. */
	if (!(resolve ? rules_parse_named(&rules, inv->n, inv->words, verdict, &hosts, err)
		      : rules_parse(&rules, inv->n, inv->words, verdict, err)) &&
	    !output_check(&inv->out, err) &&
	    !session_open(&session, inv, inv->dry_run ? RULESET_READ : RULESET_WRITE, err)) {
		ret = put(&session, inv, rules.at, rules.n, &hosts, err);
		session_close(&session);
	}
	rules_free(&rules);
	hosts_free(&hosts);
	return ret;
}

/* `block allow 1.1.1.1` is a slip: the verdict is in the command's name. */
static int add_as(struct invocation *inv, enum verdict verdict, struct error *err)
{
	if (inv->n && verdict_parse(inv->words[0]) >= 0)
		return error_set(err, ERR_USAGE,
				 "unexpected '%s': the verdict is the command's name (or say 'lsmctl add %s ...')",
				 inv->words[0], inv->words[0]);
	return add(inv, verdict, err);
}

static int run_add(struct invocation *inv, struct error *err)
{
	return add(inv, VERDICT_BLOCK, err);
}

static int run_block(struct invocation *inv, struct error *err)
{
	return add_as(inv, VERDICT_BLOCK, err);
}

static int run_allow(struct invocation *inv, struct error *err)
{
	return add_as(inv, VERDICT_ALLOW, err);
}

static int run_audit(struct invocation *inv, struct error *err)
{
	return add_as(inv, VERDICT_AUDIT, err);
}

static void complete_add_as(struct invocation *inv)
{
	complete_rule(inv, false);
}

static void complete_add(struct invocation *inv)
{
	struct invocation rest = *inv;

	if (!inv->n)
		complete_verdicts();
	if (inv->n && verdict_parse(inv->words[0]) >= 0) {
		rest.words++;
		rest.n--;
	}
	complete_rule(&rest, false);
}

#define RULE_DOC                                                                                                       \
	"RULE is DESTINATION[,DESTINATION...] [port PORTS] [proto PROTO] [uid USER[-USER] | cgroup PATH] [timeout "    \
	"DURATION] "                                                                                                   \
	"[set NAME] [errno NAME] [comment TEXT]. A DESTINATION is an address, a prefix (192.0.2.0/24), a range "       \
	"(192.0.2.1-192.0.2.9), ADDR:PORT, or any, any4, any6, loopback, lan, link-local, multicast. PORTS are "       \
	"numbers, ranges and names of services, by commas.\n\nWho asks decides first: rules for the process's "        \
	"cgroup, "                                                                                                     \
	"the deepest first, then for its user, then for everyone. Among these the longest prefix, then the narrowest " \
	"ports, then a named protocol, then block. A rule that is there already is changed, and keeps its id and "     \
	"counters.\n\nNAME behind errno is what a blocked call returns: EPERM (unless said), EACCES, ECONNREFUSED, "   \
	"EHOSTUNREACH, ENETUNREACH or ETIMEDOUT. A cgroup must be there, unless --missing-cgroups says that it may "   \
	"not.\n\nWith --resolve a DESTINATION may also be a host name, NAME or NAME:PORT. It is looked up once, and "  \
	"the "                                                                                                         \
	"rules for its addresses go into one set, which is called as the name is unless 'set' says otherwise. "        \
	"'lsmctl "                                                                                                     \
	"refresh SET' looks it up again. Private and link-local addresses are refused where the verdict lets calls "   \
	"through, unless --local takes them too."

const struct command command_add = {
	.name = "add",
	.args = "[allow|block|audit] RULE",
	.summary = "add a rule, or change one (block, unless said)",
	.doc = RULE_DOC,
	.options = option_table,
	.parse = parse,
	.max_words = NO_LIMIT,
	.run = run_add,
	.complete = complete_add,
};

const struct command command_block = {
	.name = "block",
	.args = "RULE",
	.summary = "refuse calls to a destination",
	.doc = RULE_DOC,
	.options = option_table,
	.parse = parse,
	.max_words = NO_LIMIT,
	.run = run_block,
	.complete = complete_add_as,
};

const struct command command_allow = {
	.name = "allow",
	.args = "RULE",
	.summary = "let calls to a destination through",
	.doc = RULE_DOC,
	.options = option_table,
	.parse = parse,
	.max_words = NO_LIMIT,
	.run = run_allow,
	.complete = complete_add_as,
};

const struct command command_audit = {
	.name = "audit",
	.args = "RULE",
	.summary = "let calls to a destination through, and count them as would-be blocked",
	.doc = RULE_DOC,
	.options = option_table,
	.parse = parse,
	.max_words = NO_LIMIT,
	.run = run_audit,
	.complete = complete_add_as,
};
