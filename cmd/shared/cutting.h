/* SPDX-License-Identifier: GPL-2.0-only */
/* Closes connections for `cut`, and for --cut after a change of the rules; and reports it. */
#ifndef LSMCTL_SHARED_CUTTING_H
#define LSMCTL_SHARED_CUTTING_H

#include "flow/survey.h"
#include "cmd.h"

#define KEY_CUT 0x284
#define CUT_OPTION                                                                                                     \
	{                                                                                                              \
		"cut", KEY_CUT, NULL, 0, "then close the open connections that the rules now refuse, as 'cut' does", 0 \
	}

/* --cut of a command, and what came of it. Zero it first. */
struct cutting {
	bool wanted;
	struct flow_filter filter; /* borrows its rules */
	struct survey survey;
	struct error why; /* set: it failed */
	int status;	  /* the exit status that the command must have; 0: nothing to say */
};

/* Refuses what --cut cannot do. -1 with the error set. */
int cutting_check(const struct cutting *cutting, const struct invocation *inv, struct error *err);

/* Closes the connections, if it is wanted. The caller holds no lock, and has not printed: a terminal may be stopped. */
void cutting_do(struct cutting *cutting, const struct invocation *inv);
/*
 * Tells of it, as text or in the document's "cut". If it failed, the rules are in force all the same: then "cut" has
 * the error; as text, returns -1 with the error set.
 */
int cutting_tell(struct cutting *cutting, const struct invocation *inv, json_t *root, struct error *err);
/* Frees what cutting_do() found. */
void cutting_free(struct cutting *cutting);

#endif
