// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "rule/operands.h"
#include "rule/prefix.h"
#include "rule/subject.h"
#include "filter.h"

int flow_filter_parse(struct flow_filter *filter, size_t n, char *const words[], struct error *err)
{
	bool any;

	filter->refused = n && !strcmp(words[0], "refused");
	return operands_parse_filter(&filter->rules, &any, n - filter->refused, words + filter->refused, err);
}

static bool is_of_process(enum subject_kind kind)
{
	return kind == SUBJECT_GID || kind == SUBJECT_GIDS || kind == SUBJECT_EXE;
}

/* Which addresses a name has, only the policy knows: its rule for that name decides. */
static bool covers_address(const struct prefix *prefix, const struct flow *flow, const union ip *name)
{
	const struct prefix remote = {.ip = flow->remote, .len = 128};

	if (prefix_is_name(prefix))
		return !name || !memcmp(&prefix->ip, name, sizeof(*name));
	return prefix_contains(prefix, &remote);
}

static bool covers(const struct rule_spec *rule, const struct flow *flow, const char *cgroup, bool any,
		   const union ip *name)
{
	const struct who who = {.uid = flow->uid, .gid = flow->gid, .exe = flow->exe, .cgroup = cgroup};
	bool has_port = flow->kind != FLOW_RAW;

	if (!rule_any_port(rule) &&
	    (!has_port || flow->remote_port < rule->port_lo || flow->remote_port > rule->port_hi))
		return false;
	if (rule->proto != PROTO_ANY && rule->proto != flow->proto &&
	    !(rule->proto == PROTO_RAW && flow->kind == FLOW_RAW))
		return false;
	return covers_address(&rule->prefix, flow, name) &&
	       ((any && is_of_process(rule->subject)) || subject_covers(rule, &who));
}

bool flow_filter_passes(const struct flow_filter *filter, const struct flow *flow, const char *cgroup, bool any,
			const union ip *name)
{
	for (size_t i = 0; i < filter->rules.n; i++) {
		if (covers(&filter->rules.at[i], flow, cgroup, any, name))
			return true;
	}
	return !filter->rules.n;
}

void flow_filter_free(struct flow_filter *filter)
{
	rules_free(&filter->rules);
}
