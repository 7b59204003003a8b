/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a policy that is loaded is in force: what can be read of that, and what calls through its hooks have shown
 * (prove.h). What was tried is believed before what was read.
 */
#ifndef LSMCTL_TRUTH_H
#define LSMCTL_TRUTH_H

#include "foreign.h"
#include "prove.h"

#define TRUTH_FOREIGN 8 /* as many are told of one by one */

struct truth {
	bool tried; /* else proven says nothing */
	bool ftrace_off;
	struct foreign foreign[TRUTH_FOREIGN];
	size_t n_foreign;  /* which may be more than there are in it */
	uint32_t attached; /* hooks, bit n for hook n */
	struct proven proven[HOOKS + 1];
};

/*
 * programs: of the hooks. backstop: it is on, and attached. With the lock on the pin directory held, so that nobody
 * unloads meanwhile.
 */
int truth_read(struct truth *truth, const struct config *config, const struct settings *settings,
	       const struct program_info programs[HOOKS], bool backstop, bool try, struct error *err);

/* Whether each hook was tried and held. Those that cannot be tried here, as they are about SCTP, do not count. */
bool truth_is_proven(const struct truth *truth);

/* What the trial of a hook, HOOK_EGRESS among them, says against it, or NULL. */
const char *truth_fault(const struct truth *truth, size_t hook);

/* The i-th thing that makes enforcement doubtful and is of no single hook's trial; false past the last. */
#define TRUTH_TEXT_SIZE 256
bool truth_doubt(const struct truth *truth, size_t i, char text[TRUTH_TEXT_SIZE]);

/* One of foreign, in words. */
void truth_foreign(const struct foreign *foreign, char text[TRUTH_TEXT_SIZE]);

#endif
