// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "rule/prefix.h"
#include "names_rules.h"

static int take(const struct rule_info *rule, void *arg)
{
	const char *name = prefix_name(&rule->spec.prefix);
	struct name_rules *rules = arg;
	struct name_rule *at;

	if (!name)
		return 0;
	at = array_with_room_for_one(rules->by_id, rules->n, sizeof(*at));
	if (!at)
		return -ENOMEM;
	rules->by_id = at;
	at[rules->n++] = (struct name_rule){prefix_name_id(&rule->spec.prefix), name, rule->id};
	return 0;
}

static int compare_rules(const struct name_rule *a, const struct name_rule *b)
{
	return (a->rule > b->rule) - (a->rule < b->rule);
}

static int compare_ids(const void *one, const void *other)
{
	const struct name_rule *a = one, *b = other;

	return a->id != b->id ? (a->id > b->id) - (a->id < b->id) : compare_rules(a, b);
}

static int compare_texts(const void *one, const void *other)
{
	const struct name_rule *a = one, *b = other;
	int ret = strcmp(a->text, b->text);

	return ret ? ret : compare_rules(a, b);
}

int name_rules_read(struct name_rules *rules, struct ruleset *from, struct error *err)
{
	int ret = ruleset_each(from, take, rules);

	if (!ret && rules->n) {
		rules->by_text = calloc(rules->n, sizeof(*rules->by_text));
		ret = rules->by_text ? 0 : -ENOMEM;
	}
	if (ret)
		return error_errno(err, ENOMEM, "cannot list the rules for names");
	if (!rules->n)
		return 0;
	memcpy(rules->by_text, rules->by_id, rules->n * sizeof(*rules->by_text));
	qsort(rules->by_id, rules->n, sizeof(*rules->by_id), compare_ids);
	qsort(rules->by_text, rules->n, sizeof(*rules->by_text), compare_texts);
	return 0;
}

void name_rules_free(struct name_rules *rules)
{
	free(rules->by_id);
	free(rules->by_text);
	*rules = (struct name_rules){};
}

/* Returns the place of the first entry that is not less than the wanted one. */
static size_t place_of(const struct name_rule *list, size_t n, const struct name_rule *wanted,
		       int (*compare)(const void *, const void *))
{
	size_t from = 0, to = n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (compare(&list[middle], wanted) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Ids of rules; without memory, some are missing. */
struct list {
	uint32_t *at;
	size_t n;
};

static void append(struct list *list, uint32_t rule)
{
	uint32_t *at = array_with_room_for_one(list->at, list->n, sizeof(*at));

	if (!at)
		return;
	list->at = at;
	at[list->n++] = rule;
}

static int compare_numbers(const void *one, const void *other)
{
	uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;

	return (a > b) - (a < b);
}

/* Free list.at. */
static struct list rules_of(const struct name_rules *rules, const struct name_row *row)
{
	struct name_rule wanted = {.text = row->name};
	struct list list = {};

	if (!row->key.net) {
		for (size_t i = place_of(rules->by_text, rules->n, &wanted, compare_texts);
		     i < rules->n && !strcmp(rules->by_text[i].text, row->name); i++)
			append(&list, rules->by_text[i].rule);
	}
	for (size_t at = 0; row->key.net && at < RULED_IDS && row->ids[at]; at++) {
		wanted.id = row->ids[at];
		for (size_t i = place_of(rules->by_id, rules->n, &wanted, compare_ids);
		     i < rules->n && rules->by_id[i].id == wanted.id; i++)
			append(&list, rules->by_id[i].rule);
	}
	if (list.n)
		qsort(list.at, list.n, sizeof(*list.at), compare_numbers);
	return list;
}

static void mark(const struct name_rules *rules, const struct name_list *list, bool *has)
{
	for (size_t i = 0; i < list->n; i++) {
		for (size_t at = 0; at < RULED_IDS && list->at[i].ids[at]; at++) {
			const struct name_rule wanted = {.id = list->at[i].ids[at]};

			has[place_of(rules->by_id, rules->n, &wanted, compare_ids)] = true;
		}
	}
}

int name_rules_add_missing(const struct name_rules *rules, struct name_list *list, struct error *err)
{
	bool *has = calloc(rules->n + 1, sizeof(*has)); /* by the first rule of an id */
	int ret = has ? 0 : -ENOMEM;

	if (has)
		mark(rules, list, has);
	for (size_t i = 0; i < rules->n && !ret; i++) {
		if (!has[i] && (!i || rules->by_id[i].id != rules->by_id[i - 1].id))
			ret = name_list_add(list, rules->by_id[i].text);
	}
	free(has);
	if (ret)
		return error_errno(err, -ret, "cannot list the names");
	name_list_sort(list);
	return 0;
}

json_t *name_rules_value(const struct name_rules *rules, const struct name_row *row)
{
	struct list list = rules_of(rules, row);
	json_t *value = json_array();

	for (size_t i = 0; i < list.n; i++)
		json_array_append_new(value, json_integer(list.at[i]));
	free(list.at);
	return value;
}

char *name_rules_text(const struct name_rules *rules, const struct name_row *row)
{
	struct list list = rules_of(rules, row);
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	for (size_t i = 0; i < list.n && to; i++)
		fprintf(to, "%s%u", i ? "," : "", list.at[i]);
	if (to && !list.n)
		fputc('-', to);
	if (to)
		fclose(to);
	free(list.at);
	return text;
}
