/* SPDX-License-Identifier: GPL-2.0-only */
/* Replaces the generation in force by a new one. */
#ifndef LSMCTL_TABLE_PUBLISH_H
#define LSMCTL_TABLE_PUBLISH_H

#include "compile.h"
#include "filter.h"
#include "store.h"

/*
 * Puts a compiled ruleset in force in one step. origin[slot] is 1 + the rule's current slot, whose counter it keeps, or
 * 0. On return with 0, no program decides by the old generation. After a failure or a kill, either the old or the new
 * generation is in force as a whole. trial_until: CLOCK_BOOTTIME, ns; the old generation returns into force at that
 * time unless tables_end_trial() is called before; 0: never.
 */
int tables_publish(struct tables *t, const struct source *source, const struct arena *arena, struct filters *filters,
		   const uint32_t *origin, const struct settings *settings, uint64_t trial_until, struct error *err);

/*
 * Replaces the generation in force by a copy that has room for more, after edits() has changed it: all in one step, as
 * tables_publish() does. For changes for which edits alone lack room, or may not be seen one by one, and which are too
 * few to compile all. edits() declines with another value than 0: then nothing changes, and the result is 1.
 */
typedef int edits_fn(struct tables *copy, void *arg);
int tables_copy(struct tables *t, uint32_t more_lines, uint32_t more_rules, edits_fn *edits, void *arg,
		struct error *err);

/*
 * Ends a trial: keeps the new generation, or rolls back to the old one and opens it. Leaves the filters and the other
 * generation's memory as they are: the caller publishes again at once.
 */
int tables_end_trial(struct tables *t, bool keep, struct error *err);

#endif
