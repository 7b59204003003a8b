/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the kernel how it would decide a call. The pinned program walks the same tables as the hooks. */
#ifndef LSMCTL_POLICY_ASK_H
#define LSMCTL_POLICY_ASK_H

#include "bpf/abi.h"
#include "host/pins.h"
#include "call.h"

/* The test program, open to ask it many questions. */
struct asker {
	int prog;
};

/* Closing is for what was opened; 0, or -1 with the error set. */
int asker_open(struct asker *asker, const struct pins *pins, struct error *err);
/*
 * Asks about a call of a process in these cgroups: the n ids that ask_cgroup_ids() lists. Does not
 * look at call->cgroup. The caller holds the lock on the pins, as for probe().
 */
int asker_ask(const struct asker *asker, const struct call *call, const __u64 cgroups[CGROUP_DEPTH], __u32 n,
	      struct test_answer *answer, struct error *err);
void asker_close(struct asker *asker);

/* Lists the ids of the root and of the cgroups from there to this one. Returns their number, at most CGROUP_DEPTH. */
__u32 ask_cgroup_ids(const char *cgroup, __u64 ids[CGROUP_DEPTH]);

/* The caller holds the lock on the pins, so that the slots in the answer name the rules that it reads. */
int probe(const struct pins *pins, const struct call *call, struct test_answer *answer, struct error *err);

#endif
