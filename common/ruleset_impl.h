/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that make up the ruleset share, and nobody else includes. */
#ifndef LSMCTL_RULESET_IMPL_H
#define LSMCTL_RULESET_IMPL_H

#include "ruleset.h"
#include "tables.h"

struct ruleset {
	struct tables t;
};

/* The rule in a slot; false when it is removed, or its time is up. */
bool ruleset_decode(struct ruleset *rs, uint32_t slot, uint64_t now, struct rule_info *info);

/* What the rule has of it, or NULL; the name of a set, "" if there is none with this index. */
const struct extra *ruleset_extra(struct ruleset *rs, const struct rule *rule);
void ruleset_set_name(struct ruleset *rs, uint32_t index, char name[SET_SIZE]);

/* Builds the tables from the rules, and leaves out what is no longer used. */
int ruleset_recompile(struct ruleset *rs, struct error *err);

/* ERR_FULL when so many more do not fit. */
int ruleset_check_room(struct ruleset *rs, uint32_t count, size_t wanted, struct error *err);

#endif
