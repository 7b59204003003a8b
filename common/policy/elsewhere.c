// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "bpf/abi.h"
#include "elsewhere.h"

#define MAPS 16 /* of a program of lsmctl, which has fewer */

/* Reads the map's first words. While a policy is unloaded its programs stay attached for a moment, and are off. */
static bool is_policy(__u32 map_id)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int fd = bpf_map_get_fd_by_id(map_id);
	const struct config *config;
	bool is = false;

	if (fd < 0)
		return errno == EPERM; /* who may look at programs may open maps, unless they are locked */
	if (!bpf_obj_get_info_by_fd(fd, &info, &len) && info.type == BPF_MAP_TYPE_ARRAY &&
	    info.map_flags & BPF_F_MMAPABLE && info.value_size >= sizeof(*config)) {
		config = mmap(NULL, sizeof(*config), PROT_READ, MAP_SHARED, fd, 0);
		if (config != MAP_FAILED) {
			is = config->magic == LSMCTL_MAGIC && config->state == STATE_ON;
			munmap((void *)config, sizeof(*config));
		}
	}
	close(fd);
	return is;
}

static bool is_ours(__u32 prog_id)
{
	__u32 maps[MAPS] = {};
	struct bpf_prog_info prog = {.map_ids = (__u64)(unsigned long)maps, .nr_map_ids = MAPS};
	__u32 len = sizeof(prog);
	int fd = bpf_prog_get_fd_by_id(prog_id);
	bool ours = false;

	if (fd < 0)
		return errno == EPERM;
	if (!bpf_obj_get_info_by_fd(fd, &prog, &len)) {
		for (__u32 i = 0; i < prog.nr_map_ids && i < MAPS && !ours; i++)
			ours = is_policy(maps[i]);
	}
	close(fd);
	return ours;
}

bool is_attached_elsewhere(void)
{
	bool found = false;

	for (__u32 id = 0; !found && !bpf_link_get_next_id(id, &id);) {
		struct bpf_link_info link = {};
		__u32 len = sizeof(link);
		int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0)
			continue;
		found = !bpf_obj_get_info_by_fd(fd, &link, &len) && link.type == BPF_LINK_TYPE_TRACING &&
			(link.tracing.attach_type == BPF_LSM_MAC || link.tracing.attach_type == BPF_MODIFY_RETURN) &&
			is_ours(link.prog_id);
		close(fd);
	}
	return found;
}
