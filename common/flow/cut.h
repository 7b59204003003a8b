/* SPDX-License-Identifier: GPL-2.0-only */
/* Closes the connections that the policy refuses. */
#ifndef LSMCTL_FLOW_CUT_H
#define LSMCTL_FLOW_CUT_H

#include "survey.h"

/*
 * Fills the survey with the connections that the filter selects and the policy refuses, closes those that this host
 * opened, and sets the fate of each. Looks again until nothing is left to close: a call that was allowed just before a
 * rule came can connect a little after it. Tells watchers what it closed. dry_run: closes nothing, and what it would
 * close stays FLOW_OPEN.
 */
int flows_cut(struct survey *survey, const struct flow_filter *filter, const struct survey_policy *policy, bool dry_run,
	      struct error *err);

/* What to do with a connection that the policy refuses: FLOW_OPEN stands for closing it. */
enum flow_fate flow_fate_of(const struct flow *flow);

#endif
