/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Proves by trial that the kernel calls the programs: makes a call through each hook that the program refuses because
 * it carries a canary (bpf/abi.h), and sends a packet that the backstop drops for the same reason. "Attached" does not
 * mean "called": an inactive module, kernel.ftrace_enabled=0, or another program on the same function can prevent the
 * call.
 *
 * Writes nothing, so that any number of processes may try at once and be killed at any instant. Takes a few dozen
 * system calls, none of which blocks. All traffic stays on the loopback device of this host.
 */
#ifndef LSMCTL_POLICY_PROVE_H
#define LSMCTL_POLICY_PROVE_H

#include <stdbool.h>
#include <stdint.h>
#include "bpf/abi.h"
#include "base/error.h"

enum proof {
	PROOF_UNTRIED, /* no trial possible here */
	PROOF_HELD,    /* the program refused the call, and the caller got its error */
	PROOF_SILENT,  /* the call got through, or another check refused it first */
};

struct proven {
	enum proof proof;
	int error;	 /* the errno of the call, or 0: the kernel itself may refuse some calls */
	const char *why; /* why no trial was made */
};

/*
 * Tries one hook, HOOK_EGRESS included, of the policy with this config. Reads config->canary only. strict: the sockets
 * for some trials are refused. Proves nothing for a hook that this kernel lacks.
 */
struct proven prove(const struct config *config, size_t hook, bool strict);

/*
 * Fails, with the error set, when the kernel does not call the program of an attached hook, or when that cannot be
 * tried: but without SCTP nothing reaches its hook.
 */
int prove_called(const struct config *config, size_t hook, struct error *err);

/* "untried", "held", "silent". */
const char *proof_name(enum proof proof);

/* Returns a new value for config.canary. */
uint64_t prove_secret(void);

#endif
