/* SPDX-License-Identifier: GPL-2.0-only */
/* A recorded call of a run in words. */
#ifndef LSMCTL_RUN_SEEN_H
#define LSMCTL_RUN_SEEN_H

#include <stdbool.h>
#include "run/maps.h"

#define SEEN_TARGET_SIZE (PREFIX_TEXT_SIZE + (size_t)2 * RUN_PATH_SIZE)
#define SEEN_OPTION_SIZE (SEEN_TARGET_SIZE + 32)

/* True when it was refused, or, by a run that only records, would have been. */
bool seen_is_refused(const struct seen *seen);

/* Where it went: "192.0.2.1:443", "unix:/run/x.sock", "process 812 (bash)". May hold raw text of others: escape it. */
void seen_target(const struct seen *seen, char text[SEEN_TARGET_SIZE]);

/* "tcp", or "-" */
void seen_proto(const struct seen *seen, char text[16]);

/* The program's name. Raw text, like the above. */
void seen_program(const struct seen *seen, char text[sizeof(seen->call.comm) + 1]);

/* Returns who refused it: "run", "policy"; or NULL. */
const char *seen_by(const struct seen *seen);

/* The options that let it pass: "--allow 192.0.2.1:443". "": no option does. */
void seen_option(const struct seen *seen, char text[SEEN_OPTION_SIZE]);

/* Makes the rule that lets it pass. false: none does. */
bool seen_rule(const struct seen *seen, struct rule_spec *spec);

#endif
