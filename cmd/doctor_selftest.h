/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LSMCTL_CMD_DOCTOR_SELFTEST_H
#define LSMCTL_CMD_DOCTOR_SELFTEST_H

#include "doctor/subjects.h"
#include "table/ruleset.h"
#include "shared/cmd.h"

#define SELFTEST_SET	 "lsmctl-selftest"
#define SELFTEST_COMMENT "lsmctl doctor --selftest"
#define SELFTEST_ROWS	 (PROGRAM_ROWS + RUN_ROWS)

/* `doctor --selftest`. */
int selftest_run(struct invocation *inv, struct error *err);

/* Tries who the program of a rule is, and the ways out of a run. Leaves no rule. The address has no rule yet. */
int selftest_try_subjects(const struct invocation *inv, struct in_addr to, const struct settings *settings,
			  struct subject_row rows[SELFTEST_ROWS], struct error *err);

/*
 * Makes rules that go by themselves. subject: the word for whom they are, and its value; value NULL: everyone. -1 with
 * the error set.
 */
int selftest_rules(struct rules *rules, char *destination, const char *subject, const char *value, enum verdict verdict,
		   struct error *err);

/*
 * Adds the rules, all of them new: the test must not change a user's rule. Or changes the verdict of all, when all
 * exist. Not more than four.
 */
int selftest_put(const struct invocation *inv, const struct rules *rules, enum ruleset_change wanted,
		 struct error *err);
/* Removes the rules. Fails when they were already gone: then the results mean nothing. */
int selftest_take_away(const struct invocation *inv, const struct rules *rules, struct error *err);

#endif
