/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells watchers what a command did. Only a program in the kernel can write into their rings. */
#ifndef LSMCTL_POLICY_TELL_H
#define LSMCTL_POLICY_TELL_H

#include <stdbool.h>
#include "bpf/abi.h"
#include "base/error.h"
#include "host/pins.h"
#include "table/ruleset.h"

/* The program, open to tell of many connections. */
struct teller {
	int prog; /* -1: nobody watches */
};

/* Without watchers loads nothing, and nobody is told. Close it after success; -1 with the error set. */
int teller_open(struct teller *teller, const struct pins *pins, struct ruleset *rules, struct error *err);
/* Tells of a connection that was closed. The program sets the time. What finds no room in a ring is counted as lost. */
int teller_tell(const struct teller *teller, const struct event *event, struct error *err);
/* False when nobody would be told. */
static inline bool teller_is_watched(const struct teller *teller)
{
	return teller->prog >= 0;
}

void teller_close(struct teller *teller);

#endif
