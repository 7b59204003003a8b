// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "base/error.h"
#include "host/cgroup.h"
#include "host/hooks.h"
#include "host/pins.h"
#include "programs.h"

static int program_of(int link_fd, struct program_info *info)
{
	struct bpf_link_info link = {};
	struct bpf_prog_info prog = {};
	__u32 len = sizeof(link);
	int fd, ret = 0;

	if (bpf_obj_get_info_by_fd(link_fd, &link, &len))
		return -errno;
	fd = bpf_prog_get_fd_by_id(link.prog_id);
	if (fd < 0)
		return -errno;
	len = sizeof(prog);
	if (bpf_obj_get_info_by_fd(fd, &prog, &len)) {
		ret = -errno;
	} else {
		info->prog_id = link.prog_id;
		info->link_id = link.id;
		if (link.type == BPF_LINK_TYPE_CGROUP)
			info->cgroup_id = link.cgroup.cgroup_id;
		info->recursion_misses = prog.recursion_misses;
		info->function = prog.attach_btf_id;
		memcpy(info->tag, prog.tag, sizeof(info->tag));
	}
	close(fd);
	return ret;
}

int programs_read_named(const struct pins *pins, const char *name, struct program_info *program, struct error *err)
{
	int fd = pins_get_link(pins, name), ret;

	*program = (struct program_info){.hook = name};
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return error_errno(err, -fd, "cannot open %s/link_%s", pins->path, name);
	ret = program_of(fd, program);
	close(fd);
	return ret ? error_errno(err, -ret, "cannot read the kernel's state of %s", name) : 0;
}

int programs_read(const struct pins *pins, uint32_t hooks, struct program_info programs[PROGRAMS], struct error *err)
{
	for (size_t i = 0; i < PROGRAMS; i++) {
		if (programs_read_one(pins, i, &programs[i], err))
			return -1;
		programs[i].lacking = i < HOOKS && !programs[i].prog_id && !has_hook(hooks, i);
	}
	return 0;
}

int programs_read_one(const struct pins *pins, enum hook hook, struct program_info *program, struct error *err)
{
	return programs_read_named(pins, hook_name(hook), program, err);
}

bool programs_is_pinned(const struct pins *pins, enum hook hook)
{
	int fd = pins_get_link(pins, hook_name(hook));

	if (fd >= 0)
		close(fd);
	return fd != -ENOENT;
}

bool programs_judge_calls(const struct pins *pins)
{
	return programs_is_pinned(pins, HOOK_CONNECT);
}

static const char *const attach_names[ATTACHES] = {
	[ATTACH_LSM] = "lsm",
	[ATTACH_FMOD_RET] = "fmod_ret",
};

const char *attach_name(enum attach attach)
{
	return attach < ATTACHES ? attach_names[attach] : "unknown";
}
