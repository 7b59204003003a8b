/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule as a JSON object, as text: the one place that knows its fields. Written by hand and not by jansson, since a
 * list of a million is what a program waits for; jansson reads it back where it becomes part of a bigger document.
 */
#ifndef LSMCTL_RULE_JSON_H
#define LSMCTL_RULE_JSON_H

#include <jansson.h>
#include "rule.h"

#define RULE_JSON_SIZE 8192 /* more than any rule needs, with every byte of its text escaped */

/* Returns the length of the text, which is NUL-terminated. boot_offset: see clock_offset(). */
size_t rule_json(const struct rule_info *rule, int64_t boot_offset, char text[RULE_JSON_SIZE]);

/* The same as a value; never NULL but without memory. */
json_t *rule_json_value(const struct rule_info *rule);

/* CLOCK_REALTIME - CLOCK_BOOTTIME, ns: what makes a time of the kernel's one of the calendar. */
int64_t clock_offset(void);

#endif
