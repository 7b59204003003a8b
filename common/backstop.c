// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <unistd.h>
#include "backstop.h"
#include "cgroup.h"
#include "loader.h"

bool backstop_wanted(struct ruleset *rules)
{
	const struct config *config = ruleset_config(rules);

	return ruleset_settings(rules)->backstop ||
	       (ruleset_trial_left(rules) && config->settings[config->fallback & 1].backstop);
}

int backstop_renew(const struct pins *pins, bool check_only, struct error *err)
{
	struct object object = {};
	int ret = -1, cgroup = cgroup_open_root(err);

	if (cgroup < 0)
		return -1;
	if (!object_open_backstop(&object, pins, err))
		ret = check_only ? 0 : object_attach_backstop(&object, cgroup, err);
	if (!ret && !check_only)
		ret = object_replace_backstop(&object, pins, err);
	object_close(&object);
	close(cgroup);
	return ret;
}

int backstop_attach(const struct pins *pins, struct error *err)
{
	struct program_info program;

	if (loader_backstop(pins, &program, err))
		return -1;
	/* A link to a cgroup can be detached though its pin is there. */
	if (program.prog_id && program.cgroup_id == ROOT_CGROUP)
		return 0;
	return backstop_renew(pins, false, err) ? -1 : 1;
}

int backstop_settle(const struct pins *pins, struct ruleset *rules, struct error *err)
{
	int fd, ret;

	if (backstop_wanted(rules))
		return backstop_attach(pins, err);
	fd = pins_get_link(pins, hook_name(HOOK_EGRESS));
	if (fd == -ENOENT)
		return 0;
	if (fd >= 0)
		close(fd);
	ret = pins_remove_link(pins, hook_name(HOOK_EGRESS));
	return ret ? error_errno(err, -ret, "cannot remove %s/link_%s", pins->path, hook_name(HOOK_EGRESS)) : 1;
}

void backstop_leave(const struct pins *pins, struct ruleset *rules)
{
	if (!backstop_wanted(rules))
		pins_remove_link(pins, hook_name(HOOK_EGRESS));
}
