/* SPDX-License-Identifier: GPL-2.0-only */
/* The effect of a rule: its verdict, and the errno of a blocked call. */
#ifndef LSMCTL_RULE_VERDICT_H
#define LSMCTL_RULE_VERDICT_H

#include <stddef.h>
#include "bpf/abi.h"

/* Convert between verdicts and "allow", "block", "audit"; -1 for another word. */
const char *verdict_name(enum verdict verdict);
int verdict_parse(const char *word);

/* Convert between the errors that a rule can return and their names, "EPERM" and others; NULL and -1 for others. */
const char *rule_errno_name(int error);
int rule_errno_parse(const char *word);
const char *rule_errno_word(size_t i); /* the i-th, or NULL past the last */

#endif
