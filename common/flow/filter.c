// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "rule/operands.h"
#include "rule/parse.h"
#include "rule/prefix.h"
#include "rule/subject.h"
#include "filter.h"

/* Words of no rule's identity too: the message about them is better than one about a bad destination. */
static bool is_clause(const char *word)
{
	for (size_t i = 0; rule_word(i, false); i++) {
		if (!strcmp(word, rule_word(i, false)))
			return true;
	}
	return false;
}

static int parse_words(struct flow_filter *filter, size_t n, char *const words[], struct error *err)
{
	char **sentence, any[] = "any";
	size_t used = 0;
	int ret;

	filter->refused = n && !strcmp(words[0], "refused");
	if (filter->refused) {
		words++;
		n--;
	}
	if (!n)
		return 0;
	sentence = calloc(n + 1, sizeof(*sentence));
	if (!sentence)
		return error_errno(err, ENOMEM, "cannot read the filter");
	if (is_clause(words[0]))
		sentence[used++] = any;
	for (size_t i = 0; i < n; i++)
		sentence[used++] = words[i];
	ret = rules_parse_identity(&filter->rules, used, sentence, err);
	free(sentence);
	return ret;
}

int flow_filter_parse(struct flow_filter *filter, size_t n, char *const words[], struct error *err)
{
	struct operands operands = {};
	int ret = operands_join(&operands, n, words, err);

	if (!ret)
		ret = parse_words(filter, operands.n, operands.words, err);
	operands_free(&operands);
	return ret;
}

static bool covers_subject(const struct rule_spec *rule, const struct flow *flow, const char *cgroup)
{
	switch (rule->subject) {
	case SUBJECT_EVERYONE:
		break;
	case SUBJECT_UID:
		return flow->uid == rule->uid;
	case SUBJECT_UIDS:
		return flow->uid >= rule->uid && flow->uid <= rule->uid_to;
	case SUBJECT_CGROUP:
		return cgroup_covers(rule->cgroup, cgroup);
	}
	return true;
}

static bool covers(const struct rule_spec *rule, const struct flow *flow, const char *cgroup)
{
	const struct prefix remote = {.ip = flow->remote, .len = 128};
	bool has_port = flow->kind != FLOW_RAW;

	if (!rule_any_port(rule) &&
	    (!has_port || flow->remote_port < rule->port_lo || flow->remote_port > rule->port_hi))
		return false;
	if (rule->proto != PROTO_ANY && rule->proto != flow->proto &&
	    !(rule->proto == PROTO_RAW && flow->kind == FLOW_RAW))
		return false;
	return prefix_contains(&rule->prefix, &remote) && covers_subject(rule, flow, cgroup);
}

bool flow_filter_passes(const struct flow_filter *filter, const struct flow *flow, const char *cgroup)
{
	for (size_t i = 0; i < filter->rules.n; i++) {
		if (covers(&filter->rules.at[i], flow, cgroup))
			return true;
	}
	return !filter->rules.n;
}

void flow_filter_free(struct flow_filter *filter)
{
	rules_free(&filter->rules);
}
