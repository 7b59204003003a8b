// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bpf/ip.h"
#include "decode.h"
#include "link.h"

static bool item_covers(const struct item *outer, const struct item *inner)
{
	if (outer->len > inner->len)
		return false;
	/* Fast path, taken a million times: a length of 96 has no bits to compare. */
	if (outer->v4 && inner->v4)
		return !((uint64_t)(be32(outer->ip.w[3]) ^ be32(inner->ip.w[3])) >> (128 - outer->len));
	return !prefix_differs(&outer->ip, outer->len, &inner->ip);
}

static bool same_prefix(const struct item *a, const struct item *b)
{
	return a->len == b->len && !memcmp(&a->ip, &b->ip, sizeof(a->ip));
}

/* True when the rule has a timeout. */
static bool is_temporary(const struct links *links, const struct rule *rule)
{
	uint32_t line = action_extra(rule->action);

	return line && ((const struct extra *)arena_line(links->arena, line))->expires;
}

/* True when one of the linked rules from the slot on is a twin of this rule, and lasts. */
static bool is_hidden(const struct links *links, const struct rule *rule, uint32_t slot, uint32_t last)
{
	for (;; slot = links->rules[slot].next & ~REF_LEAF) {
		const struct rule *before = &links->rules[slot];

		if (rule_is_twin(before, rule) && !is_temporary(links, before))
			return true;
		if (slot == last)
			return false;
	}
}

static bool hide(struct links *links, const struct item *item)
{
	if (links->n_hidden == links->room) {
		uint32_t room = links->room ? links->room * 2 : 1024;
		struct item *hidden = reallocarray(links->hidden, room, sizeof(*hidden));

		if (!hidden)
			return false;
		links->hidden = hidden;
		links->room = room;
	}
	links->hidden[links->n_hidden++] = *item;
	return true;
}

static int too_many(struct error *err)
{
	return error_set(
		err, ERR_FULL,
		"more than %d rules could match one destination: use port ranges, or fewer rules for one prefix and the prefixes around it",
		WALK_STEPS);
}

/*
 * Links the rules of one prefix, which are in several sets, to one another, and hides twins. Returns the number of
 * linked rules; 0 without memory. *last: the slot of the last of them.
 */
static uint32_t link_sets(struct links *links, const struct item *items, uint32_t n, uint32_t *last)
{
	uint32_t linked = 1;

	*last = items[0].slot;
	for (uint32_t i = 1; i < n && linked <= links->steps; i++) {
		if (is_hidden(links, &links->rules[items[i].slot], items[0].slot, *last)) {
			if (!hide(links, &items[i]))
				return 0;
			continue;
		}
		links->rules[*last].next = REF_LEAF | items[i].slot;
		*last = items[i].slot;
		linked++;
	}
	return linked;
}

int link_rules(struct links *links, struct item *items, uint32_t *n, struct error *err)
{
	/*
	 * The prefixes that cover the current one, outermost first. steps: how many rules a call tries from each prefix
	 * on.
	 */
	struct item outer[130];
	uint32_t steps[130], depth = 0, prefixes = 0;
	struct rule *rules = links->rules;

	for (uint32_t i = 0, j; i < *n; i = j) {
		struct item head = items[i];
		uint32_t last = head.slot, linked;
		bool sets = false;

		/* Prefetch: the rules lie in another order, so that each read misses the caches. */
		if (i + 16 < *n)
			__builtin_prefetch(&rules[items[i + 16].slot].next, 1);
		while (depth && !item_covers(&outer[depth - 1], &head))
			depth--;
		for (j = i + 1; j < *n && same_prefix(&items[j], &head); j++) {
			rules[last].next = REF_LEAF | items[j].slot;
			sets |= rules[last].set != rules[items[j].slot].set;
			last = items[j].slot;
		}
		linked = sets && links->arena ? link_sets(links, &items[i], j - i, &last) : j - i;
		if (!linked)
			return error_errno(err, ENOMEM, "cannot build the tables");
		rules[last].next = depth ? REF_LEAF | outer[depth - 1].slot : 0;
		outer[depth] = head;
		steps[depth] = linked + (depth ? steps[depth - 1] : 0);
		if (steps[depth] > links->steps)
			return too_many(err);
		depth++;
		items[prefixes++] = head;
	}
	*n = prefixes;
	return 0;
}
