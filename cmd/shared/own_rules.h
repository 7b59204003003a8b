/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds rules of a list that would cut this host off: public lists hold private networks, too. */
#ifndef LSMCTL_SHARED_OWN_RULES_H
#define LSMCTL_SHARED_OWN_RULES_H

#include <stddef.h>
#include <jansson.h>
#include "rule/rule.h"

struct own_rules;

/* NULL without memory. Free it. */
struct own_rules *own_rules_new(void);
void own_rules_free(struct own_rules *own);
/* Checks a rule of a line; file: its escaped name. With own NULL it does nothing. */
void own_rules_look(struct own_rules *own, const struct rule_spec *spec, const char *file, size_t line);
/* Warns of the rules found: in the document's array "warnings", or with NULL a line each on standard error. */
void own_rules_warn(const struct own_rules *own, json_t *root);

#endif
