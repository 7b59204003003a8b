// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include "bpf/ip.h"
#include "base/array.h"
#include "host/own_net.h"
#include "rule/format.h"
#include "rule/prefix.h"
#include "own_rules.h"

#define MOST 20 /* warnings; the others are counted */

struct own_rules {
	struct own_address *own;
	size_t n_own;
	/* A quick test first: of a million addresses, nearly none shares its first two bytes with one of ours. */
	bool near4[65536];
	char *warnings[MOST];
	size_t n; /* warnings, also those beyond MOST */
};

static unsigned int first_two(const union ip *ip)
{
	return (unsigned int)ip->b[12] << 8 | ip->b[13];
}

struct own_rules *own_rules_new(void)
{
	struct own_rules *own = calloc(1, sizeof(*own));

	if (!own)
		return NULL;
	own->n_own = own_addresses(&own->own);
	for (size_t i = 0; i < own->n_own; i++) {
		unsigned int first = first_two(&own->own[i].ip);
		unsigned int last = own->own[i].len < 112 ? first | 0xffffu >> (own->own[i].len - 96) : first;

		if (!prefix_is_v4(&own->own[i].ip, own->own[i].len))
			continue;
		for (unsigned int at = first; at <= last; at++)
			own->near4[at & 0xffff] = true;
	}
	return own;
}

void own_rules_free(struct own_rules *own)
{
	if (!own)
		return;
	for (size_t i = 0; i < own->n && i < MOST; i++)
		free(own->warnings[i]);
	free(own->own);
	free(own);
}

static void warn(struct own_rules *own, const struct rule_spec *spec, const struct own_address *of, const char *file,
		 size_t line)
{
	const struct prefix prefix = {.ip = of->ip, .len = of->len};
	char address[PREFIX_TEXT_SIZE], *rule = rule_format(spec);

	prefix_format(&prefix, true, address);
	if (own->n < MOST && (!rule || asprintf(&own->warnings[own->n], "%s:%zu: '%s' covers %s: %s", file, line, rule,
						address, of->what) < 0))
		own->warnings[own->n] = NULL;
	own->n++;
	free(rule);
}

void own_rules_look(struct own_rules *own, const struct rule_spec *spec, const char *file, size_t line)
{
	if (!own || spec->verdict != VERDICT_BLOCK)
		return;
	if (spec->prefix.len >= 112 && ip_is_v4(&spec->prefix.ip) && !own->near4[first_two(&spec->prefix.ip)])
		return;
	for (size_t i = 0; i < own->n_own; i++) {
		const struct prefix prefix = {.ip = own->own[i].ip, .len = own->own[i].len};

		if (prefix_contains(&spec->prefix, &prefix) || prefix_contains(&prefix, &spec->prefix)) {
			warn(own, spec, &own->own[i], file, line);
			return;
		}
	}
}

void own_rules_warn(const struct own_rules *own, json_t *root)
{
	json_t *warnings;
	char more[64];

	if (!own || !own->n)
		return;
	warnings = root ? json_array() : NULL;
	snprintf(more, sizeof(more), "%zu more rules that cover addresses of this host", own->n - MOST);
	for (size_t i = 0; i < own->n && i <= MOST; i++) {
		const char *text = i == MOST ? more : own->warnings[i];

		if (root)
			json_array_append_new(warnings, json_string(text ? text : ""));
		else
			fprintf(stderr, "lsmctl: warning: %s\n", text ? text : "");
	}
	if (root)
		json_object_set_new(root, "warnings", warnings);
}
