/* SPDX-License-Identifier: GPL-2.0-only */
/* Draws on the terminal repeatedly, in place, and restores it at the end. */
#ifndef LSMCTL_SHARED_SCREEN_H
#define LSMCTL_SHARED_SCREEN_H

#include <termios.h>
#include "output.h"

struct screen {
	bool on;   /* true: drawing */
	bool keys; /* true: reading keys too */
	struct termios before;
};

/*
 * Call it after stream_begin(). Stays off when standard output is not a terminal, or a table for programs is wanted;
 * then only screen_wait() does anything.
 */
void screen_open(struct screen *screen, const struct output *out);
void screen_close(struct screen *screen);

/* Replaces the shown text by these lines, as far as they fit the window. */
void screen_show(const char *text);

enum screen_event {
	SCREEN_TIME,   /* the time has come */
	SCREEN_REDRAW, /* the picture is gone, or the window has another size */
	SCREEN_END,    /* the user typed q, or stream_ended() */
};

/* Waits until then (CLOCK_MONOTONIC, ns) or for another event. */
enum screen_event screen_wait(struct screen *screen, uint64_t until);

#endif
