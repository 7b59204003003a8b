// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/bad_lines.h"
#include "rule/format.h"
#include "decode.h"
#include "duplicates.h"

/* Two conflicting rules, by slot. */
struct conflict {
	uint32_t first, second;
};

struct search {
	struct duplicates *dup;
	struct draft *draft;
	struct item *group; /* a copy of a group of two or more items */
	uint32_t room;
	struct conflict *conflicts;
	size_t n;
};

/* Returns the end of the rules with one prefix and subject among the sorted items: items[from..returned). */
static uint32_t group_end(const struct item *items, uint32_t from, uint32_t n)
{
	uint32_t to = from + 1;

	while (to < n && !item_compare(&items[to], &items[from]))
		to++;
	return to;
}

/* Compares the rest of the identity within a group, then the order of input. */
static int identity_compare(const void *left, const void *right, void *rules)
{
	const struct item *x = left, *y = right;
	const struct rule *a = (struct rule *)rules + x->slot, *b = (struct rule *)rules + y->slot;
	int diff = (int)a->port_lo - (int)b->port_lo;

	if (!diff)
		diff = (int)a->port_hi - (int)b->port_hi;
	if (!diff)
		diff = (int)action_proto(a->action) - (int)action_proto(b->action);
	if (!diff)
		diff = (int)a->set - (int)b->set;
	return diff ? diff : x->slot < y->slot ? -1 : 1;
}

static bool same_action(const struct draft *draft, const struct rule *a, const struct rule *b)
{
	return (uint32_t)a->action == (uint32_t)b->action && extra_equal(draft_extra(draft, a), draft_extra(draft, b));
}

static int no_memory(struct error *err)
{
	return error_errno(err, ENOMEM, "cannot compare the rules");
}

static int keep_conflicts(struct search *s, uint32_t first, uint32_t second, struct error *err)
{
	struct conflict *conflicts;

	conflicts = array_with_room_for_one(s->conflicts, s->n, sizeof(*conflicts));
	if (!conflicts)
		return no_memory(err);
	s->conflicts = conflicts;
	s->conflicts[s->n++] = (struct conflict){first, second};
	return 0;
}

/* Drops rule second, a duplicate of rule first. */
static int drop(struct search *s, uint32_t first, uint32_t second, struct error *err)
{
	struct rule *rules = s->draft->rules;

	rules[second].id = DRAFT_DROP;
	s->dup->dropped++;
	if (first < s->dup->kept)
		s->dup->elsewhere++;
	else if (!same_action(s->draft, &rules[first], &rules[second]))
		return keep_conflicts(s, first, second, err);
	return 0;
}

static int search_group(struct search *s, const struct item *items, uint32_t n, struct error *err)
{
	struct rule *rules = s->draft->rules;

	if (n > s->room) {
		struct item *group = reallocarray(s->group, n, sizeof(*group));

		if (!group)
			return no_memory(err);
		s->group = group;
		s->room = n;
	}
	memcpy(s->group, items, n * sizeof(*items));
	qsort_r(s->group, n, sizeof(*s->group), identity_compare, rules);
	for (uint32_t first = 0, i = 1; i < n; i++) {
		if (!rule_identical(&rules[s->group[first].slot], &rules[s->group[i].slot]))
			first = i;
		else if (drop(s, s->group[first].slot, s->group[i].slot, err))
			return -1;
	}
	return 0;
}

static int conflict_compare(const void *left, const void *right)
{
	const struct conflict *a = left, *b = right;

	return a->second < b->second ? -1 : a->second > b->second;
}

static uint32_t line_of(const struct search *s, uint32_t slot)
{
	return s->draft->rules[slot].next;
}

static const char *file_of(const struct search *s, uint32_t slot)
{
	const struct duplicates *dup = s->dup;
	size_t i = dup->n_files - 1;

	while (i && dup->files[i].first > slot - dup->kept)
		i--;
	return dup->files[i].name;
}

/* Reports conflicts in the order of the files. */
static int report_conflicts(struct search *s, struct error *err)
{
	struct bad_lines bad = {};
	struct rule_info info;
	char *text = NULL, why[512];

	if (s->n)
		qsort(s->conflicts, s->n, sizeof(*s->conflicts), conflict_compare);
	for (size_t i = 0; i < s->n; i++) {
		uint32_t first = line_of(s, s->conflicts[i].first), second = line_of(s, s->conflicts[i].second);
		const char *other = file_of(s, s->conflicts[i].first), *name = file_of(s, s->conflicts[i].second);

		if (i < BAD_LINES_TOLD) { /* bad_line() counts the rest without a text */
			draft_describe(s->draft, s->conflicts[i].second, &info);
			text = rule_format(&info.spec);
		}
		snprintf(why, sizeof(why), "conflicts with %.128s%s%u, near '%.128s'", other == name ? "line" : other,
			 other == name ? " " : ":", first, text ? text : "");
		bad_line(&bad, name, second, why);
		free(text);
		text = NULL;
	}
	return bad_lines_end(&bad, err);
}

int duplicates_drop(struct duplicates *dup, struct draft *draft, const struct item *items, struct error *err)
{
	struct search s = {.dup = dup, .draft = draft};
	int ret = 0;

	for (uint32_t from = 0, to; from < draft->n && !ret; from = to) {
		to = group_end(items, from, draft->n);
		if (to - from > 1)
			ret = search_group(&s, &items[from], to - from, err);
	}
	if (!ret)
		ret = report_conflicts(&s, err);
	free(s.group);
	free(s.conflicts);
	return ret;
}
