// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bad_lines.h"
#include "twins.h"

/* Two rules of the file, by slot. */
struct quarrel {
	uint32_t first, second;
};

struct search {
	struct twins *twins;
	struct draft *draft;
	struct item *group; /* a copy of one that has more than one rule */
	uint32_t room;
	struct quarrel *quarrels;
	size_t n, quarrel_room;
};

uint32_t twins_group_end(const struct item *items, uint32_t from, uint32_t n)
{
	uint32_t to = from + 1;

	while (to < n && items[to].subject == items[from].subject && items[to].len == items[from].len &&
	       !memcmp(&items[to].ip, &items[from].ip, sizeof(items->ip)))
		to++;
	return to;
}

/* What is left of identity within a group; then what came first. */
static int identity_compare(const void *left, const void *right, void *rules)
{
	const struct item *x = left, *y = right;
	const struct rule *a = (struct rule *)rules + x->slot, *b = (struct rule *)rules + y->slot;
	int diff = (int)a->port_lo - (int)b->port_lo;

	if (!diff)
		diff = (int)a->port_hi - (int)b->port_hi;
	if (!diff)
		diff = (int)action_proto(a->action) - (int)action_proto(b->action);
	return diff ? diff : x->slot < y->slot ? -1 : 1;
}

static bool same_extras(const struct draft *draft, const struct rule *a, const struct rule *b)
{
	uint32_t one = action_extra(a->action), two = action_extra(b->action);
	const struct extra *x, *y;

	if (one == two || !one || !two)
		return one == two;
	x = &draft->extras[one - 1];
	y = &draft->extras[two - 1];
	return x->expires == y->expires && !strcmp(x->comment, y->comment);
}

static bool say_the_same(const struct draft *draft, const struct rule *a, const struct rule *b)
{
	return (uint32_t)a->action == (uint32_t)b->action && a->set == b->set && same_extras(draft, a, b);
}

static int no_memory(struct error *err)
{
	return error_errno(err, ENOMEM, "cannot compare the rules");
}

static int keep_quarrel(struct search *s, uint32_t first, uint32_t second, struct error *err)
{
	if (s->n == s->quarrel_room) {
		size_t room = s->quarrel_room ? s->quarrel_room * 2 : 64;
		struct quarrel *quarrels = reallocarray(s->quarrels, room, sizeof(*quarrels));

		if (!quarrels)
			return no_memory(err);
		s->quarrels = quarrels;
		s->quarrel_room = room;
	}
	s->quarrels[s->n++] = (struct quarrel){first, second};
	return 0;
}

/* Rule second is one that first is there for already. */
static int drop(struct search *s, uint32_t first, uint32_t second, struct error *err)
{
	struct rule *rules = s->draft->rules;

	rules[second].id = DRAFT_DROP;
	s->twins->dropped++;
	if (first < s->twins->kept)
		s->twins->elsewhere++;
	else if (!say_the_same(s->draft, &rules[first], &rules[second]))
		return keep_quarrel(s, first, second, err);
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

static int quarrel_compare(const void *left, const void *right)
{
	const struct quarrel *a = left, *b = right;

	return a->second < b->second ? -1 : a->second > b->second;
}

static uint32_t line_of(const struct search *s, uint32_t slot)
{
	return s->twins->lines[slot - s->twins->kept];
}

static const char *file_of(const struct search *s, uint32_t slot)
{
	const struct twins *twins = s->twins;
	size_t i = twins->n_files - 1;

	while (i && twins->files[i].first > slot - twins->kept)
		i--;
	return twins->files[i].name;
}

/* In the order of the files. */
static int tell_quarrels(struct search *s, struct error *err)
{
	struct bad_lines bad = {};
	struct rule_info info;
	char *text = NULL, why[512];

	if (s->n)
		qsort(s->quarrels, s->n, sizeof(*s->quarrels), quarrel_compare);
	for (size_t i = 0; i < s->n; i++) {
		uint32_t first = line_of(s, s->quarrels[i].first), second = line_of(s, s->quarrels[i].second);
		const char *other = file_of(s, s->quarrels[i].first), *name = file_of(s, s->quarrels[i].second);

		if (i < BAD_LINES_TOLD) { /* more are only counted */
			draft_describe(s->draft, s->quarrels[i].second, &info);
			text = rule_format(&info.spec);
		}
		snprintf(why, sizeof(why), "says something else than %.128s%s%u, near '%.128s'",
			 other == name ? "line" : other, other == name ? " " : ":", first, text ? text : "");
		bad_line(&bad, name, second, why);
		free(text);
		text = NULL;
	}
	return bad_lines_end(&bad, err);
}

int twins_drop(struct twins *twins, struct draft *draft, const struct item *items, struct error *err)
{
	struct search s = {.twins = twins, .draft = draft};
	int ret = 0;

	for (uint32_t from = 0, to; from < draft->n && !ret; from = to) {
		to = twins_group_end(items, from, draft->n);
		if (to - from > 1)
			ret = search_group(&s, &items[from], to - from, err);
	}
	if (!ret)
		ret = tell_quarrels(&s, err);
	free(s.group);
	free(s.quarrels);
	return ret;
}
