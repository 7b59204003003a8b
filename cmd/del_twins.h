/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells del's user of similar rules: the same in other sets, or the same destination with other ports. */
#ifndef LSMCTL_CMD_DEL_TWINS_H
#define LSMCTL_CMD_DEL_TWINS_H

#include <jansson.h>
#include "table/ruleset.h"

/* What there is to say about them. The caller zeroes it, and frees it with twins_free(). */
struct twins {
	char **texts;
	size_t n;
};

/* Takes note of each rule in force with this identity but for the set, unless it is one of the n rules that go. */
void twins_look(struct twins *twins, struct ruleset *rs, const struct rule_spec *identity, const struct rule_info *gone,
		size_t n);

/* Sets the error for a rule that is not there: it says which sets, or which rules for the destination, there are. -1.
 */
int twins_missing(struct ruleset *rs, const struct rule_spec *identity, struct error *err);

/* Prints the notes: into the document's array "warnings", or with NULL a line each on standard error. */
void twins_tell(const struct twins *twins, json_t *root);

void twins_free(struct twins *twins);

#endif
