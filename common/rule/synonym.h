/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of other tools and of plain English, and what they are called here: for hints, nothing is accepted by them. */
#ifndef LSMCTL_RULE_SYNONYM_H
#define LSMCTL_RULE_SYNONYM_H

enum synonym_kind {
	SYNONYM_COMMAND,
	SYNONYM_VERDICT,
	SYNONYM_WORD, /* behind a destination */
	SYNONYM_DESTINATION,
};

/* What to type instead of the word, or NULL. */
const char *synonym_of(const char *word, enum synonym_kind kind);

#endif
