/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the kernel which sockets a network namespace has, and makes it close some: sock_diag(7). */
#ifndef LSMCTL_FLOW_DIAG_H
#define LSMCTL_FLOW_DIAG_H

#include <stddef.h>
#include "base/error.h"
#include "flow.h"

/*
 * Calls each for the sockets of one kind. The kernel loads the module that knows them. A flow says nothing yet of its
 * namespace, its process and the policy. 0; or an errno: ENOENT when the kernel does not know this kind.
 */
int diag_list(int diag, enum flow_kind kind, void (*each)(const struct flow *flow, void *arg), void *arg);

/*
 * Closes the sockets of n flows in the namespace of diag. Sets each result to 0 or an errno: ENOENT when the socket is
 * gone already, EOPNOTSUPP when the kernel cannot close its kind.
 */
void diag_close(int diag, struct flow *const flows[], size_t n, int results[]);

#endif
