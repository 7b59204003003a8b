/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of rules that come from host names when these have other addresses. */
#ifndef LSMCTL_REFRESH_H
#define LSMCTL_REFRESH_H

#include "named.h"
#include "ruleset.h"

/* Adds the names that the rules of a set come from. ERR_NOT_FOUND: there is no such set, or it has none. */
int refresh_hosts(struct ruleset *rs, const char *set, struct hosts *hosts, struct error *err);

/*
 * Puts into a replacement of the set what it has to be now that its names, all of which are resolved, have these
 * addresses. Rules that come from no name stay, and so do those of addresses that a name still has. A new address is
 * given a rule like each of the name's others, unless it has one that does not come from these: *elsewhere counts
 * those of other sets. Refused when a name would have no rule at all then, and so would be forgotten.
 */
int refresh_fill(struct ruleset *rs, struct replacement *replacement, const struct hosts *hosts, uint32_t *elsewhere,
		 struct error *err);

/*
 * Before rules of rules_parse_named() are put in: one that is there already from another name of the set gets both
 * names. Refused when there is one that does not come from names of this set, which refresh would take away or leave.
 */
int refresh_join(struct ruleset *rs, struct rule_spec *specs, size_t n, struct error *err);

#endif
