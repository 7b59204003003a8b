/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the rules and settings from before some changes. */
#ifndef LSMCTL_UNDO_TARGET_H
#define LSMCTL_UNDO_TARGET_H

#include "base/hash.h"
#include "shared/kept_sets.h"
#include "table/ruleset.h"
#include "undo_entries.h"

/* Set rules, settings and sets, and zero the rest. Free it with undo_target_free(). */
struct undo_target {
	struct ruleset *rules;
	struct settings settings; /* first those in force, then those from before */
	struct kept_sets sets;	  /* the same */
	struct undo_rule {
		struct rule_spec spec; /* its identity, and if it is there its form */
		bool there;
	} * at;
	size_t n;
	struct hash by_identity;
};

/*
 * Takes a change back, the newest first. settings_only: for a change whose rules were not written down. Fails when
 * something is not as the change left it. nth: for messages.
 */
int undo_take_back(struct undo_target *target, const struct entry *entry, size_t nth, bool settings_only,
		   struct error *err);
void undo_target_free(struct undo_target *target);

#endif
