/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Formats a rule as a JSON object. Only this file knows the fields. It does not use jansson, since programs wait for
 * lists of a million rules; jansson parses the text where a rule becomes part of a larger document.
 */
#ifndef LSMCTL_RULE_JSON_H
#define LSMCTL_RULE_JSON_H

#include <jansson.h>
#include "rule.h"

#define RULE_JSON_SIZE 8192 /* enough for any rule with every byte escaped */

/* Returns the length of the text, which is NUL-terminated. boot_offset: see clock_offset(). */
size_t rule_json(const struct rule_info *rule, int64_t boot_offset, char text[RULE_JSON_SIZE]);

/* The same as a jansson value. NULL only without memory. */
json_t *rule_json_value(const struct rule_info *rule);

#endif
