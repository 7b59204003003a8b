// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "../common/num.h"

/* The rules that the words name. Those that are not there are an error, or with --exist passed over. */
static int find_rules(struct session *session, const struct invocation *inv, const struct prefixes *prefixes,
		      struct rule_info **found, size_t *n, struct error *err)
{
	struct rule_info *rules = calloc(prefixes->n, sizeof(*rules));
	char text[PREFIX_TEXT_SIZE];
	size_t count = 0;

	if (!rules)
		return error_errno(err, ENOMEM, "cannot find the rules");
	for (size_t i = 0; i < prefixes->n; i++) {
		if (ruleset_find(session->rules, &prefixes->at[i], &rules[count])) {
			count++;
		} else if (!inv->exist) {
			prefix_format(&prefixes->at[i], true, text);
			free(rules);
			return error_set(err, ERR_NOT_FOUND,
					 "there is no rule for %s ('lsmctl list' shows those there are)", text);
		}
	}
	*found = rules;
	*n = count;
	return 0;
}

static int find_id(struct session *session, const struct invocation *inv, uint32_t id, struct rule_info **found,
		   size_t *n, struct error *err)
{
	struct rule_info *rule = malloc(sizeof(*rule));

	if (!rule)
		return error_errno(err, ENOMEM, "cannot find the rule");
	*n = ruleset_find_id(session->rules, id, rule);
	if (!*n && !inv->exist) {
		free(rule);
		return error_set(err, ERR_NOT_FOUND,
				 "there is no rule with id %u ('lsmctl list' shows those there are)", id);
	}
	*found = rule;
	return 0;
}

static int remove_rules(struct session *session, const struct invocation *inv, const struct rule_info *rules, size_t n,
			struct error *err)
{
	struct report report = report_open(inv);
	int ret = 0;

	for (size_t i = 0; i < n && !ret; i++) {
		if (!inv->dry_run)
			ret = ruleset_remove(session->rules, &rules[i].spec.prefix, err);
		if (!ret)
			report_rule(&report, &rules[i], NULL);
	}
	if (!ret)
		report_close(&report);
	else
		json_decref(report.root);
	return ret;
}

static int parse_id(const struct invocation *inv, uint64_t *id, struct error *err)
{
	if (inv->n != 2)
		return error_set(err, ERR_USAGE, "'id' is followed by one number (usage: lsmctl del id N)");
	if (num_parse(inv->words[1], UINT32_MAX, id))
		return error_set(err, ERR_INPUT,
				 "bad id, near '%.64s': a number, as in the first column of 'lsmctl list'",
				 inv->words[1]);
	return 0;
}

static int run(struct invocation *inv, struct error *err)
{
	bool by_id = inv->n && !strcmp(inv->words[0], "id");
	struct rule_info *rules = NULL;
	struct rule_words words = {};
	struct session session;
	uint64_t id = 0;
	size_t n = 0;
	int ret;

	if (by_id ? parse_id(inv, &id, err) : rule_parse_identity(&words, inv->n, inv->words, err))
		return -1;
	ret = output_check(&inv->out, err);
	if (!ret)
		ret = session_open(&session, inv, inv->dry_run ? RULESET_READ : RULESET_WRITE, err);
	if (!ret) {
		ret = by_id ? find_id(&session, inv, (uint32_t)id, &rules, &n, err)
			    : find_rules(&session, inv, &words.destinations, &rules, &n, err);
		if (!ret)
			ret = remove_rules(&session, inv, rules, n, err);
		session_close(&session);
	}
	free(rules);
	prefixes_free(&words.destinations);
	return ret;
}

static void complete(struct invocation *inv)
{
	bool by_id = inv->n == 1 && !strcmp(inv->words[0], "id");
	char text[PREFIX_TEXT_SIZE];
	struct rule_info *rules;
	struct session session;
	struct error err = {};
	size_t n;

	if (inv->n > 1 || (inv->n == 1 && !by_id))
		return;
	if (!inv->n)
		puts("id");
	if (session_open(&session, inv, RULESET_READ, &err))
		return;
	if (!ruleset_list(session.rules, &rules, &n, &err)) {
		for (size_t i = 0; i < n; i++) {
			prefix_format(&rules[i].spec.prefix, true, text);
			if (by_id)
				printf("%u\n", rules[i].id);
			else
				puts(text);
		}
		free(rules);
	}
	session_close(&session);
}

const struct command command_del = {
	.name = "del",
	.args = "DESTINATION[,DESTINATION...] | id N",
	.summary = "remove rules",
	.doc = "Names the rules by their destinations, or one by its id. Either all are there and removed, or nothing "
	       "is; with "
	       "--exist those that are not there are passed over.",
	.max_words = NO_LIMIT,
	.run = run,
	.complete = complete,
};

static int run_flush(struct invocation *inv, struct error *err)
{
	struct rule_info *rules = NULL;
	struct session session;
	size_t n;
	int ret;

	if (output_check(&inv->out, err) ||
	    session_open(&session, inv, inv->dry_run ? RULESET_READ : RULESET_WRITE, err))
		return -1;
	ret = ruleset_list(session.rules, &rules, &n, err);
	if (!ret)
		ret = remove_rules(&session, inv, rules, n, err);
	session_close(&session);
	free(rules);
	return ret;
}

const struct command command_flush = {
	.name = "flush",
	.summary = "remove all rules; the default and the mode stay",
	.max_words = 0,
	.run = run_flush,
};
