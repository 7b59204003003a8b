/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the policy about connections: once for all that have the same destination and subject. */
#ifndef LSMCTL_FLOW_JUDGE_H
#define LSMCTL_FLOW_JUDGE_H

#include "base/hash.h"
#include "policy/ask.h"
#include "table/ruleset.h"
#include "flow.h"
#include "nets.h"

/* What the policy says of a call. */
struct flow_answer {
	struct flow_question {
		union ip ip;
		uint64_t cgroup, exe;
		uint32_t uid, gid;
		uint32_t port;
		uint16_t proto;
		uint16_t raw; /* 1: a raw socket */
		uint32_t net; /* place in the survey's namespaces while a rule is for a name, whose addresses hold in
				 one; else 0 */
		uint32_t pad;
	} question;	      /* without holes, which would be compared too */
	union ip name;	      /* that stands for the name whose rule decides; zero: none */
	enum verdict verdict; /* in the current mode */
	int error;	      /* the errno of a blocked call, or 0 */
	uint32_t rule;	      /* the id of the deciding rule; 0: the default, or no rule can decide */
};

_Static_assert(sizeof(struct flow_question) == 56, "no holes");

/* A cgroup, with what a question needs of it. */
struct flow_cgroup {
	uint64_t id;
	char *path; /* "": unknown, or it is gone */
	__u64 ids[CGROUP_DEPTH];
	__u32 n;
};

/* The caller zeroes it, and frees it with judge_free(). */
struct judge {
	struct flow_answer *answers;
	size_t n_answers;
	struct hash by_question;
	struct flow_cgroup *cgroups;
	size_t n_cgroups;
	struct hash by_id;
};

/* Sets the place of a flow's cgroup, which is looked up only once. -1 with the error set. */
int judge_cgroup(struct judge *judge, struct flow *flow, struct error *err);
/*
 * Sets the answers of n flows, whose cgroups are set. The caller holds the lock on the pins. -1 with the error set.
 */
int judge_flows(struct judge *judge, const struct pins *pins, struct ruleset *rules, const struct nets *nets,
		struct flow *flows, size_t n, struct error *err);
void judge_free(struct judge *judge);

/* Returns what the policy is asked about a flow. */
struct flow_question flow_question_of(const struct flow *flow);

#endif
