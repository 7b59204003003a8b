/* SPDX-License-Identifier: GPL-2.0-only */
/* A ruleset of two rules for each test, and how a command changes it. */
#ifndef LSMCTL_UNIT_PUT_H
#define LSMCTL_UNIT_PUT_H

#include "policy.h"

static struct ruleset *rs;

static int begin(void **state)
{
	(void)state;
	policy_load(70);
	rs = policy_open(RULESET_WRITE);
	policy_restore(rs, LINES("block 1.1.1.1", "block 2.2.2.2 set a comment x"));
	return 0;
}

static int end(void **state)
{
	(void)state;
	ruleset_close(rs);
	policy_unload();
	return 0;
}

static enum ruleset_change changes[70];
static struct rule_info old[70];

static inline int put(const char *const *lines, bool dry_run, struct error *err)
{
	struct rule_spec specs[70];
	size_t n = 0;

	*err = (struct error){};
	for (; lines[n]; n++)
		specs[n] = spec_of(lines[n]);
	if (ruleset_plan(rs, specs, n, changes, old, err))
		return -1;
	return dry_run ? ruleset_check(rs, specs, n, changes, err)
		       : ruleset_put(rs, specs, n, changes, old, false, err);
}

static inline uint32_t generation(void)
{
	return ruleset_config(rs)->generation;
}

#endif
