/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps of runs: see bpf/run.h. Each store is one step for the kernel, and a run without an entry in "runs" reaches
 * nothing. So they need no lock but the shared one, which keeps the pins there. Only under it the maps may be open,
 * "run_seen" excepted: a policy whose other maps somebody has open cannot be locked.
 */
#ifndef LSMCTL_RUN_MAPS_H
#define LSMCTL_RUN_MAPS_H

#include "bpf/run.h"
#include "base/error.h"
#include "host/pins.h"
#include "reach.h"

struct run_maps {
	int runs, rules, sockets, seen; /* fds; -1: closed. Nothing is decided by "seen" */
};

#define RUN_MAPS_CLOSED ((struct run_maps){-1, -1, -1, -1})

int run_maps_open(struct run_maps *maps, const struct pins *pins, struct error *err);
void run_maps_close(struct run_maps *maps);
/* Closes all but "seen". */
void run_maps_close_deciding(struct run_maps *maps);

/* Puts in what a run may reach, and then the run. After a failure, run_maps_drop() removes what is there. */
int run_maps_put(const struct run_maps *maps, uint64_t id, const struct reach *reach, struct run_socket *sockets,
		 size_t n_sockets, bool audit, struct error *err);

/* Removes the run, and then all entries with its id. reach: what it was given; NULL: unknown. */
void run_maps_drop(const struct run_maps *maps, uint64_t id, const struct reach *reach);

/* A call that was recorded. */
struct seen {
	struct run_call call;
	struct run_seen seen;
};

/* Reads the counts of a run, also when the policy is locked. false: it is not there. */
bool run_maps_counts(const struct pins *pins, uint64_t id, struct run *run);

/* Copies the recorded calls of a run, in order of time. Free *calls. Returns their number, or -1 with the error set. */
ssize_t run_maps_seen(const struct run_maps *maps, uint64_t id, struct seen **calls, struct error *err);

#endif
