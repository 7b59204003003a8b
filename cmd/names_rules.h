/* SPDX-License-Identifier: GPL-2.0-only */
/* Which rules are for which names. */
#ifndef LSMCTL_NAMES_RULES_H
#define LSMCTL_NAMES_RULES_H

#include <jansson.h>
#include "policy/name_list.h"
#include "table/ruleset.h"

struct name_rule {
	uint64_t id;	  /* of the name: see bpf/ruled_id.h */
	const char *text; /* stays while the process does */
	uint32_t rule;
};

/* The caller zeroes it, and frees it with name_rules_free(). */
struct name_rules {
	struct name_rule *by_id, *by_text;
	size_t n;
};

/* Lists the rules for names, without those for the word "resolvers". -1 with the error set. */
int name_rules_read(struct name_rules *rules, struct ruleset *from, struct error *err);
void name_rules_free(struct name_rules *rules);

/* Adds a row for each name in rules that no row's address has, to a list that name_list_ruled() has filled in. */
int name_rules_add_missing(const struct name_rules *rules, struct name_list *list, struct error *err);

/*
 * The ids of the rules for any of the names that a row's address has; for a row without an address, for its very name.
 * As an array; as text with commas, or "-".
 */
json_t *name_rules_value(const struct name_rules *rules, const struct name_row *row);
char *name_rules_text(const struct name_rules *rules, const struct name_row *row);

#endif
