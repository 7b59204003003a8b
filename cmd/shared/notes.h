/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a decision alone does not explain: programs connect UDP sockets only to learn a source address (ping, to port
 * 1025) or an order of addresses (getaddrinfo(3), often to port 0). Nothing is sent, but what the socket sends later is
 * not judged, so such a connect is judged as any other.
 */
#ifndef LSMCTL_SHARED_NOTES_H
#define LSMCTL_SHARED_NOTES_H

#include <stddef.h>
#include "policy/ask.h"

#define NOTE_SIZE 512

/* Writes what else there is to know of a call that was tested, for people; or "". The caller holds the lock on the
 * pins. */
void note_of_call(const struct pins *pins, const struct call *call, const struct test_answer *answer,
		  const struct settings *settings, char note[NOTE_SIZE]);

/* Returns the same of a blocked call, in a few words; or NULL. */
const char *note_of_event(const struct event *event);

#endif
