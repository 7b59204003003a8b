/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps that decide, and how many references the kernel counts for each while only the policy itself has it: its
 * pin, its programs, and the slots of outer maps. Who else has one, by whatever way, makes one more.
 */
#ifndef LSMCTL_POLICY_LOCK_REFS_H
#define LSMCTL_POLICY_LOCK_REFS_H

#include <stdbool.h>
#include "bpf/lock.h"
#include "base/error.h"
#include "host/pins.h"
#include "table/ruleset.h"

struct lock_refs {
	__u32 n;
	struct {
		__u32 id, refs;
	} maps[LOCK_MAPS];
	__u32 n_progs, n_links;
	__u32 progs[LOCK_PROGS]; /* the policy's */
	__u32 links[LOCK_LINKS]; /* those of them that are on cgroups */
};

/*
 * Lists the maps of the policy on which decisions depend, and all of its programs, those of pins among them, with their
 * links to cgroups. ERR_FULL when the lock has no room for one.
 */
int lock_refs_list(struct lock_refs *refs, const struct pins *pins, struct ruleset *rules, struct error *err);
/* Adds the map, the link to a cgroup and the programs of the lock. */
int lock_refs_add(struct lock_refs *refs, int map_fd, __u32 link, const __u32 *progs, size_t n, struct error *err);
/* True while a watcher reads the policy by a program from before an upgrade: it opens the new one in WATCHER_PATIENCE.
 */
bool lock_refs_has_old_peek(const struct lock_refs *refs);
/* Counts the programs that use each. -1 with the error set when one of them is not the policy's. */
int lock_refs_count(struct lock_refs *refs, struct error *err);

/* Sets err to who has the map besides the policy, as far as can be seen. Returns -1. */
int lock_refs_explain(const struct lock_refs *refs, __u32 index, struct error *err);

#endif
