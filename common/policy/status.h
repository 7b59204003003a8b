/* SPDX-License-Identifier: GPL-2.0-only */
/* The status of the loaded policy, read at one moment under the lock. */
#ifndef LSMCTL_POLICY_STATUS_H
#define LSMCTL_POLICY_STATUS_H

#include "table/ruleset.h"
#include "answers.h"
#include "name_list.h"
#include "programs.h"
#include "truth.h"

struct status {
	struct config config;
	struct settings settings;
	uint64_t trial_left; /* ns */
	uint32_t rules;
	struct program_info programs[PROGRAMS]; /* by enum hook */
	struct cgroup_tally cgroups;
	struct answers_count senders;
	struct names_count names;
	bool sees_creation; /* strict, the backstop or runs need the programs of policy/creation.h */
	bool can_name;	    /* the maps of names are there */
	bool can_answer;    /* the program that remembers senders is attached, and its map is there */
	bool counted;	    /* senders is filled in: not while it is locked, when nobody may count them */
	struct locked locked;
	bool lock_held; /* the kernel refused a map just now; false also while it is not locked */
	struct truth truth;
};

/* try: proves by trial calls that the kernel asks the programs. The caller holds a lock on the pin directory. */
int status_read(const struct pins *pins, struct ruleset *rules, struct status *status, bool try, struct error *err);

/* True when the settings need this program, or it is attached. */
bool status_has(const struct status *status, size_t i);

/* Returns why the kernel may not ask program status->programs[i], or NULL. */
const char *status_fault(const struct status *status, size_t i);

/* True when the fault of that program is certain: it is not attached, or the kernel did not ask it. */
bool status_is_gone(const struct status *status, size_t i);

/* True when the policy is in force: no fault found. */
bool status_in_force(const struct status *status);

#endif
