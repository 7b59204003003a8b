// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "array.h"
#include "refresh.h"

/* What a name is there for: rules that are alike but for the address. */
struct origin {
	const struct host *host;
	struct rule_spec like; /* timeout: the longest of them */
};

struct filling {
	struct ruleset *rs;
	struct replacement *replacement;
	const struct hosts *hosts;
	struct origin *origins;
	size_t n;
	bool *used; /* for each host: some rule is its */
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
	struct named named;

	if (strcmp(rule->spec.set, search->set))
		return 0;
	search->found = true;
	if (!named_rule(&rule->spec, &named))
		return 0;
	search->named = true;
	for (size_t i = 0; i < named.n; i++) {
		if (!hosts_add(search->hosts, named.names[i], search->err))
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
		return error_set(err, ERR_NOT_FOUND, "there is no rule in set '%.64s' ('lsmctl list' shows the sets)",
				 set);
	if (!search.named)
		return error_set(err, ERR_NOT_FOUND,
				 "no rule in set '%.64s' comes from a name (those that --resolve makes say so in their "
				 "comments)",
				 set);
	return 0;
}

static int add_origin(struct filling *f, const struct rule_spec *spec, const char *name)
{
	const struct host *host = hosts_find(f->hosts, name);
	struct origin *origins;

	for (size_t i = 0; i < f->n; i++) {
		struct rule_spec *like = &f->origins[i].like;

		if (f->origins[i].host != host || !named_alike(like, spec))
			continue;
		like->timeout = timeout_longer(like->timeout, spec->timeout);
		return 0;
	}
	origins = array_with_room_for_one(f->origins, f->n, sizeof(*origins));
	if (!origins)
		return error_errno(f->err, ENOMEM, "cannot put the rules together");
	f->origins = origins;
	origins[f->n++] = (struct origin){host, *spec};
	return 0;
}

static int find_origins(const struct rule_info *rule, void *arg)
{
	struct filling *f = arg;
	struct named named;
	int ret = 0;

	if (named_rule(&rule->spec, &named)) {
		for (size_t i = 0; i < named.n && !ret; i++)
			ret = add_origin(f, &rule->spec, named.names[i]);
	}
	return ret;
}

/* The names that a rule like this comes from now, and the longest of their timeouts. */
static void names_of(const struct filling *f, const struct rule_spec *spec, struct named *named, uint64_t *timeout)
{
	named_parse(spec->comment, named);
	named->n = 0;
	*timeout = 1;
	for (size_t i = 0; i < f->n; i++) {
		const struct origin *origin = &f->origins[i];

		if (!host_has(origin->host, &spec->prefix) || !named_alike(&origin->like, spec))
			continue;
		named_add(named, origin->host->name);
		*timeout = timeout_longer(*timeout, origin->like.timeout);
	}
}

static int add_rule(struct filling *f, struct rule_spec *spec, const struct named *named)
{
	for (size_t i = 0; i < named->n; i++)
		f->used[hosts_find(f->hosts, named->names[i]) - f->hosts->at] = true;
	if (named_format(named, spec->comment, f->err))
		return -1;
	return ruleset_replace_add(f->replacement, spec, 0, f->err);
}

/* A rule that is there stays, with its timeout, unless it comes from names none of which has its address any more. */
static int keep_rule(const struct rule_info *rule, void *arg)
{
	struct filling *f = arg;
	struct rule_spec spec = rule->spec;
	struct named named;
	uint64_t timeout;

	if (!named_rule(&spec, &named))
		return ruleset_replace_add(f->replacement, &spec, 0, f->err);
	names_of(f, &spec, &named, &timeout);
	return named.n ? add_rule(f, &spec, &named) : 0;
}

/* Whether another rule has the place of this one: an earlier origin's, or one that is there and stays. */
static bool is_taken(const struct filling *f, const struct rule_spec *spec, size_t origin, uint32_t *elsewhere)
{
	struct rule_info there;
	struct named named;
	uint64_t timeout;

	for (size_t i = 0; i < origin; i++) {
		struct rule_spec other = f->origins[i].like;

		other.prefix = spec->prefix;
		if (rule_same_identity(&other, spec) && host_has(f->origins[i].host, &spec->prefix))
			return true;
	}
	if (!ruleset_find(f->rs, spec, &there))
		return false;
	if (strcmp(there.spec.set, spec->set)) {
		++*elsewhere;
		return true;
	}
	if (!named_rule(&there.spec, &named))
		return true;
	names_of(f, &there.spec, &named, &timeout);
	return named.n;
}

static int add_addresses(struct filling *f, size_t origin, uint32_t *elsewhere)
{
	const struct host *host = f->origins[origin].host;

	for (size_t i = 0; i < host->n; i++) {
		struct rule_spec spec = f->origins[origin].like;
		struct named named;

		spec.prefix = host->addresses[i];
		if (is_taken(f, &spec, origin, elsewhere))
			continue;
		if (spec.verdict != VERDICT_BLOCK && host_check_open(f->hosts, host->name, &host->addresses[i], f->err))
			return -1;
		names_of(f, &spec, &named, &spec.timeout);
		if (add_rule(f, &spec, &named))
			return -1;
	}
	return 0;
}

static int fill(struct filling *f, uint32_t *elsewhere)
{
	if (ruleset_replace_each(f->replacement, find_origins, f) || ruleset_replace_each(f->replacement, keep_rule, f))
		return -1;
	for (size_t i = 0; i < f->n; i++) {
		if (add_addresses(f, i, elsewhere))
			return -1;
	}
	for (size_t i = 0; i < f->n; i++) {
		const struct host *host = f->origins[i].host;

		if (!f->used[host - f->hosts->at])
			return error_set(
				f->err, ERR_EXISTS,
				"every address that '%s' has now has another rule, so that the set would forget the "
				"name (put names that share addresses into one set)",
				host->name);
	}
	return 0;
}

int refresh_fill(struct ruleset *rs, struct replacement *replacement, const struct hosts *hosts, uint32_t *elsewhere,
		 struct error *err)
{
	struct filling f = {.rs = rs, .replacement = replacement, .hosts = hosts, .err = err};
	int ret = -1;

