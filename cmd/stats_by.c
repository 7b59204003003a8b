// SPDX-License-Identifier: GPL-2.0-only
/* The hits of rules, added up by whom they are for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/time.h"
#include "rule/format.h"
#include "shared/rules_json.h"
#include "shared/session.h"
#include "stats.h"

/* The rules for one subject. */
struct group {
	struct rule_info sum; /* one of them, with the hits of all and the last of these */
	char *subject;	      /* as in a rule */
	uint64_t rules;
};

struct groups {
	enum subject_kind by;
	struct group *at;
	size_t n;
	struct hash by_subject;
};

struct wanted {
	const struct groups *groups;
	const char *subject;
};

static bool same_subject(uint32_t place, const void *arg)
{
	const struct wanted *wanted = arg;

	return !strcmp(wanted->groups->at[place].subject, wanted->subject);
}

static bool is_of(enum subject_kind by, enum subject_kind kind)
{
	return kind == by || (by == SUBJECT_UID && kind == SUBJECT_UIDS) || (by == SUBJECT_GID && kind == SUBJECT_GIDS);
}

/* Returns non-zero without memory. */
static int add(const struct rule_info *rule, void *arg)
{
	struct groups *groups = arg;
	struct wanted wanted = {groups, NULL};
	struct group *at;
	char *subject;
	int64_t place;

	if (!is_of(groups->by, rule->spec.subject))
		return 0;
	wanted.subject = subject = rule_format_subject(&rule->spec);
	place = subject ? hash_find(&groups->by_subject, hash_text(subject), same_subject, &wanted) : -1;
	if (place < 0) {
		at = subject ? array_with_room_for_one(groups->at, groups->n, sizeof(*at)) : NULL;
		if (!at || hash_add(&groups->by_subject, hash_text(subject), (uint32_t)groups->n)) {
			free(subject);
			return 1;
		}
		groups->at = at;
		place = (int64_t)groups->n++;
		at[place] = (struct group){.sum = *rule, .subject = subject};
		at[place].sum.hits = at[place].sum.last_hit = 0;
	} else {
		free(subject);
	}
	at = &groups->at[place];
	at->rules++;
	at->sum.hits += rule->hits;
	if (rule->last_hit > at->sum.last_hit)
		at->sum.last_hit = rule->last_hit;
	return 0;
}

/* The most hits first; subjects with as many in the order of list. */
static int compare(const void *a, const void *b)
{
	const struct group *left = a, *right = b;

	if (left->sum.hits != right->sum.hits)
		return left->sum.hits < right->sum.hits ? 1 : -1;
	return left->sum.id < right->sum.id ? -1 : left->sum.id > right->sum.id;
}

static void print_json(const struct output *out, const struct groups *groups, const char *by, size_t n)
{
	json_t *root = output_root(), *subjects = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct group *group = &groups->at[i];
		json_t *rule = output_rule(&group->sum), *value = json_object();

		json_object_set(value, "subject", json_object_get(rule, "subject"));
		json_object_set_new(value, "rules", json_integer((json_int_t)group->rules));
		json_object_set(value, "hits", json_object_get(rule, "hits"));
		json_object_set(value, "last_hit", json_object_get(rule, "last_hit"));
		json_decref(rule);
		json_array_append_new(subjects, value);
	}
	json_object_set_new(root, "by", json_string(by));
	json_object_set_new(root, "subjects", subjects);
	output_json(out, root);
}

static void print_text(const struct output *out, const struct groups *groups, size_t n)
{
	static const char *const header[] = {"HITS", "LAST HIT", "RULES", "SUBJECT"};
	struct table table = table_open(out, 4, header);

	for (size_t i = 0; i < n; i++) {
		const struct group *group = &groups->at[i];
		const char *subject = *group->subject ? group->subject + 1 : "everyone";
		char last_hit[TIME_TEXT_SIZE], *plain = text_escape(subject);

		time_format_boot(group->sum.last_hit, last_hit);
		table_cell(&table, "%llu", (unsigned long long)group->sum.hits);
		table_cell(&table, "%s", last_hit);
		table_cell(&table, "%llu", (unsigned long long)group->rules);
		table_cell(&table, "%s", plain ? plain : "");
		free(plain);
	}
	table_close(&table);
}

int stats_by(const struct invocation *inv, enum subject_kind by, const char *word, uint64_t most, struct error *err)
{
	struct groups groups = {.by = by};
	struct session session;
	int ret;

	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	ret = ruleset_each(session.rules, add, &groups);
	session_close(&session);
	if (ret)
		ret = error_errno(err, ENOMEM, "cannot count the rules");
	if (!ret && groups.n)
		qsort(groups.at, groups.n, sizeof(*groups.at), compare);
	if (!ret && inv->out.json)
		print_json(&inv->out, &groups, word, most && most < groups.n ? most : groups.n);
	else if (!ret)
		print_text(&inv->out, &groups, most && most < groups.n ? most : groups.n);
	for (size_t i = 0; i < groups.n; i++)
		free(groups.at[i].subject);
	free(groups.at);
	hash_free(&groups.by_subject);
	return ret;
}
