// SPDX-License-Identifier: GPL-2.0-only
/* Takes the counters of the rules that stay into the next generation: see next.h. */
#include <stdlib.h>
#include "next.h"

/* Goes from rule to rule of the next generation. */
struct stay {
	struct tables *t;
	struct mapped *made; /* NULL: not filled yet */
	const uint32_t *origin;
	uint32_t slot, n;
};

/* Without origin, another rule may have taken a slot. */
static bool is_same(struct stay *s, uint32_t slot)
{
	const struct rule *old = s->made ? tables_rule(s->t, slot) : NULL;
	const struct rule *now = old ? mapped_at(&s->made[RULES], (size_t)slot * sizeof(*now), sizeof(*now)) : NULL;

	return !s->made || (now && now->id == old->id);
}

/* Returns 1 + the old slot of the rule in s->slot, 0 for a new rule. At s->n nothing is left. */
static uint32_t at(struct stay *s)
{
	if (!s->t->header || !s->t->header->rules)
		s->slot = s->n;
	if (s->slot >= s->n || s->origin)
		return s->slot < s->n ? s->origin[s->slot] : 0;
	/* Fast path: nearly all counters are zero. */
	s->slot = tables_next_hit(s->t, s->slot);
	return s->slot < s->n && is_same(s, s->slot) ? s->slot + 1 : 0;
}

struct counter *counters_copy(struct tables *t, const uint32_t *origin, uint32_t n)
{
	struct stay s = {.t = t, .origin = origin, .n = n};
	struct counter *copy = calloc((size_t)n + 1, sizeof(*copy));

	for (uint32_t old; copy && (old = at(&s), s.slot < n); s.slot++) {
		struct counter counter = old ? tables_counter(t, old - 1) : (struct counter){};

		/* Pages without a write take no memory. */
		if (counter.hits)
			copy[s.slot] = counter;
	}
	if (t->header)
		mapped_forget(&t->counters);
	return copy;
}

void counters_paste(struct tables *t, struct mapped made[3], const struct counter *copy, const uint32_t *origin,
		    uint32_t n)
{
	struct stay s = {.t = t, .made = made, .origin = origin, .n = n};

	for (uint32_t old; (old = at(&s), s.slot < n); s.slot++) {
		if (old && copy[s.slot].hits)
			store_set_counter(&made[COUNTERS], s.slot, &copy[s.slot]);
	}
}

void counters_add_late(struct tables *t, struct mapped made[3], const struct counter *copy, const uint32_t *origin,
		       uint32_t n)
{
	struct stay s = {.t = t, .made = made, .origin = origin, .n = n};

	for (uint32_t from; (from = at(&s), s.slot < n); s.slot++) {
		uint32_t i = s.slot;
		struct counter old = from ? tables_counter(t, from - 1) : (struct counter){};
		struct counters *to = !from || old.hits == copy[i].hits ? NULL : store_counters_at(&made[COUNTERS], i);
		uint32_t last_hit = (uint32_t)(old.last_hit >> LAST_HIT_SHIFT);

		if (!to)
			continue;
		__atomic_fetch_add(&to->hits[i % 2], old.hits - copy[i].hits, __ATOMIC_RELAXED);
		if (to->last_hit[i % 2] < last_hit)
			to->last_hit[i % 2] = last_hit;
	}
}
