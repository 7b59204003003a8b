// SPDX-License-Identifier: GPL-2.0-only
#include "exe.h"
#include "keeper.h"
#include "ruled.h"

static int want(void *arg, const struct rule_needs *needs, struct error *err)
{
	const struct policy_keeper *keeper = arg;

	return exe_want(keeper->pins, keeper->rules, needs, err) || ruled_want(keeper->pins, keeper->rules, needs, err)
		       ? -1
		       : 0;
}

static void keep(void *arg, const struct rule_needs *needs)
{
	const struct policy_keeper *keeper = arg;

	exe_keep(keeper->pins, needs);
	ruled_keep(keeper->pins, keeper->rules, needs);
}

void keeper_init(struct policy_keeper *keeper, const struct pins *pins, struct ruleset *rules)
{
	*keeper = (struct policy_keeper){
		.keeper = {.want = want, .keep = keep, .arg = keeper}, .pins = pins, .rules = rules};
	ruleset_set_keeper(rules, &keeper->keeper);
}
