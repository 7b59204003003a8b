/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps what a command changes, to report it after success. */
#ifndef LSMCTL_SHARED_CHANGES_H
#define LSMCTL_SHARED_CHANGES_H

#include "history.h"
#include "report.h"

/* The caller zeroes it, and frees at. */
struct changes {
	struct change {
		bool had, has;
		struct rule_info before, now;
	} * at;
	size_t n;
	bool no_memory; /* some are missing */
};

/* Adds a change. Either rule may be NULL. changes: a struct changes; this fits struct replaced. */
void changes_keep(const struct rule_info *before, const struct rule_info *now, void *changes);
/* Reports each. Unless it is a dry run, looks up the new rules, which have their ids by now. */
void changes_report(struct changes *changes, struct session *session, struct report *report, bool dry_run);
/* Notes each. */
void changes_note(const struct changes *changes, struct history *history);

#endif
