// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include "clock.h"
#include "ruleset_impl.h"

/* Slots after which what was passed is unmapped. */
#define FORGET 16384

int ruleset_tally(struct ruleset *rs, struct set_tally **tallies, size_t *n, struct error *err)
{
	uint32_t sets = rs->t.header->sets ? rs->t.header->sets : 1;
	/* A rule has room for no larger index. */
	struct set_tally *all = calloc(sets <= UINT16_MAX ? sets : UINT16_MAX + 1, sizeof(*all));
	uint64_t now = clock_boot();

	if (!all)
		return error_errno(err, ENOMEM, "cannot count the rules");
	for (uint32_t slot = 0; slot < rs->t.header->rules; slot++) {
		const struct extra *extra;
		const struct rule *rule;
		uint32_t verdict, set;

		if (slot && slot % FORGET == 0) {
			window_forget(&rs->t.rules);
			window_forget(&rs->t.counters);
		}
		rule = tables_rule(&rs->t, slot);
		if (!rule || !rule->id)
			continue;
		extra = rs->t.header->expiring ? ruleset_extra(rs, rule) : NULL;
		if (extra && extra->expires && extra->expires <= now)
			continue;
		verdict = action_verdict(rule->action);
		set = rule->set < sets ? rule->set : 0;
		all[set].rules[verdict < VERDICTS ? verdict : VERDICT_BLOCK]++;
		all[set].hits += tables_counter(&rs->t, slot).hits;
	}
	*n = 0;
	for (uint32_t set = 0; set < sets && set <= UINT16_MAX; set++) {
		struct set_tally tally = all[set];

		if (!tally.rules[VERDICT_ALLOW] && !tally.rules[VERDICT_BLOCK] && !tally.rules[VERDICT_AUDIT])
			continue;
		if (set)
			ruleset_set_name(rs, set, tally.set);
		all[(*n)++] = tally;
	}
	*tallies = all;
	return 0;
}
