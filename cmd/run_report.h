/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run has reached, and what it was refused: as text, Markdown and JSON, and as rules. */
#ifndef LSMCTL_RUN_REPORT_H
#define LSMCTL_RUN_REPORT_H

#include "run/run.h"
#include "shared/output.h"

struct run_report {
	struct run counts;
	struct seen *calls; /* owned; in order of time */
	size_t n;
	bool audit;
	const struct rules *rules; /* borrowed: their comments tell names */
};

/* Reads it from the kernel, where it stays. Free it with run_report_free(). */
int run_report_read(struct run_report *report, const struct running *running, const struct run_wish *wish,
		    struct error *err);
void run_report_free(struct run_report *report);

/* Returns how many calls were refused, or with --audit would have been. */
uint64_t run_report_refused(const struct run_report *report);

/* Writes it by the file's name: .json, .md, or text. "-": text, to standard output. */
int run_report_save(const struct run_report *report, const char *path, struct error *err);
/* Writes text: only what was refused. json: the whole as JSON. */
void run_report_print(const struct run_report *report, const struct output *out, FILE *to);

/* Writes rules that let all of it through. */
int run_report_save_rules(const struct run_report *report, const char *path, struct error *err);

/*
 * Writes a line for each distinct call that was first refused after this time (CLOCK_BOOTTIME, ns), with the option
 * that allows it. Returns the time to go on from.
 */
uint64_t run_report_tell(const struct run_report *report, uint64_t after, FILE *to);

#endif
