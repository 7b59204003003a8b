// SPDX-License-Identifier: GPL-2.0-only
#include "backstop.h"
#include "on_cgroup.h"

bool backstop_wanted(struct ruleset *rules)
{
	const struct config *config = ruleset_config(rules);

	return ruleset_settings(rules)->backstop ||
	       (ruleset_trial_left(rules) && config->settings[config->fallback & 1].backstop);
}

int backstop_attach(const struct pins *pins, struct error *err)
{
	return on_cgroup_attach(pins, HOOK_EGRESS, err);
}

int backstop_settle(const struct pins *pins, struct ruleset *rules, struct error *err)
{
	return backstop_wanted(rules) ? backstop_attach(pins, err) : on_cgroup_detach(pins, HOOK_EGRESS, err);
}

void backstop_leave(const struct pins *pins, struct ruleset *rules)
{
	if (!backstop_wanted(rules))
		pins_remove_link(pins, hook_name(HOOK_EGRESS));
}

int backstop_renew(const struct pins *pins, bool check_only, struct error *err)
{
	return on_cgroup_renew(pins, HOOK_EGRESS, check_only, err);
}
