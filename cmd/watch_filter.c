// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "host/cgroup.h"
#include "rule/operands.h"
#include "rule/prefix.h"
#include "rule/subject.h"
#include "rule/verdict.h"
#include "shared/program.h"
#include "watch_filter.h"

#define ALL (1u << VERDICT_ALLOW | 1u << VERDICT_BLOCK | 1u << VERDICT_AUDIT)

int watch_filter_parse(struct watch_filter *filter, size_t n, char *const words[], struct error *err)
{
	int verdict = n ? verdict_parse(words[0]) : -1;
	size_t used = verdict >= 0;

	filter->verdicts = verdict < 0 ? ALL : 1u << verdict;
	return operands_parse_filter(&filter->rules, &filter->any, n - used, words + used, err);
}

const char *watch_filter_path(struct watch_filter *filter, uint64_t cgroup)
{
	if (cgroup != filter->cgroup && !cgroup_path(cgroup, filter->path, sizeof(filter->path)))
		filter->path[0] = '\0';
	filter->cgroup = cgroup;
	return filter->path[0] ? filter->path : NULL;
}

static bool matches(struct watch_filter *filter, const struct rule_spec *spec, const struct event *event, uint64_t exe)
{
	const struct prefix destination = {.ip = event->ip, .len = 128};
	const struct who who = {
		.uid = event->uid,
		.gid = event->gid,
		.exe = exe,
		.cgroup = spec->subject == SUBJECT_CGROUP ? watch_filter_path(filter, event->cgroup) : NULL,
	};

	if (!subject_covers(spec, &who))
		return false;
	if (event->no_ip)
		return filter->any && rule_any_port(spec) && spec->proto == PROTO_ANY;
	return prefix_contains(&spec->prefix, &destination) &&
	       (spec->proto == PROTO_ANY || spec->proto == event->proto) &&
	       (rule_any_port(spec) || (event->port >= spec->port_lo && event->port <= spec->port_hi));
}

bool watch_filter_passes(struct watch_filter *filter, const struct event *event, const char *program)
{
	uint64_t exe = event->exe; /* noted when it was started: so only of a program that a rule is for */

	if (!exe && event->fits && program && filter->rules.n)
		exe = program_id(program);
	for (size_t i = 0; i < filter->rules.n; i++) {
		if (matches(filter, &filter->rules.at[i], event, exe))
			return true;
	}
	return !filter->rules.n;
}

void watch_filter_free(struct watch_filter *filter)
{
	rules_free(&filter->rules);
}
