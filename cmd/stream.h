/* SPDX-License-Identifier: GPL-2.0-only */
/* What watch and learn share: they run until they are told to stop, and then give back what they took. */
#ifndef LSMCTL_STREAM_H
#define LSMCTL_STREAM_H

#include "cmd.h"
#include "../common/seat.h"

/* From here on SIGINT, SIGTERM and SIGHUP only make stream_ended() true, and a closed pipe is an error of writing. */
void stream_begin(void);
bool stream_ended(void);

/* Takes a seat in the policy that is loaded, also while something is on trial. map_fd is taken over. */
int stream_seat(const struct invocation *inv, struct seat *seat, enum seat_kind kind, uint32_t verdicts, int map_fd,
		struct error *err);

#endif
