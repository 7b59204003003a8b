/* SPDX-License-Identifier: GPL-2.0-only */
/* Collects what a command did to rules, and prints it at the end. */
#ifndef LSMCTL_SHARED_REPORT_H
#define LSMCTL_SHARED_REPORT_H

#include "name/resolve.h"
#include "cutting.h"
#include "kept_sets.h"
#include "session.h"

/*
 * What a command did to rules: JSON members "added", "changed", "removed", or + and - lines. Closing the report closes
 * the session, then prints, so that no command waits for the lock while someone reads standard output.
 */
struct report {
	const struct invocation *inv;
	json_t *root; /* NULL in text mode */
	FILE *to;     /* in text mode: write other lines here */
	bool counts;  /* text: tell only the number of removed rules, which may be all; a dry run tells each rule */
	size_t removed;
	struct cutting *cutting; /* connections to close when the session is closed; NULL: none */
	bool trial;		 /* text: tell that it is on trial, unless nothing was changed */
};

int report_open(struct report *report, const struct invocation *inv, struct error *err);
void report_rule(struct report *report, const struct rule_info *before, const struct rule_info *now);
/* Each setting that changed, in JSON a member with its new value. */
void report_settings(struct report *report, const struct settings *before, const struct settings *now);
/* Each set that excepts something else now: + and - lines, or the JSON member "excepts". */
void report_excepts(struct report *report, const struct kept_sets *before, const struct kept_sets *now);
/* JSON member "names": the names resolved, with their addresses. */
void report_hosts(struct report *report, const struct hosts *hosts);
int report_close(struct report *report, struct session *session, struct error *err);
/* Discards the report when nothing was done. */
void report_drop(struct report *report);

/*
 * Returns the rules that keep loopback reachable when the default becomes block. Skips a prefix that already has a
 * rule, which is the user's. Free them with rules_free().
 */
int loopback_rules(struct ruleset *rules, struct rules *loopback, struct error *err);

#endif
