// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <unistd.h>
#include "host/cgroup.h"
#include "object.h"
#include "on_cgroup.h"
#include "programs.h"

int on_cgroup_renew(const struct pins *pins, enum hook hook, bool check_only, struct error *err)
{
	struct object object = {};
	int ret = -1, cgroup = cgroup_open_root("the backstop, answers and names", err);

	if (cgroup < 0)
		return -1;
	if (!object_open_program(&object, hook_name(hook), pins, err))
		ret = check_only ? 0 : object_attach_on_cgroup(&object, hook, cgroup, err);
	if (!ret && !check_only)
		ret = object_replace_on_cgroup(&object, hook, pins, err);
	object_close(&object);
	close(cgroup);
	return ret;
}

int on_cgroup_attach(const struct pins *pins, enum hook hook, struct error *err)
{
	struct program_info program;

	if (programs_read_one(pins, hook, &program, err))
		return -1;
	/* A link can be detached from its cgroup while its pin stays. */
	if (program.prog_id && program.cgroup_id == ROOT_CGROUP)
		return 0;
	return on_cgroup_renew(pins, hook, false, err) ? -1 : 1;
}

int on_cgroup_detach(const struct pins *pins, enum hook hook, struct error *err)
{
	int fd = pins_get_link(pins, hook_name(hook)), ret;

	if (fd == -ENOENT)
		return 0;
	if (fd >= 0)
		close(fd);
	ret = pins_remove_link(pins, hook_name(hook));
	return ret ? error_errno(err, -ret, "cannot remove %s/link_%s", pins->path, hook_name(hook)) : 1;
}
