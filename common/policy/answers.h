/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attaches and detaches the program that remembers who sent datagrams (bpf/ingress.bpf.h), and makes its map. Both are
 * there only while some settings block by default and want answers. Attach before publishing such settings. Without the
 * program nothing opens: UDP servers cannot answer, and status says so. The caller holds the exclusive lock.
 */
#ifndef LSMCTL_POLICY_ANSWERS_H
#define LSMCTL_POLICY_ANSWERS_H

#include <stdbool.h>
#include "base/error.h"
#include "host/pins.h"
#include "table/ruleset.h"

/* True when these settings need the program. */
bool answers_needed(const struct settings *settings);

/* True when the settings in force, or the settings that return when a trial ends, need the program. */
bool answers_wanted(struct ruleset *rules);

/* Attaches the program. 1: attached now; 0: was attached before; -1 with the error set. */
int answers_attach(const struct pins *pins, struct ruleset *rules, struct error *err);

/* Attaches or detaches, as the settings need. 1: changed something; 0: nothing to do; -1 with the error set. */
int answers_settle(const struct pins *pins, struct ruleset *rules, struct error *err);

/* Detaches the program when the published settings do not need it. The next command repeats what fails. */
void answers_leave(const struct pins *pins, struct ruleset *rules);

/* Replaces the attached program by this binary's. Remembered senders stay. */
int answers_renew(const struct pins *pins, bool check_only, struct error *err);

/* Senders in the map. forgotten: pushed out of the full map since it was made. */
struct answers_count {
	uint32_t remembered, recent;
	uint64_t forgotten;
};

/* False: no map, or it cannot be read. */
bool answers_count(const struct config *config, struct answers_count *count);

#endif
