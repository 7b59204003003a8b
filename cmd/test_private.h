/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LSMCTL_TEST_PRIVATE_H
#define LSMCTL_TEST_PRIVATE_H

#include "shared/notes.h"
#include "table/ruleset.h"

/*
 * For a call that was blocked, for want of a rule or by one for every address (decides; NULL: none): writes which rule
 * would let it through, since it is for a name of the address, if only it said "private". Else leaves the note.
 */
void note_of_private(struct ruleset *rules, const struct call *call, const struct rule_spec *decides,
		     char note[NOTE_SIZE]);

#endif
