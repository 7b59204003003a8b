/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tries every way (ways.h) for real, in a child process with its own network namespace. All packets stay there: they
 * cross its loopback device, whose counter sees every packet of every protocol.
 */
#ifndef LSMCTL_DOCTOR_SELFTEST_H
#define LSMCTL_DOCTOR_SELFTEST_H

#include "bpf/abi.h"
#include "base/error.h"
#include "ways.h"

/* The result of an attempt. */
struct tried {
	bool done;
	bool lacks;	      /* this kernel lacks a part that the attempt needs */
	int error;	      /* errno of the call, positive, or 0 */
	unsigned int packets; /* packets that left, without the allowed ones */
};

enum outcome {
	OUTCOME_HELD,
	OUTCOME_OPEN,
	OUTCOME_LACKING, /* not on this kernel: the control attempt, on a destination without a rule, showed that */
};

struct judgement {
	enum outcome outcome;
	const char *closed_by; /* for an open way: the command that closes it, or NULL when it must not be open */
	bool known;	       /* open by design until a setting closes it */
	bool held_for_all;     /* every destination is refused, with or without a rule */
};

/* Returns "held", "open" or "not_on_this_kernel". */
const char *outcome_name(enum outcome outcome);

/*
 * Tries all n ways. before: the results without a block, or NULL; skips the ways that are lacking there. The child has
 * ended when this returns.
 */
int selftest_try(const struct selftest_targets *to, const struct tried *before, struct tried *tried, size_t n,
		 struct error *err);

/* control: without a block; blocked: with the target blocked. */
struct judgement selftest_judge(const struct way *way, const struct tried *control, const struct tried *blocked,
				const struct settings *settings);

/* Gives the process a network namespace with these addresses and with listeners. 0, or -errno. */
int selftest_network(const struct selftest_targets *to);
/* Returns the number of packets that left through the loopback device, or -1. */
long selftest_packets(void);

#endif
