/* SPDX-License-Identifier: GPL-2.0-only */
/* Updates rules that come from host names when the names have new addresses. */
#ifndef LSMCTL_NAME_REFRESH_H
#define LSMCTL_NAME_REFRESH_H

#include "rule/except.h"
#include "table/ruleset.h"
#include "origin.h"

/* Adds the names behind the rules of a set. ERR_NOT_FOUND: no such set, or a set without names. */
int refresh_hosts(struct ruleset *rs, const char *set, struct hosts *hosts, struct error *err);

/*
 * Fills the replacement of a set from the current addresses of its names, all resolved. Keeps rules without a name, and
 * rules for addresses that a name still has. For a new address, adds a rule like each of the name's other rules, unless
 * a rule without these names has its identity. Refuses when a name would end up without any rule, and thus be
 * forgotten. Adds and keeps no block or audit rule of a name for what is excepted.
 */
int refresh_fill(struct ruleset *rs, struct replacement *replacement, const struct hosts *hosts,
		 const struct except *except, struct error *err);

/*
 * Call it before adding rules of rules_parse_hosts(). Gives a rule that another name of the set made already both
 * names. Refuses when a rule of this set with the same identity comes from no name: a refresh would remove it.
 */
int refresh_join(struct ruleset *rs, struct rule_spec *specs, size_t n, struct error *err);

#endif
