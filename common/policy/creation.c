// SPDX-License-Identifier: GPL-2.0-only
#include "host/hooks.h"
#include "creation.h"
#include "object.h"
#include "programs.h"
#include "prove.h"

/* The hooks' names, for object_attach_named(). */
struct names {
	const char *at[HOOKS + 1];
};

static bool is_here(const struct config *config, size_t hook)
{
	return hook_is_on_demand(hook) && has_hook(config->hooks, hook);
}

static struct names names_here(const struct config *config)
{
	struct names names = {};
	size_t n = 0;

	for (size_t i = 0; i < HOOKS; i++) {
		if (is_here(config, i))
			names.at[n++] = hook_name(i);
	}
	return names;
}

bool creation_is_attached(const struct pins *pins, const struct config *config)
{
	for (size_t i = 0; i < HOOKS; i++) {
		if (is_here(config, i) && !programs_is_pinned(pins, i))
			return !programs_judge_calls(pins);
	}
	return true;
}

/* "Attached" does not mean "called". */
static int check_called(const struct config *config, struct error *err)
{
	for (size_t i = 0; i < HOOKS; i++) {
		if (is_here(config, i) && prove_called(config, i, err))
			return -1;
	}
	return 0;
}

int creation_attach(const struct pins *pins, const struct config *config, struct error *err)
{
	bool mends = programs_is_pinned(pins, HOOK_CREATE) || programs_is_pinned(pins, HOOK_POST_CREATE);
	struct error ignored = {};

	if (creation_is_attached(pins, config))
		return 0;
	if (!creation_renew(pins, config, false, err) && !check_called(config, err))
		return 1;
	if (!mends) /* so that the next attempt proves it again */
		creation_detach(pins, &ignored);
	return -1;
}

int creation_detach(const struct pins *pins, struct error *err)
{
	int done = 0;

	for (size_t i = 0; i < HOOKS; i++) {
		bool there = hook_is_on_demand(i) && programs_is_pinned(pins, i);
		int ret = hook_is_on_demand(i) ? pins_remove_link(pins, hook_name(i)) : 0;

		if (ret)
			return error_errno(err, -ret, "cannot remove %s/link_%s", pins->path, hook_name(i));
		done |= there;
	}
	return done;
}

int creation_renew(const struct pins *pins, const struct config *config, bool check_only, struct error *err)
{
	const struct names names = names_here(config);

	if (!names.at[0])
		return 0;
	return object_attach_named(names.at, config->attach, -1, pins, check_only, err);
}
