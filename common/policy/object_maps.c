// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <bpf/libbpf.h>
#include "bpf/abi.h"
#include "object_maps.h"
#include "lsmctl.skel.h"

static const struct {
	const char *name;
	size_t at; /* of its struct bpf_map in the skeleton */
	bool decides;
} maps[] = {
	{"config", offsetof(struct lsmctl_bpf, maps.bss), true},
	{"arenas", offsetof(struct lsmctl_bpf, maps.arenas), true},
	{"rules", offsetof(struct lsmctl_bpf, maps.rules), true},
	{"counters", offsetof(struct lsmctl_bpf, maps.counters), true}, /* so that nobody hides what was refused */
	{"reports", offsetof(struct lsmctl_bpf, maps.reports), false},
	{"rings", offsetof(struct lsmctl_bpf, maps.rings), false},
	{"learned", offsetof(struct lsmctl_bpf, maps.learned), false},
	{"marks", offsetof(struct lsmctl_bpf, maps.marks), true},
	{"senders", offsetof(struct lsmctl_bpf, maps.senders), true},
	{"cgroups", offsetof(struct lsmctl_bpf, maps.cgroups), true},
	{"runs", offsetof(struct lsmctl_bpf, maps.runs), true},
	{"run_rules", offsetof(struct lsmctl_bpf, maps.run_rules), true},
	{"run_sockets", offsetof(struct lsmctl_bpf, maps.run_sockets), true},
	{"run_seen", offsetof(struct lsmctl_bpf, maps.run_seen), false},
	{"queries", offsetof(struct lsmctl_bpf, maps.queries), true},
	{"named", offsetof(struct lsmctl_bpf, maps.named), false},
	{"name_ids", offsetof(struct lsmctl_bpf, maps.name_ids), true},
	{"ruled", offsetof(struct lsmctl_bpf, maps.ruled), true},
	{"names", offsetof(struct lsmctl_bpf, maps.names), false},
	{"exes", offsetof(struct lsmctl_bpf, maps.exes), true},
	{"exe_names", offsetof(struct lsmctl_bpf, maps.exe_names), true},
};

_Static_assert(sizeof(maps) / sizeof(maps[0]) == OBJECT_MAPS, "all of them");

const char *object_map_name(size_t i)
{
	return maps[i].name;
}

struct bpf_map *object_map(const struct lsmctl_bpf *obj, size_t i)
{
	return *(struct bpf_map *const *)((const char *)obj + maps[i].at);
}

const char *object_deciding_map(size_t i)
{
	for (size_t k = 0; k < OBJECT_MAPS; k++) {
		if (maps[k].decides && !i--)
			return maps[k].name;
	}
	return NULL;
}
