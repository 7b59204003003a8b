/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers processes for reports of decisions by the programs. Each takes a slot of an outer map, and puts its own map
 * there. A lock on a byte of the pin directory holds the slot, and the kernel releases it when the process ends in any
 * way. The next command that changes something frees the slots of dead processes.
 */
#ifndef LSMCTL_POLICY_WATCHER_H
#define LSMCTL_POLICY_WATCHER_H

#include "table/ruleset.h"

enum watcher_kind {
	WATCHER_EVENTS, /* `watch`: a ring of events */
	WATCHER_CALLS,	/* `learn`: a hash of distinct calls */
};

struct watcher_handle {
	enum watcher_kind kind;
	uint32_t slot;
	int lock_fd; /* -1: no slot taken */
	int map_fd;  /* the inner map, owned */
	int peek;    /* the program "peek": no map of the policy stays open, so that it can be locked meanwhile */
};

#define WATCHER_NONE ((struct watcher_handle){.lock_fd = -1, .map_fd = -1, .peek = -1})

/*
 * Takes a free slot. The caller holds the exclusive lock on the pin directory, of a loaded policy. verdicts: bits 1 <<
 * enum verdict, for a watcher. Takes over map_fd, also on failure.
 */
int watcher_attach(struct watcher_handle *handle, const struct pins *pins, enum watcher_kind kind, uint32_t verdicts,
		   int map_fd, struct error *err);

/*
 * Gives the slot back. The caller holds no lock; this waits for other commands. Does nothing when the policy is
 * unloaded.
 */
void watcher_detach(struct watcher_handle *handle, const char *pin_dir);

/* Returns the number of decisions that could not be recorded for this handle. */
uint64_t watcher_lost(struct watcher_handle *handle);
/*
 * True when the policy that it belongs to is unloaded. Ask at least every WATCHER_PATIENCE: after an upgrade the handle
 * goes on by its programs from then on.
 */
#define WATCHER_PATIENCE 500 /* ms */
bool watcher_is_over(struct watcher_handle *handle);

/* Counts the living processes that hold a slot. The caller holds a lock on the pin directory, shared or exclusive. */
uint32_t watchers_count(const struct pins *pins, enum watcher_kind kind);

/* Frees the slots of dead processes; cheap while no slot is taken. The caller holds the exclusive lock. */
void watchers_sweep(const struct pins *pins, struct ruleset *rs);

#endif
