/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other half of the selftest: who asks. What is the program of a rule and what is not, and the ways out of a run.
 * Everything is tried on UDP connects to an address that no host has: they send nothing.
 */
#ifndef LSMCTL_DOCTOR_SUBJECTS_H
#define LSMCTL_DOCTOR_SUBJECTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/types.h>
#include "selftest.h"

#define SUBJECT_PORT 9

struct subject_row {
	const char *name;
	enum outcome outcome;
	const char *closed_by; /* for an open one: the command that closes it, or NULL when it must not be open */
	char text[128];	       /* what happened, for people; or "" */
};

#define PROGRAM_ROWS 10
#define RUN_ROWS     10

/* Asks for the address by a UDP connect. 0 or an errno. */
int subject_reach(struct in_addr to);

/* Waits for a child. Returns its exit status; -1: there is none, or a signal ended it. */
int subject_exit_status(pid_t child);

/* A copy of this program in a directory of its own, and what may be taken for it. */
struct program_place {
	char dir[64];
	char program[128]; /* the path that the rule is for */
	struct in_addr to;
};

/* Makes the files, which program_place_remove() removes. 0 or -errno. */
int program_place_make(struct program_place *place, struct in_addr to);
void program_place_remove(const struct program_place *place);

/* Starts each of the ways. errors: PROGRAM_ROWS, of the connect; -1: it could not be started. */
void programs_try(const struct program_place *place, int errors[PROGRAM_ROWS]);

/*
 * control: while the address was allowed; blocked: with a rule that blocks it for the program. Fills in PROGRAM_ROWS.
 * closed_by: of the first, when that is open.
 */
void programs_judge(const int control[PROGRAM_ROWS], const int blocked[PROGRAM_ROWS], const char *closed_by,
		    struct subject_row rows[PROGRAM_ROWS]);
/* The same when they cannot be tried. */
void programs_not_tried(const char *why, struct subject_row rows[PROGRAM_ROWS]);

/*
 * Tries the ways out of a run that may reach nothing, as the user nobody. Fills in RUN_ROWS. -1 with the error set: the
 * run did not end.
 */
int runs_try(const char *pin_dir, struct in_addr to, struct subject_row rows[RUN_ROWS], struct error *err);

#endif
