/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal as something that is drawn again and again in place, and looks as it did before when that ends. */
#ifndef LSMCTL_SCREEN_H
#define LSMCTL_SCREEN_H

#include <termios.h>
#include "../common/output.h"

struct screen {
	bool on;   /* it is drawn on */
	bool keys; /* and keys are read */
	struct termios before;
};

/*
 * After stream_begin(). Where standard output is no terminal to draw on, or a table for programs is wanted, it stays
 * off, and screen_wait() is all there is to it.
 */
void screen_open(struct screen *screen, const struct output *out);
void screen_close(struct screen *screen);

/* Puts the lines of the text in the place of what was there, without those for which the window has no room. */
void screen_show(const char *text);

enum screen_event {
	SCREEN_TIME,   /* it is time */
	SCREEN_REDRAW, /* what was shown is gone, or the size is another */
	SCREEN_END,    /* q was typed, or stream_ended() */
};

/* Waits until then (CLOCK_MONOTONIC, ns) or for something else. */
enum screen_event screen_wait(struct screen *screen, uint64_t until);

#endif
