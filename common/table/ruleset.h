/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules in force, and the settings. This interface hides how the programs find a rule. The caller holds the lock on
 * the pin directory: shared to read, exclusive to write.
 *
 * A single change is made in place where the tables allow it: it fills in room at the end of the arrays, then stores
 * one word. Where it lacks room, it is made in a copy. Otherwise, and for many rules at once, a new generation is
 * compiled. Both replace the old generation in one step.
 */
#ifndef LSMCTL_TABLE_RULESET_H
#define LSMCTL_TABLE_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "host/pins.h"
#include "rule/rule.h"
#include "kept.h"
#include "subject_source.h"

struct ruleset;

enum ruleset_access {
	RULESET_READ,
	RULESET_WRITE,	     /* refused during a trial (ERR_ON_TRIAL) */
	RULESET_CONFIRM,     /* as WRITE, and allowed during a trial */
	RULESET_UNPUBLISHED, /* as WRITE, for load: before any rules are in force and before STATE_ON */
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

/* The rules of one set, or the rules without a set. */
struct set_tally {
	char set[SET_SIZE]; /* "": no set */
	uint32_t rules[VERDICTS];
	uint64_t hits;
	struct set_kept *kept; /* NULL: nothing is kept with it */
};

/*
 * Returns NULL with the error set when the pins are missing, not published, or of another layout. Close it with
 * ruleset_close().
 */
struct ruleset *ruleset_open(const struct pins *pins, enum ruleset_access access, struct error *err);
/* An empty ruleset that is not in force, to check a file without a kernel: for ruleset_replace_*() only. */
struct ruleset *ruleset_imagine(uint32_t max_rules, struct error *err);
void ruleset_close(struct ruleset *rs);

/*
 * For a reader: freezes the rules and settings, but not the counters, so that the caller can release the lock on the
 * pin directory. A command must not hold the lock while it waits for a reader of its output or for a name server. -1
 * with the error set.
 */
int ruleset_detach(struct ruleset *rs, struct error *err);

/* True when a killed writer left a change unfinished. The next open for writing completes it. */
bool ruleset_is_pending(const struct ruleset *rs);

/* What rules need besides the tables. */
struct rule_needs {
	const struct subject_source *subjects;
	uint32_t n_subjects;
	const uint64_t *names; /* ids, each once: see bpf/ruled_id.h */
	uint32_t n_names;
	bool resolvers; /* some rule is for the word "resolvers" */
	const struct settings *settings;
};

/*
 * Prepares that, when such rules come and go: common/policy/keeper.h. want() runs before rules come into force: 0, or
 * -1 with the error set, and nothing changes. keep() runs when no other rules are in force any more.
 */
struct keeper {
	int (*want)(void *arg, const struct rule_needs *needs, struct error *err);
	void (*keep)(void *arg, const struct rule_needs *needs);
	void *arg;
};

/* Without one, rules for programs and names are in the tables, and nothing is told apart by them. Borrows it. */
void ruleset_set_keeper(struct ruleset *rs, const struct keeper *keeper);

/* The configuration and settings in force. Store only single words, and only after an open for writing. */
struct config *ruleset_config(struct ruleset *rs);
const struct settings *ruleset_settings(struct ruleset *rs);

/* Changes the settings in force, but not the list of name servers, of which no program may see a half. */
void ruleset_put_settings(struct ruleset *rs, const struct settings *settings);

/* Returns struct shared, for files that own some of its words. */
struct mapped *ruleset_shared(struct ruleset *rs);

/* Returns the number of rules in force, expired ones excluded. */
uint32_t ruleset_count(struct ruleset *rs);

/* Calls each for every rule in force, in the order of adding, until it returns non-zero. Returns that value. */
int ruleset_each(struct ruleset *rs, int (*each)(const struct rule_info *rule, void *arg), void *arg);
/* The same for rules with hits only: skips the other rules of a million without reading them. */
int ruleset_each_hit(struct ruleset *rs, int (*each)(const struct rule_info *rule, void *arg), void *arg);

/* The same for rules that cover one of the prefixes or lie within it. */
int ruleset_each_near(struct ruleset *rs, const struct prefixes *prefixes,
		      int (*each)(const struct rule_info *rule, void *arg), void *arg);

/* Describes the rule in a slot, the number by which the programs name a rule. */
bool ruleset_at(struct ruleset *rs, uint32_t slot, struct rule_info *rule);

/* Finds the rule with this identity, or with this id. */
bool ruleset_find(struct ruleset *rs, const struct rule_spec *identity, struct rule_info *rule);
bool ruleset_find_id(struct ruleset *rs, uint32_t id, struct rule_info *rule);

/*
 * Calls each for every rule in force that has this identity but for the set, until it returns non-zero. Returns that
 * value.
 */
int ruleset_each_twin(struct ruleset *rs, const struct rule_spec *identity,
		      int (*each)(const struct rule_info *rule, void *arg), void *arg);

/* Returns the slot that decides without the rule in `slot`. walked: what a walk finds behind that rule, or NO_SLOT. */
uint32_t ruleset_runner_up(struct ruleset *rs, uint32_t slot, uint32_t walked);

/*
 * Reports what adding n rules would change: changes[i], and old[i] for CHANGE_EDIT and CHANGE_NONE. -1 with the error
 * set when they do not fit.
 */
int ruleset_plan(struct ruleset *rs, const struct rule_spec *specs, size_t n, enum ruleset_change *changes,
		 struct rule_info *old, struct error *err);
/* Checks, for a dry run, whether ruleset_put() would accept the rules. */
int ruleset_check(struct ruleset *rs, const struct rule_spec *specs, size_t n, const enum ruleset_change *changes,
		  struct error *err);
/*
 * Adds or changes the rules of ruleset_plan(), under the same lock: all of them, or none on an error. Overwrites old
 * on an error. apart: each may come into force by itself, before the others do.
 */
int ruleset_put(struct ruleset *rs, const struct rule_spec *specs, size_t n, const enum ruleset_change *changes,
		struct rule_info *old, bool apart, struct error *err);

/*
 * Puts settings and additional rules on trial: the kernel rolls back on its own after `trial` ns unless
 * ruleset_end_trial() keeps them. dry_run: only checks that there is room.
 */
int ruleset_try(struct ruleset *rs, const struct settings *settings, const struct rule_spec *specs, size_t n,
		uint64_t trial, bool dry_run, struct error *err);
/*
 * Puts the next change by ruleset_put(), ruleset_remove(), ruleset_flush() or ruleset_amend() on trial, as
 * ruleset_try() does. One change only. Starts a trial also when the rules stay the same.
 */
void ruleset_set_trial(struct ruleset *rs, uint64_t trial);
/*
 * For load: puts all that is in force on trial. When it expires, no rule is left, and the settings are those that let
 * everything through.
 */
int ruleset_begin_on_trial(struct ruleset *rs, uint64_t trial, struct error *err);
/* For RULESET_CONFIRM: returns the ns until the trial expires, 0 without a trial. */
uint64_t ruleset_trial_left(struct ruleset *rs);
/*
 * Returns the settings of the other ruleset until a command ends the trial, NULL without one. A trial may expire while
 * a command works: either ruleset can be in force then, so prepare for both.
 */
const struct settings *ruleset_other_settings(const struct ruleset *rs);
/* Keeps the ruleset on trial, or rolls back at once. */
int ruleset_end_trial(struct ruleset *rs, bool keep, struct error *err);

/* Removes the n rules with these identities, all or none. Skips identities without a rule. */
int ruleset_remove(struct ruleset *rs, const struct rule_info *rules, size_t n, struct error *err);
int ruleset_flush(struct ruleset *rs, struct error *err);

/*
 * Removes n rules, adds or changes m, and sets the settings and what is kept with some sets, in one step: all or
 * nothing. dry_run: only checks whether it would do it.
 */
struct amendment {
	const struct rule_info *removed;
	size_t n_removed;
	const struct rule_spec *specs;
	size_t n;
	const struct set_kept *kept; /* ignored for a set without rules */
	size_t n_kept;
	const struct settings *settings;
};
int ruleset_amend(struct ruleset *rs, const struct amendment *amendment, bool dry_run, struct error *err);

/*
 * Calls each for the rules of the generation before the present one, as ruleset_each() does, then kept for its sets, as
 * ruleset_each_kept() does, if the maps still have it whole; else returns -1.
 */
int ruleset_each_before(struct ruleset *rs, int (*each)(const struct rule_info *rule, void *arg),
			int (*kept)(const struct set_kept *kept, void *arg), void *arg);

/*
 * Replaces the ruleset, or one set of it. Rules in both keep their ids and counters. Begin, add each rule, end once,
 * then free.
 */
struct replacement;

struct replaced {
	uint32_t added, changed, removed, unchanged;
	uint32_t elsewhere; /* rules skipped because a set that is kept has them */
	struct settings before, now;
	/* Called for each rule that changes. before is NULL for an added rule, now for a removed one. May be NULL. */
	void (*each)(const struct rule_info *before, const struct rule_info *now, void *arg);
	uint32_t most; /* input: each need not be called for more changes than so many; 0: for any number */
	bool many;     /* there were more, and each was not called */
	/* Sees the counts before anything is published; -1 with the error set: nothing changes. May be NULL. */
	int (*may)(const struct replaced *result, void *arg, struct error *err);
	void *arg;
};

/* name: the first file, for messages. Borrows name and set. */
struct replacement *ruleset_replace_begin(struct ruleset *rs, const char *name, const char *set, struct error *err);
/* The new settings. Initially the current ones. */
struct settings *ruleset_replace_settings(struct replacement *replacement);
/*
 * Keeps the rules of this set, and skips a new rule that the set has already. Call it before the first rule is added,
 * and only when everything is replaced.
 */
int ruleset_replace_keep(struct replacement *replacement, const char *set, struct error *err);
/*
 * The words that a set excepts: the tables keep them, and know nothing of what they mean. "": none. Initially those in
 * force of a set that is replaced, or kept, and none where everything is replaced.
 */
const char *ruleset_replace_excepted(struct replacement *replacement, const char *set);
int ruleset_replace_except(struct replacement *replacement, const char *set, const char *words, struct error *err);
/*
 * Where the rules come from, for people: kept with each set that is replaced, with the time. Without it, a set keeps
 * what it has. Borrows source.
 */
void ruleset_replace_source(struct replacement *replacement, const char *source);
/* Sets all that is kept with a set, as it was before a change that is undone. */
int ruleset_replace_kept(struct replacement *replacement, const struct set_kept *kept, struct error *err);
/* The rules added from here on come from another file. Borrows name. */
int ruleset_replace_file(struct replacement *replacement, const char *name, struct error *err);
/* line: the line number in the file, for a message about a conflict. */
int ruleset_replace_add(struct replacement *replacement, const struct rule_spec *spec, size_t line, struct error *err);
/*
 * Calls each for every rule of the set to replace, in order, until it returns non-zero. Returns that value. Remaining
 * timeouts count from the same moment as in ruleset_replace_add(), so that a rule added unchanged expires at the same
 * time as before.
 */
int ruleset_replace_each(struct replacement *replacement, int (*each)(const struct rule_info *rule, void *arg),
			 void *arg);
/* publish false: only computes the result, changes nothing. trial: as for ruleset_try(); 0: without a trial. */
int ruleset_replace_end(struct replacement *replacement, bool publish, uint64_t trial, struct replaced *result,
			struct error *err);
void ruleset_replace_free(struct replacement *replacement);

/* The paths and patterns of cgroups, and the programs, in the rules in force. */
struct cgroup_tally {
	uint32_t paths;
	uint32_t missing; /* of these, without a cgroup now */
	uint32_t exes;	  /* programs in the rules */
	uint32_t unbound; /* cgroups without room for their places: the programs refuse their calls */
};

void ruleset_cgroups(struct ruleset *rs, struct cgroup_tally *tally);

int ruleset_totals(struct ruleset *rs, struct totals *totals, struct error *err);

/*
 * Counts the rules in force by set and verdict in one pass. *n: the number of sets with rules. Free *tallies with
 * ruleset_tally_free().
 */
int ruleset_tally(struct ruleset *rs, struct set_tally **tallies, size_t *n, struct error *err);
void ruleset_tally_free(struct set_tally *tallies, size_t n);

/*
 * Calls each for every set that excepts something, until it returns non-zero. Returns that value, or -1 with the error
 * set.
 */
int ruleset_each_except(struct ruleset *rs, int (*each)(const char *set, const char *words, void *arg), void *arg,
			struct error *err);
/*
 * Calls each for every set with which something is kept, until it returns non-zero. Returns that value. Fast: does not
 * look whether the set's rules are all gone, after which the tables have its name until they are compiled again.
 */
int ruleset_each_kept(struct ruleset *rs, int (*each)(const struct set_kept *kept, void *arg), void *arg);

#endif
