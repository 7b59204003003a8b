// SPDX-License-Identifier: GPL-2.0-only
/* The command add, and its three short forms. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "rule/exe.h"
#include "rule/name.h"
#include "name/origin.h"
#include "rule/operands.h"
#include "rule/parse.h"
#include "rule/verdict.h"
#include "shared/adding.h"
#include "shared/cmd.h"
#include "shared/complete.h"
#include "shared/primed.h"
#include "shared/source.h"

#define KEY_RESOLVE 0x200
#define KEY_WIDE    0x201

static struct {
	bool resolve, local, wide;
	uint64_t trial; /* ns */
	struct cutting cutting;
} options;

static const struct argp_option option_table[] = {
	{"resolve", KEY_RESOLVE, NULL, 0, "look up host names, and make a rule for each current address", 0},
	LOCAL_OPTION,
	{"wide", KEY_WIDE, NULL, 0,
	 "accept a wildcard below a suffix under which anyone can have a name, such as '*.com'", 0},
	CONFIRM_OPTION,
	CUT_OPTION,
	MISSING_CGROUPS_OPTION,
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case KEY_CONFIRM:
		return confirm_option(arg, &options.trial, state->input);
	case KEY_CUT:
		options.cutting.wanted = true;
		return 0;
	case KEY_RESOLVE:
		options.resolve = true;
		return 0;
	case KEY_WIDE:
		options.wide = true;
		return 0;
	case KEY_LOCAL:
		options.local = true;
		return 0;
	case KEY_MISSING_CGROUPS:
		tell_missing_cgroups();
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* Not where a file is parsed: a host must not start without its rules because a program is a script by now. */
static int check_programs(const struct rules *rules, struct error *err)
{
	/* All rules of a sentence have the same subject. */
	return rules->n && rules->at[0].subject == SUBJECT_EXE ? exe_check(rules->at[0].exe, err) : 0;
}

/* Not where a file is parsed: what was accepted once is restored. */
static int check_names(const struct rules *rules, struct error *err)
{
	for (size_t i = 0; i < rules->n && !options.wide; i++) {
		const char *name = prefix_name(&rules->at[i].prefix);

		if (name && name_is_wild(name) && name_is_public_suffix(name))
			return error_set(
				err, ERR_INPUT,
				"'%s' covers names of anyone, near '%s': type more of the name (--wide accepts this)",
				name, name);
	}
	return 0;
}

/* True when there is a name to ask a name server for. */
static bool has_exact_name(const struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		if (prefix_exact_name(&rules->at[i].prefix))
			return true;
	}
	return false;
}

static int add_now(struct invocation *inv, const struct rules *rules, const struct hosts *hosts, struct error *err)
{
	const struct adding adding = {
		.hosts = options.resolve ? hosts : NULL, .trial = options.trial, .cutting = &options.cutting};
	int ret;

	options.cutting.filter.rules = *rules;
	ret = add_rules(inv, rules->at, rules->n, &adding, err);
	cutting_free(&options.cutting);
	if (!ret)
		inv->status = options.cutting.status;
	if (!ret && has_exact_name(rules) && !options.cutting.wanted) /* which did */
		prime_new_names(inv);
	return ret;
}

static int add(struct invocation *inv, enum verdict verdict, struct error *err)
{
	struct rules rules = {};
	struct hosts hosts = {.local = options.local};
	struct operands words = {};
	int ret = -1;

	if (options.local && !options.resolve)
		return error_set(err, ERR_USAGE, "--local needs --resolve: add --resolve, or leave out --local");
	if (cutting_check(&options.cutting, inv, err))
		return -1;
	/* Resolve names before taking the lock, so that other commands need not wait for a name server. */
	if (!operands_join(&words, inv->n, inv->words, err) &&
	    !(options.resolve ? rules_parse_hosts(&rules, words.n, words.words, verdict, &hosts, err)
			      : rules_parse(&rules, words.n, words.words, verdict, err)) &&
	    !check_programs(&rules, err) && !check_names(&rules, err) && !output_check(&inv->out, err))
		ret = inv->gathered ? gathered_add(inv->gathered, &rules, err) : add_now(inv, &rules, &hosts, err);
	rules_free(&rules);
	hosts_free(&hosts);
	operands_free(&words);
	return ret;
}

