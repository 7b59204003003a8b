/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs without which a setting would not hold, and which are attached only while one needs them:
 *
 *   the backstop (bpf/egress.bpf.h)             while it is on
 *   what sees sockets being made (creation.h)   while strict or the backstop is on, for whose packets it notes which
 *                                               program made the socket; and from the first run on
 *
 * The setting in force says what they do: while none needs them, they let everything pass. Attach them before
 * publishing a setting that needs them, and detach them after. A command killed in between leaves them attached: this
 * costs a little time and changes no decision, and the next command settles it. The caller holds the exclusive lock.
 */
#ifndef LSMCTL_POLICY_NEEDED_H
#define LSMCTL_POLICY_NEEDED_H

#include <stdbool.h>
#include "base/error.h"
#include "host/pins.h"
#include "table/ruleset.h"

/*
 * True when the settings in force, or the settings that return when a trial ends, or runs need to see sockets being
 * made. Either lock suffices.
 */
bool needed_at_creation(const struct pins *pins, struct ruleset *rules);

/* Attaches what these settings need. 1: attached now; 0: was attached before; -1 with the error set. */
int needed_attach(const struct pins *pins, struct ruleset *rules, const struct settings *settings, struct error *err);

/*
 * Attaches or detaches, as the settings and runs need. 1: changed something; 0: nothing to do; -1 with the error set.
 */
int needed_settle(const struct pins *pins, struct ruleset *rules, struct error *err);

/*
 * Detaches what the published settings do not need. A failure is no error for the command, which has done its work: the
 * programs let everything pass, and the next command settles it.
 */
void needed_leave(const struct pins *pins, struct ruleset *rules);

/*
 * Replaces what is needed by this binary's, and detaches the rest. Neither packets nor sockets ever pass without one of
 * the two. 0, or -1 with the error set.
 */
int needed_renew(const struct pins *pins, struct ruleset *rules, bool check_only, struct error *err);

#endif
