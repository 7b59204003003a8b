// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "rule/format.h"
#include "refresh.h"

/* A rule of a name, and all that equal it except for the address. */
struct host_rule {
	const struct host *host;
	struct rule_spec like; /* timeout: the longest among them */
};

struct filling {
	struct ruleset *rs;
	struct replacement *replacement;
	const struct hosts *hosts;
	const struct except *except;
	struct host_rule *host_rules;
	size_t n;
	bool *used; /* for each host: it has a rule */
	struct error *err;
};

struct search {
	const char *set;
	struct hosts *hosts;
	bool found, named;
	struct error *err;
};

static int find_hosts(const struct rule_info *rule, void *arg)
{
	struct search *search = arg;
	struct origin origin;

	if (strcmp(rule->spec.set, search->set))
		return 0;
	search->found = true;
	if (!origin_rule(&rule->spec, &origin))
		return 0;
	search->named = true;
	for (size_t i = 0; i < origin.n; i++) {
		if (!hosts_add(search->hosts, origin.names[i], search->err))
			return -1;
	}
	return 0;
}

int refresh_hosts(struct ruleset *rs, const char *set, struct hosts *hosts, struct error *err)
{
	struct search search = {.set = set, .hosts = hosts, .err = err};

	if (ruleset_each(rs, find_hosts, &search))
		return -1;
	if (!search.found)
		return error_set(err, ERR_NOT_FOUND, "no rule in set '%.64s' ('lsmctl list' shows the sets)", set);
	if (!search.named)
		return error_set(
			err, ERR_NOT_FOUND,
			"no rule in set '%.64s' comes from a name (--resolve notes the name in the comment of a rule)",
			set);
	return 0;
}

static int add_host_rule(struct filling *f, const struct rule_spec *spec, const char *name)
{
	const struct host *host = hosts_find(f->hosts, name);
	struct host_rule *host_rules;

	for (size_t i = 0; i < f->n; i++) {
		struct rule_spec *like = &f->host_rules[i].like;

		if (f->host_rules[i].host != host || !origin_alike(like, spec))
			continue;
		like->timeout = timeout_longer(like->timeout, spec->timeout);
		return 0;
	}
	host_rules = array_with_room_for_one(f->host_rules, f->n, sizeof(*host_rules));
	if (!host_rules)
		return error_errno(f->err, ENOMEM, "cannot build the ruleset");
	f->host_rules = host_rules;
	host_rules[f->n++] = (struct host_rule){host, *spec};
	return 0;
}

static int find_host_rules(const struct rule_info *rule, void *arg)
{
	struct filling *f = arg;
	struct origin origin;
	int ret = 0;

	if (origin_rule(&rule->spec, &origin)) {
		for (size_t i = 0; i < origin.n && !ret; i++)
			ret = add_host_rule(f, &rule->spec, origin.names[i]);
	}
	return ret;
}

/* Finds the current names for a rule like this, and the longest of their timeouts. */
static void names_of(const struct filling *f, const struct rule_spec *spec, struct origin *origin, uint64_t *timeout)
{
	origin_parse(spec->comment, origin);
	origin->n = 0;
	*timeout = 1;
	for (size_t i = 0; i < f->n; i++) {
		const struct host_rule *host_rule = &f->host_rules[i];

		if (!host_has(host_rule->host, &spec->prefix) || !origin_alike(&host_rule->like, spec))
			continue;
		origin_add(origin, host_rule->host->name);
		*timeout = timeout_longer(*timeout, host_rule->like.timeout);
	}
}

static int add_rule(struct filling *f, struct rule_spec *spec, const struct origin *origin)
{
	for (size_t i = 0; i < origin->n; i++)
		f->used[hosts_find(f->hosts, origin->names[i]) - f->hosts->at] = true;
	if (origin_format(origin, spec->comment, f->err))
		return -1;
	return ruleset_replace_add(f->replacement, spec, 0, f->err);
}

static bool is_excepted(const struct filling *f, const struct rule_spec *spec)
{
	return spec->verdict != VERDICT_ALLOW && except_touches(f->except, &spec->prefix);
}

