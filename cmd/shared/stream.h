/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by watch and learn, which run until a signal and then release what they took. */
#ifndef LSMCTL_SHARED_STREAM_H
#define LSMCTL_SHARED_STREAM_H

#include "policy/watcher.h"
#include "cmd.h"

/* From here on, SIGINT, SIGTERM and SIGHUP only make stream_ended() true, and a closed pipe is a write error. */
void stream_begin(void);
bool stream_ended(void);

/* Returns whether the reader of standard output is gone. */
bool stream_is_closed(void);
/* Call it last. If the reader of standard output is gone, ends the process by SIGPIPE, without a message. */
void stream_finish(void);

/* Takes a handle of the loaded policy, during a trial too. Takes over map_fd. */
int stream_attach(const struct invocation *inv, struct watcher_handle *handle, enum watcher_kind kind,
		  uint32_t verdicts, int map_fd, struct error *err);

#endif
