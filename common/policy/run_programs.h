/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs that only runs need: see bpf/run_hooks.bpf.h. The first run attaches them, and they stay until unload,
 * since attaching takes longer than most commands. The caller holds the exclusive lock, where nothing else is said.
 */
#ifndef LSMCTL_POLICY_RUN_PROGRAMS_H
#define LSMCTL_POLICY_RUN_PROGRAMS_H

#include <stdbool.h>
#include "bpf/run.h"
#include "base/error.h"
#include "host/pins.h"
#include "programs.h"

#define RUN_PROGRAMS 7

/* Lists the ids of their links, of those that are attached. Returns the number. Either lock suffices. */
size_t run_programs_links(const struct pins *pins, uint32_t ids[RUN_PROGRAMS]);

/* Reads their state. Of those that are not attached the ids are 0. Either lock suffices. */
int run_programs_read(const struct pins *pins, struct program_info programs[RUN_PROGRAMS], struct error *err);

/* True when all are attached, and the one for packets to this cgroup. Either lock suffices. */
bool run_programs_are_attached(const struct pins *pins, uint64_t run_root);

/* True from the first run on. Either lock suffices. */
bool run_programs_are_there(const struct pins *pins);

/* Attaches this binary's, in place of those that are there. root_fd: the cgroup of all runs. */
int run_programs_attach(const struct pins *pins, enum attach attach, int root_fd, struct error *err);

/* The same, if any is attached. */
int run_programs_renew(const struct pins *pins, enum attach attach, struct error *err);

/*
 * For load: refuses all calls of runs that outlived another policy, whose rules are gone. Nothing to do without such.
 */
int run_programs_adopt(const struct pins *pins, struct config *config, struct error *err);

#endif
