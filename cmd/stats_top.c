// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include "base/array.h"
#include "table/ruleset.h"
#include "stats_top.h"

/* Sorts the most hits first; equal rules keep the order of list. */
static int by_rank(const void *a, const void *b)
{
	const struct ranked *left = *(struct ranked *const *)a, *right = *(struct ranked *const *)b;

	if (left->recent != right->recent)
		return left->recent < right->recent ? 1 : -1;
	if (left->rule.hits != right->rule.hits)
		return left->rule.hits < right->rule.hits ? 1 : -1;
	return left->rule.id < right->rule.id ? -1 : left->rule.id > right->rule.id;
}

static bool is_worse(const struct ranked *a, const struct ranked *b)
{
	return by_rank(&a, &b) > 0;
}

/* A heap with the worst rule at its root: the next to go when the heap is full. */
static void sink(struct top *top, size_t i)
{
	for (;;) {
		size_t worst = i, left = 2 * i + 1;
		struct ranked *moved;

		for (size_t child = left; child < top->n && child <= left + 1; child++) {
			if (is_worse(top->at[child], top->at[worst]))
				worst = child;
		}
		if (worst == i)
			return;
		moved = top->at[i];
		top->at[i] = top->at[worst];
		top->at[worst] = moved;
		i = worst;
	}
}

static int append(struct top *top)
{
	struct ranked **at = array_with_room_for_one(top->at, top->n, sizeof(struct ranked *));

	if (!at)
		return -1;
	top->at = at;
	top->at[top->n] = malloc(sizeof(struct ranked));
	return top->at[top->n] ? 0 : -1;
}

int top_add(struct top *top, const struct rule_info *rule, uint64_t recent)
{
	struct ranked *worst;

	if (!top->most || top->n < top->most) {
		if (append(top))
			return -1;
		*top->at[top->n++] = (struct ranked){.rule = *rule, .recent = recent};
		for (size_t i = top->n == top->most ? top->n / 2 : 0; i-- > 0;)
			sink(top, i);
		return 0;
	}
	/* Fast path: nearly every rule is worse than all kept ones, and is not copied. */
	worst = top->at[0];
	if (worst->recent > recent || (worst->recent == recent && worst->rule.hits >= rule->hits))
		return 0;
	*worst = (struct ranked){.rule = *rule, .recent = recent};
	sink(top, 0);
	return 0;
}

void top_sort(struct top *top)
{
	if (top->n)
		qsort(top->at, top->n, sizeof(struct ranked *), by_rank);
}

void top_free(struct top *top)
{
	for (size_t i = 0; i < top->n; i++)
		free(top->at[i]);
	free(top->at);
	*top = (struct top){.most = top->most};
}

static int keep(const struct rule_info *rule, void *arg)
{
	return top_add(arg, rule, 0);
}

int top_read(struct top *top, struct ruleset *rules, struct error *err)
{
	if (ruleset_each_hit(rules, keep, top))
		return error_errno(err, ENOMEM, "cannot count the rules");
	top_sort(top);
	return 0;
}