/* Keeps a rule in force, with its timeout, unless it comes from names that no longer have its address. */
static int keep_rule(const struct rule_info *rule, void *arg)
{
	struct filling *f = arg;
	struct rule_spec spec = rule->spec;
	struct origin origin;
	uint64_t timeout;

	if (!origin_rule(&spec, &origin))
		return ruleset_replace_add(f->replacement, &spec, 0, f->err);
	names_of(f, &spec, &origin, &timeout);
	if (is_excepted(f, &spec))
		return 0;
	return origin.n ? add_rule(f, &spec, &origin) : 0;
}

/* True when the identity is taken: by an earlier host rule, or by a rule in force that stays. */
static bool is_taken(const struct filling *f, const struct rule_spec *spec, size_t at)
{
	struct rule_info there;
	struct origin origin;
	uint64_t timeout;

	for (size_t i = 0; i < at; i++) {
		struct rule_spec other = f->host_rules[i].like;

		other.prefix = spec->prefix;
		if (rule_same_identity(&other, spec) && host_has(f->host_rules[i].host, &spec->prefix))
			return true;
	}
	if (!ruleset_find(f->rs, spec, &there))
		return false;
	if (!origin_rule(&there.spec, &origin))
		return true;
	names_of(f, &there.spec, &origin, &timeout);
	return origin.n;
}

static int add_addresses(struct filling *f, size_t at)
{
	const struct host *host = f->host_rules[at].host;

	for (size_t i = 0; i < host->n; i++) {
		struct rule_spec spec = f->host_rules[at].like;
		struct origin origin;

		spec.prefix = host->addresses[i];
		if (is_excepted(f, &spec) || is_taken(f, &spec, at))
			continue;
		if (spec.verdict != VERDICT_BLOCK && host_check_open(f->hosts, host->name, &host->addresses[i], f->err))
			return -1;
		names_of(f, &spec, &origin, &spec.timeout);
		if (add_rule(f, &spec, &origin))
			return -1;
	}
	return 0;
}

static int fill(struct filling *f)
{
	if (ruleset_replace_each(f->replacement, find_host_rules, f) ||
	    ruleset_replace_each(f->replacement, keep_rule, f))
		return -1;
	for (size_t i = 0; i < f->n; i++) {
		if (add_addresses(f, i))
			return -1;
	}
	for (size_t i = 0; i < f->n; i++) {
		const struct host *host = f->host_rules[i].host;

		if (!f->used[host - f->hosts->at])
			return error_set(
				f->err, ERR_EXISTS,
				"every address of '%s' has another rule in this set already, or is excepted, so the set would forget the name (put the name into another set)",
				host->name);
	}
	return 0;
}

int refresh_fill(struct ruleset *rs, struct replacement *replacement, const struct hosts *hosts,
		 const struct except *except, struct error *err)
{
	struct filling f = {.rs = rs, .replacement = replacement, .hosts = hosts, .except = except, .err = err};
	int ret = -1;

	f.used = calloc(hosts->n + 1, sizeof(*f.used));
	if (f.used)
		ret = fill(&f);
	else
		error_errno(err, ENOMEM, "cannot build the ruleset");
	free(f.host_rules);
	free(f.used);
	return ret;
}

static int taken(const struct rule_spec *there, const char *name, struct error *err)
{
	char *text = rule_format(there);

	error_set(
		err, ERR_EXISTS,
		"an address of '%s' has a rule in this set already: '%s' ('lsmctl del' removes it; or put the name into another set: 'set NAME')",
		name, text ? text : "");
	free(text);
	return -1;
}

int refresh_join(struct ruleset *rs, struct rule_spec *specs, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		struct origin wanted, old;
		struct rule_info there;
		size_t others;

		if (!origin_rule(&specs[i], &wanted) || !ruleset_find(rs, &specs[i], &there))
			continue;
		if (!origin_rule(&there.spec, &old))
			return taken(&there.spec, wanted.names[0], err);
		others = old.n;
		for (size_t k = 0; k < wanted.n; k++) {
			size_t before = old.n;

			origin_add(&old, wanted.names[k]);
			others -= old.n == before;
		}
		if (!others)
			continue; /* the rule comes from these names only */
		if (!origin_alike(&there.spec, &specs[i]))
			return taken(&there.spec, wanted.names[0], err);
		specs[i].timeout = timeout_longer(there.spec.timeout, specs[i].timeout);
		if (origin_format(&old, specs[i].comment, err))
			return -1;
	}
	return 0;
}
