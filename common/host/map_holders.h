/* SPDX-License-Identifier: GPL-2.0-only */
/* Which processes have BPF maps and programs open, as /proc shows it. */
#ifndef LSMCTL_HOST_MAP_HOLDERS_H
#define LSMCTL_HOST_MAP_HOLDERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Finds a process that has the map with this id open, in any of its threads, or else one that has a BPF map in its
 * memory: /proc does not tell which. Returns 0 when it finds none. *sure: the first.
 */
pid_t map_holder(uint32_t map_id, bool *sure);
/* Finds a process that has the program with this id open, or returns 0. */
pid_t program_holder(uint32_t prog_id);

#endif
