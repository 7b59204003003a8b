/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of an event as people read them. */
#ifndef LSMCTL_WATCH_EVENT_H
#define LSMCTL_WATCH_EVENT_H

#include <sys/types.h>
#include "bpf/abi.h"
#include "rule/prefix.h"

#define EVENT_TARGET_SIZE (PREFIX_TEXT_SIZE + 32)

/* The word for people and programs: the verdict, or "cut". */
const char *event_verdict(const struct event *event);
/* The target of the call: an address with its port, or the kind of object refused. */
void event_target(const struct event *event, char text[EVENT_TARGET_SIZE]);
/* Only its address. */
void event_destination(const struct event *event, char text[PREFIX_TEXT_SIZE]);
/* "-" without an address. */
void event_proto(const struct event *event, char text[16]);
/* The name of the thread, as it is: escape it. */
void event_comm(const struct event *event, char text[sizeof(((struct event *)0)->comm) + 1]);
/* Prints a gap, and the path; in parentheses, if a rule for it would not be for this process. */
void event_print_program(const struct event *event, const char *program, const char *gap);
/* Escapes the name: a directory service may give a user any name. Free it; NULL: no memory. */
char *event_user(uint32_t uid);

#endif
