// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include "cut.h"
#include "diag.h"

#define PASSES 4

enum flow_fate flow_fate_of(const struct flow *flow)
{
	if (flow->session)
		return FLOW_SESSION;
	if (flow->origin != FLOW_OPENED)
		return FLOW_LEFT;
	return flow_is_kernels(flow) ? FLOW_KERNEL : FLOW_OPEN;
}

static void tell(struct flow *flow, int result)
{
	flow->fate = !result ? FLOW_CUT : result == ENOENT ? FLOW_GONE : FLOW_STAYS;
	flow->error = (uint8_t)result;
}

/* Closes n connections. They are together by namespace, as the survey found them. */
static int close_all(struct survey *survey, struct flow **flows, size_t n, struct error *err)
{
	int *results = calloc(n, sizeof(*results));

	if (!results)
		return error_errno(err, ENOMEM, "cannot close the connections");
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from; to < n && flows[to]->net == flows[from]->net; to++)
			;
		diag_close(survey->nets.at[flows[from]->net].diag, flows + from, to - from, results + from);
	}
	for (size_t i = 0; i < n; i++)
		tell(flows[i], results[i]);
	free(results);
	return 0;
}

/* Decides on what the survey found new, and closes what is left. *n: how many it tried to close. */
static int pass(struct survey *survey, size_t from, bool dry_run, size_t *n, struct error *err)
{
	struct flow **flows = calloc(survey->n + 1, sizeof(struct flow *));
	int ret = 0;

	if (!flows)
		return error_errno(err, ENOMEM, "cannot close the connections");
	*n = 0;
	for (size_t i = 0; i < survey->n; i++) {
		struct flow *flow = &survey->flows[i];

		if (i >= from)
			flow->fate = (uint8_t)flow_fate_of(flow);
		if (flow->fate == FLOW_OPEN)
			flows[(*n)++] = flow;
	}
	if (*n && !dry_run)
		ret = close_all(survey, flows, *n, err);
	free(flows);
	return ret;
}

int flows_cut(struct survey *survey, const struct flow_filter *filter, const struct survey_policy *policy, bool dry_run,
	      struct error *err)
{
	struct flow_filter refused = *filter;
	size_t tried = 0;

	refused.refused = true;
	for (int i = 0; i <= PASSES; i++) {
		size_t from = survey->n;

		if (survey_take(survey, &refused, policy, err) ||
		    pass(survey, from, dry_run || i == PASSES, &tried, err))
			return -1;
		if (dry_run || !tried)
			return 0;
	}
	for (size_t i = 0; i < survey->n; i++) {
		if (survey->flows[i].fate == FLOW_OPEN)
			survey->flows[i].fate = FLOW_STAYS;
	}
	return 0;
}