	*elsewhere = 0;
	f.used = calloc(hosts->n + 1, sizeof(*f.used));
	if (f.used)
		ret = fill(&f, elsewhere);
	else
		error_errno(err, ENOMEM, "cannot put the rules together");
	free(f.origins);
	free(f.used);
	return ret;
}

static int taken(const struct rule_spec *there, const char *name, struct error *err)
{
	char *text = rule_format(there);

	error_set(err, ERR_EXISTS,
		  "an address of '%s' has a rule of its own already: '%s' ('lsmctl del' removes it; names that share "
		  "addresses go into one set: 'set NAME')",
		  name, text ? text : "");
	free(text);
	return -1;
}

int refresh_join(struct ruleset *rs, struct rule_spec *specs, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		struct named new, old;
		struct rule_info there;
		size_t others;

		if (!named_rule(&specs[i], &new) || !ruleset_find(rs, &specs[i], &there))
			continue;
		if (strcmp(there.spec.set, specs[i].set) || !named_rule(&there.spec, &old))
			return taken(&there.spec, new.names[0], err);
		others = old.n;
		for (size_t k = 0; k < new.n; k++) {
			size_t before = old.n;

			named_add(&old, new.names[k]);
			others -= old.n == before;
		}
		if (!others)
			continue; /* all that it is now, it is by these names */
		if (!named_alike(&there.spec, &specs[i]))
			return taken(&there.spec, new.names[0], err);
		specs[i].timeout = timeout_longer(there.spec.timeout, specs[i].timeout);
		if (named_format(&old, specs[i].comment, err))
			return -1;
	}
	return 0;
}
