/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is told of decisions: a watcher or a learner has a seat, the slot of an outer map with a map of its own in it. It
 * holds it by a lock on a byte of the pin directory, which goes when the process does, however it ends: the next
 * command that changes something takes back the seats of the dead.
 */
#ifndef LSMCTL_SEAT_H
#define LSMCTL_SEAT_H

#include "ruleset.h"
#include "window.h"

enum seat_kind {
	SEAT_WATCHER,
	SEAT_LEARNER,
};

struct seat {
	enum seat_kind kind;
	uint32_t slot;
	int lock_fd;	      /* -1: no seat */
	int map_fd;	      /* the inner map, ours */
	struct window shared; /* struct shared */
};

#define SEAT_NONE ((struct seat){.lock_fd = -1, .map_fd = -1, .shared = WINDOW_CLOSED})

/*
 * Takes a free seat, with the exclusive lock on the pin directory held. verdicts: bits 1 << enum verdict, of a watcher.
 * map_fd is taken over, also on failure.
 */
int seat_take(struct seat *seat, const struct pins *pins, struct ruleset *rs, enum seat_kind kind, uint32_t verdicts,
	      int map_fd, struct error *err);

/* Gives it back, without any lock held; waits for other commands. A policy that is unloaded needs nothing. */
void seat_leave(struct seat *seat, const char *pin_dir);

/* Decisions that could not be recorded for it. */
uint64_t seat_lost(struct seat *seat);
/* Whether the policy it was taken in is unloaded. */
bool seat_is_over(struct seat *seat);

/* How many of the living have one. With a lock on the pin directory held, shared or exclusive. */
uint32_t seats_taken(const struct pins *pins, enum seat_kind kind);

/* Takes back the seats of the dead; cheap while there is none taken. With the exclusive lock held. */
void seats_sweep(const struct pins *pins, struct ruleset *rs);

#endif
