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

/* For common/policy/keeper.h: before rules are in force, and when no others are. */
int exe_want(const struct pins *pins, struct ruleset *rules, const struct rule_needs *needs, struct error *err);
void exe_keep(const struct pins *pins, const struct rule_needs *needs);

/*
 * Replaces the attached programs by this binary's; where rules need them and some are gone, attaches all again. 0, or
 * -1 with the error set.
 */
int exe_renew(const struct pins *pins, struct ruleset *rules, bool check_only, struct error *err);

#endif
