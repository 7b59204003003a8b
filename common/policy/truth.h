/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decides whether a loaded policy is in force. Combines what it reads with what trial calls showed (prove.h). A trial
 * outweighs a reading.
 */
#ifndef LSMCTL_POLICY_TRUTH_H
#define LSMCTL_POLICY_TRUTH_H

#include "foreign.h"
#include "prove.h"

#define TRUTH_FOREIGN 8 /* describes at most this many */

struct truth {
	bool tried; /* false: proven is not filled in */
	bool ftrace_off;
	struct foreign foreign[TRUTH_FOREIGN];
	size_t n_foreign;  /* may exceed TRUTH_FOREIGN */
	uint32_t attached; /* bit n: hook n is attached */
	struct proven proven[HOOKS + 1];
};

/*
 * programs: of the hooks. backstop: on, and attached. The caller holds the lock on the pin directory, so that no
 * process unloads meanwhile.
 */
int truth_read(struct truth *truth, const struct pins *pins, const struct config *config,
	       const struct settings *settings, const struct program_info programs[PROGRAMS], bool backstop, bool try,
	       struct error *err);

/* True when each hook was tried and held. Does not count SCTP hooks that cannot be tried here. */
bool truth_is_proven(const struct truth *truth);

/* Returns what the trial of a hook, HOOK_EGRESS included, says against it, or NULL. */
const char *truth_fault(const struct truth *truth, size_t hook);

/* Writes the i-th doubt about enforcement that belongs to no single hook's trial. Returns false past the last. */
#define TRUTH_TEXT_SIZE 256
bool truth_doubt(const struct truth *truth, size_t i, char text[TRUTH_TEXT_SIZE]);

/* Describes a foreign program in words. */
void truth_foreign(const struct foreign *foreign, char text[TRUTH_TEXT_SIZE]);

#endif
