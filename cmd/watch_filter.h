/* SPDX-License-Identifier: GPL-2.0-only */
/* Chooses the decisions to show. */
#ifndef LSMCTL_WATCH_FILTER_H
#define LSMCTL_WATCH_FILTER_H

#include "bpf/abi.h"
#include "rule/rule.h"

/* Zero it. Free it with watch_filter_free(). */
struct watch_filter {
	uint32_t verdicts;  /* bits 1 << enum verdict */
	struct rules rules; /* show only what these rules would match; none: everything */
	bool any;	    /* the filter has no destination */
	uint64_t cgroup;    /* the last one, with its path */
	char path[CGROUP_SIZE];
};

/* Parses a verdict, then the words of a rule, whose destination is optional. */
int watch_filter_parse(struct watch_filter *filter, size_t n, char *const words[], struct error *err);
/* program: of its struct call_event; NULL: unknown. */
bool watch_filter_passes(struct watch_filter *filter, const struct event *event, const char *program);
/* Returns the path of a cgroup, or NULL. Valid until the next call. */
const char *watch_filter_path(struct watch_filter *filter, uint64_t cgroup);
void watch_filter_free(struct watch_filter *filter);

#endif
