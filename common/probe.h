/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel would make of a call: asks the pinned program, which walks what the hooks walk. */
#ifndef LSMCTL_PROBE_H
#define LSMCTL_PROBE_H

#include "../bpf/abi.h"
#include "call.h"
#include "pins.h"

/* The caller holds the lock on the pins, so that the slots of the answer are those of the rules that it reads. */
int probe(const struct pins *pins, const struct call *call, struct test_answer *answer, struct error *err);

#endif
