// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "host/cgroup.h"
#include "rule/operands.h"
#include "rule/parse.h"
#include "rule/prefix.h"
#include "rule/subject.h"
#include "rule/verdict.h"
#include "watch_filter.h"

#define ALL (1u << VERDICT_ALLOW | 1u << VERDICT_BLOCK | 1u << VERDICT_AUDIT)

static int parse_words(struct watch_filter *filter, size_t all, char *const given[], struct error *err)
{
	int verdict = all ? verdict_parse(given[0]) : -1;
	size_t used = verdict >= 0, n = all - used;
	char any[] = "any", **words;
	int ret;

	filter->verdicts = verdict < 0 ? ALL : 1u << verdict;
	if (!n)
		return 0;
	for (size_t i = 0; rule_word(i, true) && !filter->any; i++)
		filter->any = !strcmp(given[used], rule_word(i, true));
	words = calloc(n + 1, sizeof(*words));
	if (!words)
		return error_errno(err, ENOMEM, "cannot read the filter");
	words[0] = any;
	memcpy(words + 1, given + used, n * sizeof(*words));
	ret = filter->any ? rules_parse_identity(&filter->rules, n + 1, words, err)
			  : rules_parse_identity(&filter->rules, n, words + 1, err);
	free(words);
	return ret;
}

int watch_filter_parse(struct watch_filter *filter, size_t n, char *const words[], struct error *err)
{
	struct operands operands = {};
	int ret = operands_join(&operands, n, words, err);

	if (!ret)
		ret = parse_words(filter, operands.n, operands.words, err);
	operands_free(&operands);
	return ret;
}

const char *watch_filter_path(struct watch_filter *filter, uint64_t cgroup)
{
	if (cgroup != filter->cgroup && !cgroup_path(cgroup, filter->path, sizeof(filter->path)))
		filter->path[0] = '\0';
	filter->cgroup = cgroup;
	return filter->path[0] ? filter->path : NULL;
}

static bool matches(struct watch_filter *filter, const struct rule_spec *spec, const struct event *event)
{
	const struct prefix destination = {.ip = event->ip, .len = 128};
	const char *path = spec->subject == SUBJECT_CGROUP ? watch_filter_path(filter, event->cgroup) : NULL;

	if (spec->subject == SUBJECT_UID && spec->uid != event->uid)
		return false;
	if (spec->subject == SUBJECT_UIDS && (event->uid < spec->uid || event->uid > spec->uid_to))
		return false;
	if (spec->subject == SUBJECT_CGROUP && (!path || !cgroup_covers(spec->cgroup, path)))
		return false;
	if (event->no_ip)
		return filter->any && rule_any_port(spec) && spec->proto == PROTO_ANY;
	return prefix_contains(&spec->prefix, &destination) &&
	       (spec->proto == PROTO_ANY || spec->proto == event->proto) &&
	       (rule_any_port(spec) || (event->port >= spec->port_lo && event->port <= spec->port_hi));
}

bool watch_filter_passes(struct watch_filter *filter, const struct event *event)
{
	for (size_t i = 0; i < filter->rules.n; i++) {
		if (matches(filter, &filter->rules.at[i], event))
			return true;
	}
	return !filter->rules.n;
}

void watch_filter_free(struct watch_filter *filter)
{
	rules_free(&filter->rules);
}
