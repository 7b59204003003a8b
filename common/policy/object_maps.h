/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps of the built-in BPF object that are pinned. Whether a call is allowed or refused depends on what some of
 * them have: these decide. A lock keeps them, and no command that runs for long may have one open.
 */
#ifndef LSMCTL_POLICY_OBJECT_MAPS_H
#define LSMCTL_POLICY_OBJECT_MAPS_H

#include <stddef.h>

struct bpf_map;
struct lsmctl_bpf;

#define OBJECT_MAPS 21

/* i: less than OBJECT_MAPS. */
const char *object_map_name(size_t i);
struct bpf_map *object_map(const struct lsmctl_bpf *obj, size_t i);

/* Returns the name of the i-th of those that decide; NULL: there are no more. */
const char *object_deciding_map(size_t i);

#endif
