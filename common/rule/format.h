/* SPDX-License-Identifier: GPL-2.0-only */
/* Formats a rule as the command that creates it. */
#ifndef LSMCTL_RULE_FORMAT_H
#define LSMCTL_RULE_FORMAT_H

#include "prefix.h"
#include "rule.h"

/*
 * Returns the command without the program's name: block 1.1.1.1 port 443 proto tcp uid 1000 timeout 5m set x errno
 * EACCES comment "x". Always printable, whatever the rule contains. Free it; NULL: no memory.
 */
char *rule_format(const struct rule_spec *spec);

/*
 * Formats " cgroup /path" or " unit name" (quoted only where they need it), " exe /path", " uid 1000", " gid 7", or "".
 * Paths may have any bytes: escape it. Free it; NULL: no memory.
 */
char *rule_format_subject(const struct rule_spec *spec);

/* True when the rule has only verdict and destination, as nearly all rules of a long list. */
bool rule_is_plain(const struct rule_spec *spec);

#define RULE_PLAIN_SIZE (2 * PREFIX_TEXT_SIZE + SET_SIZE + 96)

/*
 * Formats a rule without a subject and a comment, which takes no memory. Returns false for any other rule, and for a
 * set whose name needs to be escaped. Quick for a plain one.
 */
bool rule_format_plain(const struct rule_spec *spec, char text[RULE_PLAIN_SIZE]);

#endif
