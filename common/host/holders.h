/* SPDX-License-Identifier: GPL-2.0-only */
/* Which processes have which sockets open. */
#ifndef LSMCTL_HOST_HOLDERS_H
#define LSMCTL_HOST_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"
#include "bpf/holder.h"

/* The caller zeroes it, and frees it with holders_free(). */
struct holders {
	struct holder *at; /* by inode, then by process */
	size_t n;
};

/*
 * Looks into all processes, as the program HOLDERS_PROG shows them, or without it (-1) /proc, which takes twenty times
 * as long. Leaves out those that it may not look into, or that have just ended.
 */
int holders_find(struct holders *holders, int prog, struct error *err);
void holders_free(struct holders *holders);

/* Returns the first holder of a socket, or NULL. *n: their number, each process once. */
struct holder *holders_of(const struct holders *holders, uint32_t inode, uint32_t *n);

/* Opens the network namespace of a socket that a process has (close it), or returns -1. */
int holder_open_net(const struct holder *holder);

#endif
