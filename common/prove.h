/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the kernel asks the programs, by trying: a call through each hook that the programs refuse for being a canary
 * (bpf/abi.h), and a packet that the backstop drops for it. "Attached" does not say "called": a module that is not
 * active, kernel.ftrace_enabled or another program on the same function keep the kernel from it.
 *
 * Nothing is written anywhere, so that any number may try at once and be killed at any instant. It takes a few dozen
 * system calls, none of which waits. All goes to this host's own loopback.
 */
#ifndef LSMCTL_PROVE_H
#define LSMCTL_PROVE_H

#include <stdbool.h>
#include <stdint.h>
#include "../bpf/abi.h"

enum proof {
	PROOF_UNTRIED, /* it cannot be tried here */
	PROOF_HELD,    /* the program refused the call, and the caller was told so */
	PROOF_SILENT,  /* the call got through, or something else refused it first */
};

struct proven {
	enum proof proof;
	int error;	 /* the errno that the call got, or 0: some are refused by the kernel where no program does */
	const char *why; /* it was not tried */
};

/*
 * Tries a hook, HOOK_EGRESS among them, of the policy whose config this is; config->canary is all that is looked at.
 * strict: sockets that would be needed are refused. Proves nothing of a hook that this kernel lacks.
 */
struct proven prove(const struct config *config, size_t hook, bool strict);

/* "untried", "held", "silent". */
const char *proof_name(enum proof proof);

/* A new value of config.canary. */
uint64_t prove_secret(void);

#endif
