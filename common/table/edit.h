/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes one rule in place while the programs use the tables. It writes the new parts behind the used lines, then
 * stores the words that lead there: each call is decided as before the change or as after it. It leaves freed room to
 * the next compilation, and declines a change that lacks room, takes too long in place, or concerns a rule with hidden
 * twins (see abi.h). A rule that it adds is hidden by no twin until the next compilation.
 */
#ifndef LSMCTL_TABLE_EDIT_H
#define LSMCTL_TABLE_EDIT_H

#include "store.h"

/* The result of an edit. */
enum edit {
	EDIT_DONE,
	EDIT_DECLINED, /* nothing has changed; compile instead */
	EDIT_FULL,     /* nothing has changed; edit a copy with more room: tables_copy() */
};

#define LINES_OF_EDIT 16 /* nearly every edit takes fewer */

/* Adds a rule. Its id is the next one; its subject and set are indices of the current generation; extra may be NULL. */
enum edit edit_add(struct tables *t, const struct rule *rule, const struct extra *extra);
/* The same, into a slot that no program has seen in use: of a removed rule in a copy, or the next one. */
enum edit edit_add_at(struct tables *t, uint32_t slot, const struct rule *rule, const struct extra *extra);
/* Sets the action (without its extra) and the extra of a rule in force. */
enum edit edit_change(struct tables *t, uint32_t slot, uint64_t action, const struct extra *extra);
enum edit edit_remove(struct tables *t, uint32_t slot);

/* True when removed rules take so much room that compiling is worth it. */
bool edit_is_fragmented(const struct tables *t);
/* True when the lines of edits take half of what all else does, so that compiling is worth more than a copy. */
bool edit_is_worn(struct tables *t);

#endif
