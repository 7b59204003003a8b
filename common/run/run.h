/* SPDX-License-Identifier: GPL-2.0-only */
/* Begins and ends runs: the cgroup, the entries in the kernel, and the programs that they need. */
#ifndef LSMCTL_RUN_RUN_H
#define LSMCTL_RUN_RUN_H

#include "maps.h"
#include "reach.h"
#include "tree.h"

/* What a run may do. The caller owns it, and keeps it until run_end(). */
struct run_wish {
	struct rules rules; /* see reach_check() */
	struct run_socket *sockets;
	size_t n_sockets;
	bool audit;
};

struct running {
	const char *pin_dir; /* borrowed */
	int root_fd;	     /* of RUN_ROOT; -1: not begun */
	struct tree tree;
	struct run_maps maps; /* only "seen" is open: see maps.h */
	struct reach reach;
};

#define RUNNING_NONE ((struct running){.root_fd = -1, .tree = TREE_CLOSED, .maps = RUN_MAPS_CLOSED})

/*
 * Makes the cgroup of a run, and stores what it may reach: from then on the kernel confines whatever is started in
 * running->tree. Collects runs that are over. ERR_NOT_LOADED without a policy, ERR_LOCKED while it is locked. Takes the
 * lock itself, and holds none afterwards. check_only: changes nothing, and begins nothing.
 */
int run_begin(struct running *running, const char *pin_dir, struct run_wish *wish, bool check_only, struct error *err);

/*
 * Ends it: kills what is left of its processes, unless linger, which leaves them confined; then removes what
 * run_begin() made. While the policy is locked that stays: see runs_collect(). -1 with the error set when some do not
 * end; they stay confined.
 */
int run_end(struct running *running, bool linger, struct error *err);

/* Reads its counts. wait: for who has the lock. false: they cannot be read. */
bool run_counts(const struct running *running, bool wait, struct run *counts);

/* Removes what is left of runs that are over: those that ended while the policy was locked. Takes the lock itself. */
void runs_collect(const char *pin_dir);

/* Runs that the policy confines. */
struct runs_count {
	size_t now;  /* whose starter lives */
	size_t left; /* others with processes: they linger, or their starter was killed */
};

/* True when all programs that confine runs are attached. The caller holds a lock on the pins. */
bool runs_are_confined(const struct pins *pins);

struct runs_count runs_count(const struct config *config);

/* Removes the cgroups of runs that are over, and RUN_ROOT: for unload. */
void runs_clean(void);

#endif
