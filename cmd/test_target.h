/* SPDX-License-Identifier: GPL-2.0-only */
/* What people type behind test: an address, a host name or a URL, and the process that asks. */
#ifndef LSMCTL_TEST_TARGET_H
#define LSMCTL_TEST_TARGET_H

#include "name/resolve.h"
#include "policy/call.h"

struct target {
	char name[HOST_SIZE]; /* "": an address */
	struct call *calls;   /* one for each address */
	size_t n;
};

/* Resolves a name: the caller holds no lock. Free it, also after a failure. */
int target_parse(struct target *target, size_t n, char *const words[], struct error *err);
void target_free(struct target *target);

#endif
