/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs as subjects: the BPF programs that note which one a process runs are attached while some rule is for a
 * program. The caller holds the exclusive lock.
 */
#ifndef LSMCTL_POLICY_EXE_H
#define LSMCTL_POLICY_EXE_H

#include "base/error.h"
#include "host/hooks.h"
#include "host/pins.h"
#include "table/ruleset.h"

static inline bool exe_has_hook(enum hook hook)
{
	return hook == HOOK_EXEC || hook == HOOK_FILE_FREE || hook == HOOK_PRCTL;
}

/* For ruleset_set_keeper(). Borrows all; they must stay while the ruleset is open. */
struct exe_keeper {
	struct program_keeper keeper;
	const struct pins *pins;
	struct ruleset *rules;
};

void exe_keeper_init(struct exe_keeper *keeper, const struct pins *pins, struct ruleset *rules);

/*
 * Replaces the attached programs by this binary's; where rules need them and some are gone, attaches all again. 0, or
 * -1 with the error set.
 */
int exe_renew(const struct pins *pins, struct ruleset *rules, bool check_only, struct error *err);

#endif
