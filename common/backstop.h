/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program that judges packets as they leave (bpf/egress.h). That it is attached and that the setting says so are
 * two things: it lets everything pass while the setting in force is off. So it is attached before a setting is
 * published that may come into force, and detached when none is left. A command that is killed in between leaves it
 * attached, which costs a little time and changes nothing, until the next one settles it. The caller holds the
 * exclusive lock.
 */
#ifndef LSMCTL_BACKSTOP_H
#define LSMCTL_BACKSTOP_H

#include <stdbool.h>
#include "error.h"
#include "pins.h"
#include "ruleset.h"

/* Whether settings that are in force, or come back when a trial ends, want it. */
bool backstop_wanted(struct ruleset *rules);

/* Attaches it, where it is not attached already: 1 when it was not, 0, or -1 with the error set. */
int backstop_attach(const struct pins *pins, struct error *err);

/* Attaches or detaches it, as the rules want it: 1 when that changes something, 0, or -1 with the error set. */
int backstop_settle(const struct pins *pins, struct ruleset *rules, struct error *err);

/*
 * After what was attached before has become settings: detaches what is not wanted any more. That it cannot is no
 * failure of a command that has done its work: such a program lets all pass, and the next one settles it.
 */
void backstop_leave(const struct pins *pins, struct ruleset *rules);

/* Puts this binary's program in the place of the one that is there, with no instant without. */
int backstop_renew(const struct pins *pins, bool check_only, struct error *err);

#endif
