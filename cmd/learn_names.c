// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "rule/name.h"
#include "rule/prefix.h"
#include "learn_names.h"

#define DNS_PORT 53

static bool is_resolver(const struct resolvers *list, const union ip *ip)
{
	for (__u32 i = 0; i < list->n && i < RESOLVERS; i++) {
		if (!memcmp(&list->at[i], ip, sizeof(*ip)))
			return true;
	}
	return false;
}

bool learn_name(struct rule_spec *spec, const struct resolvers *resolvers, const struct learned *key, const char *asked)
{
	char word[] = NAME_RESOLVERS;
	const struct prefix address = {.ip = key->ip, .len = 128};
	struct prefixes name = {.names = true};
	struct error ignored = {};
	bool ok;

	if (key->port == DNS_PORT && is_resolver(resolvers, &key->ip))
		asked = word;
	ok = asked && !strpbrk(asked, ",*") && !prefixes_parse(&name, asked, &ignored) && name.n == 1 &&
	     prefix_is_name(&name.at[0]);
	if (ok) {
		spec->prefix = name.at[0];
		spec->local = !prefix_is_resolvers(&spec->prefix) && prefix_is_local(&address);
	}
	prefixes_free(&name);
	return ok;
}
