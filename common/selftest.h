/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trying every way (ways.h) for real, in a child process with a network namespace of its own, where all packets stay:
 * they go over its loopback device, whose counter sees whatever leaves a socket, of any protocol.
 */
#ifndef LSMCTL_SELFTEST_H
#define LSMCTL_SELFTEST_H

#include "../bpf/abi.h"
#include "error.h"
#include "ways.h"

/* What came of an attempt. */
struct tried {
	bool done;
	bool lacks;	      /* what it takes is not on this kernel */
	int error;	      /* positive errno of the call, or 0 */
	unsigned int packets; /* that left, without those that were allowed */
};

enum outcome {
	OUTCOME_HELD,
	OUTCOME_OPEN,
	OUTCOME_LACKING, /* not on this kernel, as the attempt on a destination that nobody blocks has shown */
};

struct judgement {
	enum outcome outcome;
	const char *closed_by; /* of an open one: what to type, or NULL where nothing may be open */
	bool known;	       /* open by its nature, as long as nothing closes it */
	bool held_for_all;     /* refused for each destination, also for one that is not blocked */
};

/* "held", "open" or "not_on_this_kernel". */
const char *outcome_name(enum outcome outcome);

/*
 * Goes the n ways there are; before: what came of it when nothing was blocked, whose lacking ones are left out, or
 * NULL. The child is gone when it returns.
 */
int selftest_try(const struct destinations *to, const struct tried *before, struct tried *tried, size_t n,
		 struct error *err);

/* control: when nothing was blocked; blocked: when the target was. */
struct judgement selftest_judge(const struct way *way, const struct tried *control, const struct tried *blocked,
				const struct settings *settings);

/* Gives the process a network namespace with these addresses, and what listens there. 0, or -errno. */
int selftest_network(const struct destinations *to);
/* Packets that have left by its loopback device, or -1. */
long selftest_packets(void);

#endif
