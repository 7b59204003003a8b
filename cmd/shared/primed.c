// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "name/prime.h"
#include "policy/names.h"
#include "rule/name.h"
#include "primed.h"
#include "session.h"

struct wanted {
	struct prime *names;
	size_t n;
};

static int add(const struct rule_info *rule, void *arg)
{
	const char *name = name_text(&rule->spec.prefix.ip);
	struct wanted *wanted = arg;
	struct prime *at;

	if (!name || name_is_wild(name) || rule->addresses_now > 0 ||
	    (wanted->n && wanted->names[wanted->n - 1].name == name))
		return 0;
	at = array_with_room_for_one(wanted->names, wanted->n, sizeof(*at));
	if (!at)
		return 1; /* without memory, some are not asked for */
	wanted->names = at;
	at[wanted->n++] = (struct prime){.name = name}; /* the text stays while the process does */
	return 0;
}

static void warn(const struct wanted *wanted)
{
	const struct prime *first = NULL;
	size_t missing = 0;

	for (size_t i = 0; i < wanted->n; i++) {
		if (wanted->names[i].answered)
			continue;
		if (!missing++)
			first = &wanted->names[i];
	}
	if (first && missing == 1)
		fprintf(stderr,
			"lsmctl: warning: no name server answered for %s: what has its addresses already waits until a program asks for it\n",
			first->name);
	else if (first)
		fprintf(stderr,
			"lsmctl: warning: no name server answered for %s and %zu more: what has their addresses already waits until a program asks for them\n",
			first->name, missing - 1);
}

void prime_new_names(const struct invocation *inv)
{
	struct resolvers servers = {};
	struct wanted wanted = {};
	struct error ignored = {};
	struct session session;

	if (inv->dry_run || inv->batch || session_open(&session, inv, RULESET_READ, &ignored))
		return;
	if (ruleset_config(session.rules)->ruled) {
		servers = *names_resolvers(ruleset_config(session.rules), ruleset_settings(session.rules));
		ruleset_each(session.rules, add, &wanted);
	}
	session_close(&session);
	prime(wanted.names, wanted.n, &servers);
	if (!inv->out.quiet)
		warn(&wanted);
	free(wanted.names);
}
