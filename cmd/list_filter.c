// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "rule/hint.h"
#include "rule/operands.h"
#include "rule/parse.h"
#include "rule/prefix.h"
#include "rule/subject.h"
#include "rule/verdict.h"
#include "list_filter.h"

/* Parses pairs of a name and a value. Those of a rule's identity are parsed like a rule's. */
static int parse_pairs(struct list_filter *filter, size_t n, char *const words[], struct error *err)
{
	char **clauses = calloc(n + 1, sizeof(*clauses)), any[] = "any";
	size_t used = 1;
	int ret = 0;

	if (!clauses)
		return error_errno(err, ENOMEM, "cannot read the filter");
	clauses[0] = any;
	for (size_t i = 0, step = 2; i < n && !ret; i += step) {
		step = strcmp(words[i], "hit") != 0 ? 2 : 1;
		if (step == 1) {
			filter->hit = true;
		} else if (rule_is_word(words[i], true)) {
			clauses[used++] = words[i];
			if (i + 1 < n)
				clauses[used++] = words[i + 1];
		} else if (strcmp(words[i], "set") != 0) {
			ret = error_set(err, ERR_USAGE, "unexpected '%.64s' (usage: lsmctl list " LIST_FILTER_ARGS ")",
					words[i]);
		} else if (i + 1 == n) {
			ret = error_set(err, ERR_USAGE,
					"'set' needs one name (usage: lsmctl list " LIST_FILTER_ARGS ")");
		} else {
			ret = set_parse(words[i + 1], filter->set, err);
		}
	}
	if (!ret && used > 1)
		ret = rules_parse_identity(&filter->clauses, used, clauses, err);
	free(clauses);
	return ret;
}

static int parse_words(struct list_filter *filter, size_t n, char *const words[], struct error *err)
{
	size_t used = 0;

	filter->said = n;
	filter->destinations.names = true;
	filter->verdict = n ? verdict_parse(words[0]) : -1;
	used += filter->verdict >= 0;
	filter->hit = used < n && !strcmp(words[used], "hit");
	used += filter->hit;
	if (used < n && strcmp(words[used], "set") != 0 && !rule_is_word(words[used], true) &&
	    (hint_filter(words[used], err) || prefixes_parse(&filter->destinations, words[used++], err)))
		return -1;
	return parse_pairs(filter, n - used, words + used, err);
}

int list_filter_parse(struct list_filter *filter, size_t n, char *const words[], struct error *err)
{
	struct operands operands = {};
	int ret = operands_join(&operands, n, words, err);

	if (!ret)
		ret = parse_words(filter, operands.n, operands.words, err);
	operands_free(&operands);
	return ret;
}

static uint32_t last_id(const struct rule_spec *spec)
{
	return is_range(spec->subject) ? spec->id_to : spec->id;
}

/* kind: SUBJECT_UID or SUBJECT_GID. */
static bool is_for_ids(const struct rule_spec *spec, enum subject_kind kind)
{
	return spec->subject == kind || spec->subject == range_kind(kind);
}

static bool same_ids(const struct rule_spec *wanted, const struct rule_spec *spec, enum subject_kind kind)
{
	return is_for_ids(spec, kind) && spec->id <= last_id(wanted) && wanted->id <= last_id(spec);
}

static bool same_subject(const struct rule_spec *wanted, const struct rule_spec *spec)
{
	size_t len = strlen(wanted->cgroup);

	if (is_for_ids(wanted, SUBJECT_UID))
		return same_ids(wanted, spec, SUBJECT_UID);
	if (is_for_ids(wanted, SUBJECT_GID))
		return same_ids(wanted, spec, SUBJECT_GID);
	if (wanted->subject == SUBJECT_EXE)
		return spec->subject == SUBJECT_EXE && !strcmp(wanted->exe, spec->exe);
	if (wanted->subject != SUBJECT_CGROUP)
		return true;
	/* The cgroup, or one below it. */
	return spec->subject == SUBJECT_CGROUP &&
	       (!strcmp(wanted->cgroup, "/") ||
		(!strncmp(spec->cgroup, wanted->cgroup, len) && (!spec->cgroup[len] || spec->cgroup[len] == '/')));
}

/* Returns whether the rule names what is wanted. A rule without a port, say, does not name port 25. */
static bool says(const struct rule_spec *spec, const struct rule_spec *wanted)
{
	if (!rule_any_port(wanted) &&
	    (rule_any_port(spec) || spec->port_lo > wanted->port_hi || spec->port_hi < wanted->port_lo))
		return false;
	return (wanted->proto == PROTO_ANY || spec->proto == wanted->proto) && same_subject(wanted, spec);
}

static bool passes_clauses(const struct list_filter *filter, const struct rule_spec *spec)
{
	for (size_t i = 0; i < filter->clauses.n; i++) {
		if (says(spec, &filter->clauses.at[i]))
			return true;
	}
	return !filter->clauses.n;
}

bool list_filter_passes(const struct list_filter *filter, const struct rule_info *rule)
{
	const struct rule_spec *spec = &rule->spec;

	if (!filter->said)
		return true;
	return (filter->verdict < 0 || spec->verdict == (enum verdict)filter->verdict) &&
	       (!filter->hit || rule->hits) && (!filter->set[0] || !strcmp(spec->set, filter->set)) &&
	       passes_clauses(filter, spec);
}

void list_filter_free(struct list_filter *filter)
{
	prefixes_free(&filter->destinations);
	rules_free(&filter->clauses);
}
