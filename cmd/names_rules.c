// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "rule/name.h"
#include "rule/prefix.h"
#include "names_rules.h"

static int take(const struct rule_info *rule, void *arg)
{
	const struct prefix *prefix = &rule->spec.prefix;
	struct name_rules *rules = arg;
	struct name_rule *at;

	if (!prefix_is_name(prefix) || prefix_is_resolvers(prefix) || !name_text(&prefix->ip))
		return 0;
	at = array_with_room_for_one(rules->by_id, rules->n, sizeof(*at));
	if (!at)
		return -ENOMEM;
	rules->by_id = at;
	at[rules->n++] = (struct name_rule){prefix_name_id(prefix), name_text(&prefix->ip), rule->id};
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

static void each_for_row(const struct name_rules *rules, const struct name_row *row,
			 void (*each)(uint32_t rule, void *arg), void *arg)
{
	struct name_rule wanted = {.text = row->name};

	if (!row->key.net) {
		for (size_t i = place_of(rules->by_text, rules->n, &wanted, compare_texts);
		     i < rules->n && !strcmp(rules->by_text[i].text, row->name); i++)
			each(rules->by_text[i].rule, arg);
		return;
	}
	for (size_t at = 0; at < RULED_IDS && row->ids[at]; at++) {
		wanted.id = row->ids[at];
		for (size_t i = place_of(rules->by_id, rules->n, &wanted, compare_ids);
		     i < rules->n && rules->by_id[i].id == wanted.id; i++)
			each(rules->by_id[i].rule, arg);
	}
}

static int mark(const struct name_rules *rules, const struct name_list *list, bool *has)
{
	for (size_t i = 0; i < list->n; i++) {
		for (size_t at = 0; at < RULED_IDS && list->at[i].ids[at]; at++) {
			const struct name_rule wanted = {.id = list->at[i].ids[at]};

			has[place_of(rules->by_id, rules->n, &wanted, compare_ids)] = true;
		}
	}
	return 0;
}

int name_rules_add_missing(const struct name_rules *rules, struct name_list *list, struct error *err)
{
	bool *has = calloc(rules->n + 1, sizeof(*has)); /* by the first rule of an id */
	int ret = has ? mark(rules, list, has) : -ENOMEM;

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

static void append_value(uint32_t rule, void *arg)
{
	json_array_append_new(arg, json_integer(rule));
}

json_t *name_rules_value(const struct name_rules *rules, const struct name_row *row)
{
	json_t *value = json_array();

	each_for_row(rules, row, append_value, value);
	return value;
}

static void append_text(uint32_t rule, void *arg)
{
	FILE *to = arg;

	fprintf(to, "%s%u", ftell(to) ? "," : "", rule);
}

char *name_rules_text(const struct name_rules *rules, const struct name_row *row)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	each_for_row(rules, row, append_text, to);
	if (!ftell(to))
		fputc('-', to);
	fclose(to);
	return text;
}
