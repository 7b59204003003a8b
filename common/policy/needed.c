// SPDX-License-Identifier: GPL-2.0-only
#include "creation.h"
#include "needed.h"
#include "on_cgroup.h"
#include "run_programs.h"

/* Returns the settings in force, with what returns when a trial ends. */
static struct settings settings_to_hold(struct ruleset *rules)
{
	const struct settings *other = ruleset_other_settings(rules);
	struct settings settings = *ruleset_settings(rules);

	if (other) {
		settings.strict |= other->strict;
		settings.backstop |= other->backstop;
	}
	return settings;
}

static bool settings_need_creation(const struct settings *settings)
{
	return settings->strict || settings->backstop;
}

bool needed_at_creation(const struct pins *pins, struct ruleset *rules)
{
	const struct settings settings = settings_to_hold(rules);

	return settings_need_creation(&settings) || run_programs_are_there(pins);
}

/* Attaches what is missing of both. As above. */
static int attach(const struct pins *pins, struct ruleset *rules, bool creation, bool backstop, struct error *err)
{
	int made = creation ? creation_attach(pins, ruleset_config(rules), err) : 0;
	int sent = backstop && made >= 0 ? on_cgroup_attach(pins, HOOK_EGRESS, err) : 0;

	return made < 0 || sent < 0 ? -1 : made | sent;
}

static int detach(const struct pins *pins, bool creation, bool backstop, struct error *err)
{
	int sent = backstop ? on_cgroup_detach(pins, HOOK_EGRESS, err) : 0;
	int made = creation && sent >= 0 ? creation_detach(pins, err) : 0;

	return made < 0 || sent < 0 ? -1 : made | sent;
}

int needed_attach(const struct pins *pins, struct ruleset *rules, const struct settings *settings, struct error *err)
{
	return attach(pins, rules, settings_need_creation(settings), settings->backstop, err);
}

int needed_settle(const struct pins *pins, struct ruleset *rules, struct error *err)
{
	const bool creation = needed_at_creation(pins, rules), backstop = settings_to_hold(rules).backstop;
	int come = attach(pins, rules, creation, backstop, err);
	int gone = come >= 0 ? detach(pins, !creation, !backstop, err) : 0;

	return come < 0 || gone < 0 ? -1 : come | gone;
}

void needed_leave(const struct pins *pins, struct ruleset *rules)
{
	struct error ignored = {};

	detach(pins, !needed_at_creation(pins, rules), !settings_to_hold(rules).backstop, &ignored);
}

int needed_renew(const struct pins *pins, struct ruleset *rules, bool check_only, struct error *err)
{
	const bool creation = needed_at_creation(pins, rules), backstop = settings_to_hold(rules).backstop;

	if ((creation && creation_renew(pins, ruleset_config(rules), check_only, err)) ||
	    (backstop && on_cgroup_renew(pins, HOOK_EGRESS, check_only, err)))
		return -1;
	return check_only || detach(pins, !creation, !backstop, err) >= 0 ? 0 : -1;
}
