/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules in force, and the settings: what is behind the pinned maps. How the programs find a rule is not to be seen
 * from here. The caller holds the lock on the pin directory: shared to read, exclusive to write.
 *
 * The array of rules is the truth that is listed; the trie that the programs search is derived from it. A change of one
 * rule writes the trie entry between two stores of config.pending, so that the next writer can finish or undo what a
 * killed one began.
 */
#ifndef LSMCTL_RULESET_H
#define LSMCTL_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pins.h"
#include "rule.h"

struct ruleset;

enum ruleset_access {
	RULESET_READ,
	RULESET_WRITE,
	RULESET_UNPUBLISHED, /* as WRITE, for load: the state is not yet STATE_ON */
};

enum ruleset_change {
	CHANGE_NONE,
	CHANGE_ADD,
	CHANGE_EDIT,
};

struct totals {
	uint64_t by_verdict[VERDICTS];
};

/* NULL with the error set when the pins are not there, not published, or of another layout. Close it. */
struct ruleset *ruleset_open(const struct pins *pins, enum ruleset_access access, struct error *err);
void ruleset_close(struct ruleset *rs);

/* A killed writer left a change unfinished; any open for writing ends it. */
bool ruleset_is_pending(const struct ruleset *rs);

/* The settings. Store only single words into it, and only after an open for writing. */
struct config *ruleset_config(struct ruleset *rs);

uint32_t ruleset_count(const struct ruleset *rs);

/* All rules, sorted by prefix_compare(). Free *rules. */
int ruleset_list(const struct ruleset *rs, struct rule_info **rules, size_t *n, struct error *err);

/* The rule of just this prefix, or with this id. */
bool ruleset_find(const struct ruleset *rs, const struct prefix *prefix, struct rule_info *rule);
bool ruleset_find_id(const struct ruleset *rs, uint32_t id, struct rule_info *rule);

/*
 * Makes n rules, of different prefixes: all or, on an error (no room, no memory), none. changes[i] and old[i] say what
 * each was; old[i] is set for CHANGE_EDIT and CHANGE_NONE. With dry_run only these are found out.
 */
int ruleset_put(struct ruleset *rs, const struct rule_spec *specs, size_t n, enum ruleset_change *changes,
		struct rule_info *old, bool dry_run, struct error *err);

/* Removes the rule of just this prefix, which is there. */
int ruleset_remove(struct ruleset *rs, const struct prefix *prefix, struct error *err);

int ruleset_totals(const struct ruleset *rs, struct totals *totals, struct error *err);

#endif
