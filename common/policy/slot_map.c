// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "slot_map.h"

int slot_map_id(int fd, __u32 *id)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*id = info.id;
	return 0;
}

int slot_map_open(__u32 id)
{
	return id ? bpf_map_get_fd_by_id(id) : -1;
}

static int make(int outer, const struct slot_map *map, __u32 *id)
{
	__u32 slot = 0, made = 0;
	int ret, fd = bpf_map_create(map->type, map->name, map->key_size, map->value_size, map->room, NULL);

	if (fd < 0)
		return -errno;
	ret = slot_map_id(fd, &made);
	if (!ret)
		ret = bpf_map_update_elem(outer, &slot, &fd, BPF_ANY) ? -errno : 0;
	if (!ret)
		__atomic_store_n(id, made, __ATOMIC_RELEASE);
	close(fd);
	return ret;
}

int slot_map_need(const struct pins *pins, const struct slot_map *map, __u32 *id)
{
	int outer, ret, there = slot_map_open(*id);

	if (there >= 0) {
		close(there);
		return 0;
	}
	if (*id && errno != ENOENT)
		return -errno; /* it is there: another would lack what it has */
	outer = pins_get_map(pins, map->name, false);
	if (outer < 0)
		return outer;
	ret = make(outer, map, id);
	close(outer);
	return ret;
}

void slot_map_drop(const struct pins *pins, const struct slot_map *map, __u32 *id)
{
	__u32 slot = 0;
	int outer = *id ? pins_get_map(pins, map->name, false) : -1;

	if (outer < 0)
		return;
	if (!bpf_map_delete_elem(outer, &slot) || errno == ENOENT)
		__atomic_store_n(id, 0, __ATOMIC_RELEASE);
	close(outer);
}
