/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attaches and detaches the programs that see sockets being made (bpf/create.bpf.h). socket(2) costs more with them, so
 * they are attached only while something needs them: see needed.h. The caller holds the exclusive lock, where nothing
 * else is said.
 */
#ifndef LSMCTL_POLICY_CREATION_H
#define LSMCTL_POLICY_CREATION_H

#include <stdbool.h>
#include "bpf/abi.h"
#include "base/error.h"
#include "host/pins.h"

/* True when each is attached whose hook this kernel has, or while no program judges calls. Either lock suffices. */
bool creation_is_attached(const struct pins *pins, const struct config *config);

/* Attaches them, and proves that the kernel calls them. 1: attached now; 0: nothing to do; -1 with the error set. */
int creation_attach(const struct pins *pins, const struct config *config, struct error *err);

/* Removes the pins, so that the kernel detaches them. 1: done; 0: there were none; -1 with the error set. */
int creation_detach(const struct pins *pins, struct error *err);

/* Attaches this binary's, in place of those that are there. check_only: loads them, and changes nothing. */
int creation_renew(const struct pins *pins, const struct config *config, bool check_only, struct error *err);

#endif
