// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "policy/tell.h"
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

struct cut {
	bool closes;  /* false: only decides */
	size_t tried; /* how many it tried to close, or would */
};

/* Closes what is open from `from` on. */
static int close_from(struct survey *survey, size_t from, struct cut *cut, struct error *err)
{
	struct flow **flows = calloc(survey->n - from + 1, sizeof(struct flow *));
	size_t n = 0;
	int ret = 0;

	if (!flows)
		return error_errno(err, ENOMEM, "cannot close the connections");
	for (size_t i = from; i < survey->n; i++) {
		if (survey->flows[i].fate == FLOW_OPEN)
			flows[n++] = &survey->flows[i];
	}
	if (n && cut->closes)
		ret = close_all(survey, flows, n, err);
	cut->tried += n;
	free(flows);
	return ret;
}

/* Decides on what the survey found, and closes it. */
static int found(struct survey *survey, size_t from, void *arg, struct error *err)
{
	for (size_t i = from; i < survey->n; i++)
		survey->flows[i].fate = (uint8_t)flow_fate_of(&survey->flows[i]);
	return close_from(survey, from, arg, err);
}

static struct event event_of(const struct survey *survey, const struct flow *flow)
{
	const struct flow_answer *answer = survey_answer(survey, flow);
	const char *name = owners_name(&survey->owners, flow);
	struct event event = {
		.ip = flow->remote,
		.cgroup = flow->cgroup,
		.rule_id = answer->rule,
		.pid = (uint32_t)flow->pid,
		.tgid = (uint32_t)flow->pid,
		.uid = flow->uid,
		.gid = flow->gid,
		.exe = flow->exe,
		.port = answer->question.port,
		.proto = flow->proto,
		.verdict = VERDICT_BLOCK,
		.cut = 1,
	};

	memcpy(event.comm, name, strnlen(name, sizeof(event.comm)));
	return event;
}

/* What is cut stays cut when this fails: survey->untold says why. */
static void tell_watchers(struct survey *survey, const struct survey_policy *policy)
{
	const struct pins *pins;
	struct ruleset *rules;
	struct teller teller;
	int ret;

	if (policy->open(policy->arg, &pins, &rules, &survey->untold))
		return;
	ret = teller_open(&teller, pins, rules, &survey->untold);
	policy->close(policy->arg);
	if (ret)
		return;
	for (size_t i = 0; teller_is_watched(&teller) && i < survey->n && !ret; i++) {
		if (survey->flows[i].fate == FLOW_CUT) {
			const struct event event = event_of(survey, &survey->flows[i]);

			ret = teller_tell(&teller, &event, &survey->untold);
		}
	}
	teller_close(&teller);
}

static int cut_all(struct survey *survey, const struct flow_filter *filter, const struct survey_policy *policy,
		   bool dry_run, struct error *err)
{
	for (int i = 0; i <= PASSES; i++) {
		struct cut cut = {.closes = !dry_run && i < PASSES};
		const struct survey_user user = {.found = found, .arg = &cut};

		/* Then what it had closed already, and found again. */
		if (survey_take(survey, filter, policy, &user, err) || close_from(survey, 0, &cut, err))
			return -1;
		if (dry_run || !cut.tried)
			return 0;
	}
	for (size_t i = 0; i < survey->n; i++) {
		if (survey->flows[i].fate == FLOW_OPEN)
			survey->flows[i].fate = FLOW_STAYS;
	}
	return 0;
}

int flows_cut(struct survey *survey, const struct flow_filter *filter, const struct survey_policy *policy, bool dry_run,
	      struct error *err)
{
	struct flow_filter refused = *filter;
	int ret;

	refused.refused = true;
	ret = cut_all(survey, &refused, policy, dry_run, err);
	for (size_t i = 0; i < survey->n; i++) {
		if (survey->flows[i].fate == FLOW_CUT) {
			tell_watchers(survey, policy);
			break;
		}
	}
	return ret;
}
