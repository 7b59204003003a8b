/* SPDX-License-Identifier: GPL-2.0-only */
/* A ruleset in private memory. The caller changes it freely, then publishes all of it at once. */
#ifndef LSMCTL_TABLE_DRAFT_H
#define LSMCTL_TABLE_DRAFT_H

#include "rule/rule.h"
#include "compile.h"
#include "intern.h"
#include "store.h"

/* Stands in for the id of a rule to drop. */
#define DRAFT_DROP UINT32_MAX

struct draft {
	struct rule *rules; /* id 0: a new rule; DRAFT_DROP: a rule to drop */
	uint32_t *origin;   /* 1 + the current slot of a rule in force; 0: a new rule. NULL: all are new */
	uint32_t n, room;
	uint32_t n_v4;	       /* the number of IPv4 rules that stay; valid after numbering */
	struct interned named; /* the subjects and sets of the rules */
	struct extra *extras;
	uint32_t n_extras, extra_room;
	uint32_t last_line, last_extra; /* cache: the last extra copied; many rules share one */
	struct item *items;		/* all rules, sorted; or NULL */
	uint32_t max_names;		/* in rules; 0: NAME_RULES */
	struct settings settings;	/* initially the current settings */
	uint64_t trial_until;		/* see tables_publish() */
	uint64_t now;			/* CLOCK_BOOTTIME, ns: timeouts start here */
};

/*
 * Copies the current subjects and sets, and no rules. The caller zeroes *draft before, and calls draft_free() after,
 * also on failure.
 */
int draft_begin(struct draft *draft, struct tables *t, struct error *err);
/* Adds the rules in force: of one set, or (set -1) of all sets, except those of the set `except` (-1: no exception). */
int draft_add_current(struct draft *draft, struct tables *t, int set, int except, struct error *err);
void draft_free(struct draft *draft);
/* Makes draft->origin. 0 or -ENOMEM. */
int draft_origins(struct draft *draft);

/* Appends a rule, as draft->rules[draft->n - 1]. draft_publish() sets the ids that are 0. */
int draft_add(struct draft *draft, const struct rule_spec *spec, struct error *err);

/* Returns the rule's comment and expiry, or NULL when it has neither. */
const struct extra *draft_extra(const struct draft *draft, const struct rule *rule);

/* Describes a rule of the draft as the user asked for it, without counters. */
void draft_describe(const struct draft *draft, uint32_t index, struct rule_info *info);

/* Drops the marked rules, gives new rules their ids, compiles, and puts the result in force. */
int draft_publish(struct draft *draft, struct tables *t, struct error *err);

/* Checks whether draft_publish() would accept the rules. Changes nothing. */
int draft_check(const struct draft *draft, struct error *err);

#endif
