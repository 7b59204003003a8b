/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes rules as JSON, one by one. */
#ifndef LSMCTL_SHARED_RULES_JSON_H
#define LSMCTL_SHARED_RULES_JSON_H

#include "rule/rule.h"
#include "output.h"

/* A JSON document whose last field is "rules". name: of a field before it, or NULL. */
struct rules_json {
	bool pretty;
	FILE *to;
	int64_t boot_offset;
	size_t n;
};

void rules_json_begin(struct rules_json *list, const struct output *out, FILE *to, const char *name,
		      const json_t *value);
int rules_json_add(struct rules_json *list, const struct rule_info *rule); /* as for ruleset_each() */
void rules_json_end(struct rules_json *list);

/* For the elements of an array in a document of the caller's, who has written the "[". */
struct rules_json rules_json_elements(const struct output *out, FILE *to);
void rules_json_end_elements(struct rules_json *list);

/* Returns a rule as in list, as a part of a larger document. */
json_t *output_rule(const struct rule_info *rule);

#endif
