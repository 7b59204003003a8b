/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attaches and detaches the program that judges outgoing packets (bpf/egress.bpf.h). The setting says whether it
 * blocks: while the setting in force is off, the attached program lets every packet pass. Attach it before publishing a
 * setting that needs it. Detach it when no setting needs it. A command killed in between leaves it attached: this costs
 * a little time and changes no decision, and the next command settles it. The caller holds the exclusive lock.
 */
#ifndef LSMCTL_POLICY_BACKSTOP_H
#define LSMCTL_POLICY_BACKSTOP_H

#include <stdbool.h>
#include "base/error.h"
#include "host/pins.h"
#include "table/ruleset.h"

/* True when the settings in force, or the settings that return when a trial ends, need the backstop. */
bool backstop_wanted(struct ruleset *rules);

/* Attaches the backstop. 1: attached now; 0: was attached before; -1 with the error set. */
int backstop_attach(const struct pins *pins, struct error *err);

/*
 * Attaches or detaches the backstop as the settings need. 1: changed something; 0: nothing to do; -1 with the error
 * set.
 */
int backstop_settle(const struct pins *pins, struct ruleset *rules, struct error *err);

/*
 * Detaches the backstop when the published settings do not need it. A failure is no error for the command, which has
 * done its work: the program lets all packets pass, and the next command settles it.
 */
void backstop_leave(const struct pins *pins, struct ruleset *rules);

/* Replaces the attached program by this binary's. Packets never pass without one of the two. */
int backstop_renew(const struct pins *pins, bool check_only, struct error *err);

#endif
