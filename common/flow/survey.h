/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is connected now, in all network namespaces, with the processes that have it and what the policy says of it.
 */
#ifndef LSMCTL_FLOW_SURVEY_H
#define LSMCTL_FLOW_SURVEY_H

#include "filter.h"
#include "flow.h"
#include "judge.h"
#include "nets.h"
#include "owners.h"
#include "session.h"

/* The caller zeroes it, and frees it with survey_free(). */
struct survey {
	struct flow *flows;
	size_t n;
	struct flow *late; /* while it looks: those of which no process is known yet */
	size_t n_late;
	struct nets nets;
	struct owners owners;
	struct judge judge;
	struct ssh_session session;
	struct hash seen;    /* the flows by their cookies */
	bool taken;	     /* at least once */
	struct error untold; /* set: why watchers were not told what was cut */
};

/* Opens the policy under its lock, and releases it: it is held only while the policy is asked. */
struct survey_policy {
	int (*open)(void *arg, const struct pins **pins, struct ruleset **rules, struct error *err);
	void (*close)(void *arg);
	void *arg;
};

/*
 * Is told of the flows from `from` on as soon as they are complete, once or twice a namespace: each connection that it
 * closes is one less that the kernel walks past in all namespaces that follow. -1 with the error set ends the survey.
 */
struct survey_user {
	int (*found)(struct survey *survey, size_t from, void *arg, struct error *err);
	void *arg;
};

/*
 * Adds the connections that the filter selects and that are not in the survey yet. With filter->refused, only those
 * that the policy refuses. May be called again, with the same filter, for what is new. user: NULL, or who is told
 * meanwhile. -1 with the error set.
 */
int survey_take(struct survey *survey, const struct flow_filter *filter, const struct survey_policy *policy,
		const struct survey_user *user, struct error *err);

void survey_free(struct survey *survey);

static inline const struct flow_answer *survey_answer(const struct survey *survey, const struct flow *flow)
{
	return &survey->judge.answers[flow->answer];
}

static inline const struct net *survey_net(const struct survey *survey, const struct flow *flow)
{
	return &survey->nets.at[flow->net];
}

/* The path of the cgroup in which the socket was made: "" when it is unknown or gone. */
static inline const char *survey_cgroup(const struct survey *survey, const struct flow *flow)
{
	return survey->judge.cgroups[flow->cgroup_at].path;
}

#endif
