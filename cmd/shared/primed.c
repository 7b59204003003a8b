// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "name/prime.h"
#include "policy/names.h"
#include "primed.h"
#include "session.h"

struct wanted {
	struct prime *names;
	size_t n;
	bool all; /* those that have addresses too */
};

static int add(const struct rule_info *rule, void *arg)
{
	const char *name = prefix_exact_name(&rule->spec.prefix);
	struct wanted *wanted = arg;
	struct prime *at;

	if (!name || (rule->addresses_now > 0 && !wanted->all))
		return 0;
	at = array_with_room_for_one(wanted->names, wanted->n, sizeof(*at));
	if (!at)
		return 1; /* without memory, some are not asked for */
	wanted->names = at;
	at[wanted->n++] = (struct prime){.name = name}; /* the text stays while the process does */
	return 0;
}

static int compare(const void *one, const void *other)
{
	return strcmp(((const struct prime *)one)->name, ((const struct prime *)other)->name);
}

/* Several rules may be for one name. */
static void drop_repeated(struct wanted *wanted)
{
	size_t n = 0;

	if (wanted->n)
		qsort(wanted->names, wanted->n, sizeof(*wanted->names), compare);
	for (size_t i = 0; i < wanted->n; i++) {
		if (!n || strcmp(wanted->names[n - 1].name, wanted->names[i].name) != 0)
			wanted->names[n++] = wanted->names[i];
	}
	wanted->n = n;
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

/* Asks for what is wanted of the policy that is loaded. -1 with the error set. */
static int ask(const struct invocation *inv, struct wanted *wanted, struct error *err)
{
	struct resolvers servers = {};
	struct session session;

	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	if (ruleset_config(session.rules)->special.ruled & RULED) {
		servers = *config_resolvers(ruleset_config(session.rules), ruleset_settings(session.rules));
		ruleset_each(session.rules, add, wanted);
	}
	session_close(&session);
	drop_repeated(wanted);
	if (!inv->dry_run)
		prime(wanted->names, wanted->n, &servers);
	return 0;
}

void prime_new_names(const struct invocation *inv)
{
	struct wanted wanted = {};
	struct error ignored = {};

	if (inv->dry_run || inv->batch || ask(inv, &wanted, &ignored))
		return;
	if (!inv->out.quiet)
		warn(&wanted);
	free(wanted.names);
}

int prime_all_names(const struct invocation *inv, json_t *root, struct error *err)
{
	struct wanted wanted = {.all = true};
	json_t *unanswered = json_array();

	if (ask(inv, &wanted, err)) {
		json_decref(unanswered);
		return -1;
	}
	for (size_t i = 0; i < wanted.n && !inv->dry_run; i++) {
		if (!wanted.names[i].answered)
			json_array_append_new(unanswered, json_string(wanted.names[i].name));
	}
	json_object_set_new(root, "asked", json_integer((json_int_t)wanted.n));
	json_object_set_new(root, "unanswered", unanswered);
	if (!inv->dry_run && !inv->out.quiet && !inv->out.json)
		warn(&wanted);
	free(wanted.names);
	return 0;
}
