/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LSMCTL_CMD_SHARED_PRIMED_H
#define LSMCTL_CMD_SHARED_PRIMED_H

#include "cmd.h"

/*
 * After a change of rules, without a lock: asks the name servers for each exact name in rules that has no address yet.
 * Warns of those without an answer. Does nothing for a dry run, and for a line of a batch, whose command does it at its
 * end.
 */
void prime_new_names(const struct invocation *inv);

#endif