/* `block allow 1.1.1.1` is a mistake: the command's name is the verdict. */
static int add_as(struct invocation *inv, enum verdict verdict, struct error *err)
{
	if (inv->n && verdict_parse(inv->words[0]) >= 0)
		return error_set(err, ERR_USAGE,
				 "unexpected '%s': the command's name is the verdict (or type 'lsmctl add %s ...')",
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
	"A RULE has one or more destinations, then clauses in any order:\n\n"                                          \
	"  DESTINATION[,DESTINATION...] [port PORTS] [proto PROTO]\n"                                                  \
	"  [uid USER[-USER] | gid GROUP[-GROUP] | exe PATH | cgroup PATH | unit NAME | container ID | "                \
	"user-slice USER]\n"                                                                                           \
	"  [timeout DURATION] [set NAME] [errno NAME] [comment TEXT]\n\n"                                              \
	"A DESTINATION is an address, a prefix (192.0.2.0/24), a range (192.0.2.1-192.0.2.9), ADDRESS:PORT, or "       \
	"one of any, any4, any6, loopback, lan, link-local, multicast, autoconf, resolvers. "                          \
	"PORTS are numbers, ranges and names of services, separated by commas.\n\n"                                    \
	"Rules for the process's cgroup decide first, the deepest cgroup before the others. Then come rules for "      \
	"its user, then rules for everyone. "                                                                          \
	"Within each of these, the longest prefix decides, then the narrowest ports, then a named protocol, then a "   \
	"rule without a set, then block. "                                                                             \
	"If the rule exists already, in the same set, it changes, and keeps its id and counters.\n\n"                  \
	"A blocked call returns the error of the errno clause: EPERM (the default), EACCES, ECONNREFUSED, "            \
	"EHOSTUNREACH, ENETUNREACH or ETIMEDOUT. "                                                                     \
	"A cgroup need not exist: the rule holds whenever there is one of that path, before a process is in it. In "   \
	"the path, each name may have one '*'. 'unit' names a unit of systemd, such as web.service, in whatever "      \
	"slice it is. 'container' names one of root's podman or docker: it becomes a rule for the unit of its id. "    \
	"'user-slice' names all that belongs to the logins of a user.\n\n"                                             \
	"With --resolve, a DESTINATION may also be a host name, NAME or NAME:PORT. lsmctl looks it up once. "          \
	"The rules for its addresses go into one set: the one of 'set', or else one that is named after the "          \
	"host. "                                                                                                       \
	"'lsmctl refresh SET' looks the name up again. "                                                               \
	"An allow or audit rule refuses private and link-local addresses, unless you add --local."

const struct command command_add = {
	.name = "add",
	.args = "[allow|block|audit] RULE",
	.summary = "add or change a rule (the default verdict is block)",
	.doc = RULE_DOC,
	.options = option_table,
	.parse = parse,
	.values = &options,
	.values_size = sizeof(options),
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
	.values = &options,
	.values_size = sizeof(options),
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
	.values = &options,
	.values_size = sizeof(options),
	.max_words = NO_LIMIT,
	.run = run_allow,
	.complete = complete_add_as,
};

const struct command command_audit = {
	.name = "audit",
	.args = "RULE",
	.summary = "let calls to a destination through, but count them as audited",
	.doc = RULE_DOC,
	.options = option_table,
	.parse = parse,
	.values = &options,
	.values_size = sizeof(options),
	.max_words = NO_LIMIT,
	.run = run_audit,
	.complete = complete_add_as,
};
