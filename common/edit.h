/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One rule at a time, in place, under the eyes of the programs: what is new is written behind what is used, and then
 * the words are stored that lead there. Each call is decided as before the change or as after it. No room is used
 * again: that is left to the next compilation. What there is no room for, or takes too long in this way, is declined.
 */
#ifndef LSMCTL_EDIT_H
#define LSMCTL_EDIT_H

#include "tables.h"

/* What came of it. */
enum edit {
	EDIT_DONE,
	EDIT_DECLINED, /* nothing is changed: compile anew */
};

/* Puts a rule in. Its id is the next; its subject and set are indices of the present generation; extra may be NULL. */
enum edit edit_add(struct tables *t, const struct rule *rule, const struct extra *extra);
/* The action (without an extra) and extra of a rule that is there. Declined when its set is another one. */
enum edit edit_change(struct tables *t, uint32_t slot, uint64_t action, uint16_t set, const struct extra *extra);
enum edit edit_remove(struct tables *t, uint32_t slot);

/* Whether so much room is taken up by what is no longer used that compiling anew is worth it. */
bool edit_is_fragmented(const struct tables *t);

/* The slot of the rule of just this identity, or -1. */
int64_t edit_find(struct tables *t, const struct rule *rule);

#endif
