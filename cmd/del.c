// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "../common/array.h"
#include "../common/num.h"
#include "../common/subject.h"

/* Rules that were found; zero-initialise it. */
struct found {
	struct rule_info *at;
	size_t n;
};

static int keep(struct found *found, const struct rule_info *rule, struct error *err)
{
	struct rule_info *at = array_with_room_for_one(found->at, found->n, sizeof(*at));

	if (!at)
		return error_errno(err, ENOMEM, "cannot find the rules");
	found->at = at;
	at[found->n++] = *rule;
	return 0;
}

static int missing(const struct rule_spec *identity, struct error *err)
{
	char *text = rule_format(identity);

	/* Behind the verdict, which the words had none of. */
	error_set(err, ERR_NOT_FOUND, "there is no rule for %s ('lsmctl list' shows those there are)",
		  text ? strchr(text, ' ') + 1 : "this");
	free(text);
	return -1;
}

/* Those that are not there are an error, or with --exist passed over. */
static int find_rules(struct session *session, const struct invocation *inv, const struct rules *identities,
		      struct found *found, struct error *err)
{
	struct rule_info rule;

	for (size_t i = 0; i < identities->n; i++) {
		if (ruleset_find(session->rules, &identities->at[i], &rule)) {
			if (keep(found, &rule, err))
				return -1;
		} else if (!inv->exist) {
			return missing(&identities->at[i], err);
		}
	}
	return 0;
}

static int find_id(struct session *session, const struct invocation *inv, uint32_t id, struct found *found,
		   struct error *err)
{
	struct rule_info rule;

	if (ruleset_find_id(session->rules, id, &rule))
		return keep(found, &rule, err);
	return inv->exist ? 0
			  : error_set(err, ERR_NOT_FOUND,
				      "there is no rule with id %u ('lsmctl list' shows those there are)", id);
}

/* NULL: every rule. */
struct search {
	const char *set;
	struct found *found;
	struct error *err;
};

static int keep_of_set(const struct rule_info *rule, void *arg)
{
	struct search *search = arg;

	return search->set && strcmp(rule->spec.set, search->set) ? 0 : keep(search->found, rule, search->err);
}

static int find_set(struct session *session, const struct invocation *inv, const char *set, struct found *found,
		    struct error *err)
{
	struct search search = {set, found, err};

	if (ruleset_each(session->rules, keep_of_set, &search))
		return -1;
	return found->n || inv->exist
		       ? 0
		       : error_set(err, ERR_NOT_FOUND, "there is no rule in set '%.64s' ('lsmctl list' shows the sets)",
				   set);
}

static int tell_removed(struct session *session, const struct invocation *inv, const struct found *found,
			struct error *err)
{
	struct report report;

	if (report_open(&report, inv, err))
		return -1;
	for (size_t i = 0; i < found->n; i++)
		report_rule(&report, &found->at[i], NULL);
	return report_close(&report, session, err);
}

static int remove_rules(struct session *session, const struct invocation *inv, const struct found *found,
			struct error *err)
{
	if (!inv->dry_run && found->n && ruleset_remove(session->rules, found->at, found->n, err))
		return -1;
	return tell_removed(session, inv, found, err);
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

enum what {
	BY_RULE,
	BY_ID,
	BY_SET
};

static int parse(const struct invocation *inv, enum what *what, struct rules *rules, uint64_t *id, struct error *err)
{
	char set[SET_SIZE];

	*what = inv->n && !strcmp(inv->words[0], "id")	  ? BY_ID
		: inv->n && !strcmp(inv->words[0], "set") ? BY_SET
							  : BY_RULE;
	if (*what == BY_ID)
		return parse_id(inv, id, err);
	if (*what == BY_SET && inv->n != 2)
		return error_set(err, ERR_USAGE, "'set' is followed by one name (usage: lsmctl del set NAME)");
	if (*what == BY_SET)
		return set_parse(inv->words[1], set, err);
	return rules_parse_identity(rules, inv->n, inv->words, err);
}

static int run(struct invocation *inv, struct error *err)
{
	struct found found = {};
	struct rules rules = {};
	struct session session;
	uint64_t id = 0;
	enum what what;
	int ret;

	if (parse(inv, &what, &rules, &id, err))
		return -1;
	ret = output_check(&inv->out, err);
	if (!ret)
		ret = session_open(&session, inv, inv->dry_run ? RULESET_READ : RULESET_WRITE, err);
	if (!ret) {
		ret = what == BY_ID    ? find_id(&session, inv, (uint32_t)id, &found, err)
		      : what == BY_SET ? find_set(&session, inv, inv->words[1], &found, err)
				       : find_rules(&session, inv, &rules, &found, err);
		if (!ret)
			ret = remove_rules(&session, inv, &found, err);
		session_close(&session);
	}
	free(found.at);
	rules_free(&rules);
	return ret;
}

static void id_of(const struct rule_info *rule, char *word)
{
	snprintf(word, RULE_WORD_SIZE, "%u", rule->id);
}

static void destination_of(const struct rule_info *rule, char *word)
{
	prefix_format(&rule->spec.prefix, true, word);
}

static void complete(struct invocation *inv)
{
	static const char *const words[] = {"id", "set", NULL};

	if (!inv->n) {
		complete_words(words);
		complete_rules(inv, destination_of, true);
	} else if (strcmp(inv->words[0], "id") && strcmp(inv->words[0], "set")) {
		complete_rule(inv, true);
	} else if (inv->n == 1 && !strcmp(inv->words[0], "id")) {
		complete_rules(inv, id_of, false);
	} else if (inv->n == 1) {
		complete_sets(inv);
	}
}

const struct command command_del = {
	.name = "del",
	.args = "RULE | id N | set NAME",
	.summary = "remove rules",
	.doc = "RULE is what identifies a rule: DESTINATION[,DESTINATION...] [port PORTS] [proto PROTO] [uid USER | "
	       "cgroup "
	       "PATH]. Either all are there and removed, or nothing is; with --exist those that are not there are "
	       "passed over.",
	.max_words = NO_LIMIT,
	.run = run,
	.complete = complete,
};

static int run_flush(struct invocation *inv, struct error *err)
{
	struct found found = {};
	struct session session;
	struct search search = {NULL, &found, err};
	int ret = 0;

	if (output_check(&inv->out, err) ||
	    session_open(&session, inv, inv->dry_run ? RULESET_READ : RULESET_WRITE, err))
		return -1;
	/* A quiet one need not know what it removes. */
	if (!inv->out.quiet || inv->out.json)
		ret = ruleset_each(session.rules, keep_of_set, &search);
	if (!ret && !inv->dry_run)
		ret = ruleset_flush(session.rules, err);
	if (!ret)
		ret = tell_removed(&session, inv, &found, err);
	session_close(&session);
	free(found.at);
	return ret;
}

const struct command command_flush = {
	.name = "flush",
	.summary = "remove all rules; the default and the mode stay",
	.max_words = 0,
	.run = run_flush,
};
