// SPDX-License-Identifier: GPL-2.0-only
#include "base/array.h"
#include "changes.h"

void changes_keep(const struct rule_info *before, const struct rule_info *now, void *arg)
{
	struct changes *changes = arg;
	struct change *at = array_with_room_for_one(changes->at, changes->n, sizeof(*at));

	changes->no_memory |= !at;
	if (!at)
		return;
	changes->at = at;
	at += changes->n++;
	*at = (struct change){.had = before, .has = now};
	if (before)
		at->before = *before;
	if (now)
		at->now = *now;
}

void changes_report(struct changes *changes, struct session *session, struct report *report, bool dry_run)
{
	for (size_t i = 0; i < changes->n; i++) {
		struct change *at = &changes->at[i];

		if (at->has && !dry_run)
			ruleset_find(session->rules, &at->now.spec, &at->now);
		report_rule(report, at->had ? &at->before : NULL, at->has ? &at->now : NULL);
	}
}

void changes_note(const struct changes *changes, struct history *history)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct change *at = &changes->at[i];

		history_rule(history, at->had ? &at->before.spec : NULL, at->has ? &at->now.spec : NULL);
	}
}
