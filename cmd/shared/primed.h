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

/*
 * Asks for all exact names in rules, also for those that have addresses, so that they stay known. Puts into root how
 * many, and those without an answer; warns of these unless the output is JSON. A dry run asks for none. -1 with the
 * error set.
 */
int prime_all_names(const struct invocation *inv, json_t *root, struct error *err);

#endif
