/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules in force, and the settings. How the programs find a rule is not to be seen from here. The caller holds the
 * lock on the pin directory: shared to read, exclusive to write.
 *
 * One rule is changed in place where the tables allow it: room at the end of the arrays is filled in, and one word
 * stored. Else, and for many rules at once, a new generation is compiled and takes the old one's place in one step.
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
	RULESET_WRITE,	     /* refused while a ruleset is on trial (ERR_ON_TRIAL) */
	RULESET_CONFIRM,     /* as WRITE, then too */
	RULESET_UNPUBLISHED, /* as WRITE, for load: no rules are in force, and the state is not yet STATE_ON */
};

enum ruleset_change {
	CHANGE_NONE,
	CHANGE_ADD,
	CHANGE_EDIT,
};

struct totals {
	uint64_t by_verdict[VERDICTS];
	uint64_t by_hook[HOOK_EGRESS + 1][VERDICTS];
};

/* The rules of a set, or those that are in none. */
struct set_tally {
	char set[SET_SIZE]; /* "": none */
	uint32_t rules[VERDICTS];
	uint64_t hits;
};

/* NULL with the error set when the pins are not there, not published, or of another layout. Close it. */
struct ruleset *ruleset_open(const struct pins *pins, enum ruleset_access access, struct error *err);
/* An empty one that is nowhere in force, to find out what would become of a file: for ruleset_replace_*() alone. */
struct ruleset *ruleset_imagine(uint32_t max_rules, struct error *err);
void ruleset_close(struct ruleset *rs);

/*
 * Of a reader: from here on all that it says is as it is now, but for counters, without the lock on the pin directory:
 * whoever waits for a reader of standard output or for a name server must not hold that. -1 with the error set.
 */
int ruleset_detach(struct ruleset *rs, struct error *err);

/* A killed writer left a change unfinished; any open for writing ends it. */
bool ruleset_is_pending(const struct ruleset *rs);

/* Both are what is in force. Store only single words into them, and only after an open for writing. */
struct config *ruleset_config(struct ruleset *rs);
struct settings *ruleset_settings(struct ruleset *rs);

/* Rules in force, and those there is room for. */
uint32_t ruleset_count(struct ruleset *rs);

/* Calls each for every rule in force, in the order in which they were added, until one returns non-zero: that is
 * returned. */
int ruleset_each(struct ruleset *rs, int (*each)(const struct rule_info *rule, void *arg), void *arg);
/* Only those that have counted something: of a million rules the others are not looked at. */
int ruleset_each_hit(struct ruleset *rs, int (*each)(const struct rule_info *rule, void *arg), void *arg);

/* The rule of a slot of the tables, as the programs name it. */
bool ruleset_at(struct ruleset *rs, uint32_t slot, struct rule_info *rule);

/* The rule of just this identity, or with this id. */
bool ruleset_find(struct ruleset *rs, const struct rule_spec *identity, struct rule_info *rule);
bool ruleset_find_id(struct ruleset *rs, uint32_t id, struct rule_info *rule);

/*
 * Makes n rules: all or, on an error (no room, no memory), none. changes[i] and old[i] say what each was; old[i] is set
 * for CHANGE_EDIT and CHANGE_NONE. With dry_run only these are found out. missing_cgroups: a cgroup that is not there
 * is no error.
 */
int ruleset_put(struct ruleset *rs, const struct rule_spec *specs, size_t n, bool missing_cgroups,
		enum ruleset_change *changes, struct rule_info *old, bool dry_run, struct error *err);

/*
 * On trial: unless ruleset_end_trial() keeps it within that many ns, the kernel goes back to what was before by itself.
 * Settings, and rules besides those there are. With dry_run only whether there is room is found out.
 */
int ruleset_try(struct ruleset *rs, const struct settings *settings, const struct rule_spec *specs, size_t n,
		uint64_t trial, bool dry_run, struct error *err);
/* Opened with RULESET_CONFIRM: ns until the trial ends, 0 when there is none (any more). */
uint64_t ruleset_trial_left(struct ruleset *rs);
/* Keeps what is on trial, or goes back at once. */
int ruleset_end_trial(struct ruleset *rs, bool keep, struct error *err);

/* Removes the n rules of these identities, all or none. Those that are not there are passed over. */
int ruleset_remove(struct ruleset *rs, const struct rule_info *rules, size_t n, struct error *err);
int ruleset_flush(struct ruleset *rs, struct error *err);

/*
 * Another ruleset in the place of this one, or of one set of it. Rules that are in both keep their ids and counters; a
 * rule that is there in another set stays what it is. Begin, add each rule, then end it once: then free it.
 */
struct replacement;

struct replaced {
	uint32_t added, changed, removed, unchanged;
	uint32_t elsewhere; /* rules passed over, since another set has them */
	struct settings before, now;
	/* Called for each that is not unchanged: before is NULL for one added, now for one removed. May be NULL. */
	void (*each)(const struct rule_info *before, const struct rule_info *now, void *arg);
	void *arg;
};

/* name: of the first file, for messages; borrowed, as is set. */
struct replacement *ruleset_replace_begin(struct ruleset *rs, const char *name, const char *set, bool missing_cgroups,
					  struct error *err);
/* The settings that come with it: those there are, when it is of one set; else allow and enforce, until changed. */
struct settings *ruleset_replace_settings(struct replacement *replacement);
/*
 * Leaves the rules of this set as they are; one that is there already does not matter. Before the first rule is added,
 * and only where everything is replaced.
 */
int ruleset_replace_keep(struct replacement *replacement, const char *set, struct error *err);
/* The rules that are added from here on come from another file. name is borrowed. */
int ruleset_replace_file(struct replacement *replacement, const char *name, struct error *err);
/* line: of the file, for the message, when a rule is there twice with other options. */
int ruleset_replace_add(struct replacement *replacement, const struct rule_spec *spec, size_t line, struct error *err);
/*
 * Calls each for every rule of the set that is replaced, in order, until one returns non-zero: that is returned. What
 * is left of a timeout is counted from the moment from which ruleset_replace_add() counts, so that a rule which is
 * added as it is here ends when it would have.
 */
int ruleset_replace_each(struct replacement *replacement, int (*each)(const struct rule_info *rule, void *arg),
			 void *arg);
/* publish: with false only result is found out, and nothing changes. trial: as for ruleset_try(); 0: for good. */
int ruleset_replace_end(struct replacement *replacement, bool publish, uint64_t trial, struct replaced *result,
			struct error *err);
void ruleset_replace_free(struct replacement *replacement);

int ruleset_totals(struct ruleset *rs, struct totals *totals, struct error *err);

/* The rules in force by set and verdict, in one pass: n of them, of each set that has a rule. Free it. */
int ruleset_tally(struct ruleset *rs, struct set_tally **tallies, size_t *n, struct error *err);

#endif
