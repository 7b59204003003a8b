/* SPDX-License-Identifier: GPL-2.0-only */
/* Selects connections, by the words of a rule's identity. */
#ifndef LSMCTL_FLOW_FILTER_H
#define LSMCTL_FLOW_FILTER_H

#include "rule/rule.h"
#include "flow.h"

/* The caller zeroes it, and frees it with flow_filter_free(). */
struct flow_filter {
	bool refused;	    /* only what the policy refuses now */
	struct rules rules; /* that cover the connection; none: every connection passes */
};

#define FLOW_FILTER_ARGS                                                                                               \
	"[DESTINATION] [port P] [proto P] [uid U | gid G | exe P | cgroup P | unit N | container C | user-slice U]"

/* Parses FLOW_FILTER_ARGS, also with "refused" before it. -1 with the error set. */
int flow_filter_parse(struct flow_filter *filter, size_t n, char *const words[], struct error *err);
/*
 * True when a rule with these words would cover the connection. cgroup: the path of its cgroup, "" when unknown. any:
 * its process is not known yet, and may have any group and program. name: what stands for the name whose rule decides
 * about it (see ruled_id.h), or zero; NULL: the policy was not asked yet.
 */
bool flow_filter_passes(const struct flow_filter *filter, const struct flow *flow, const char *cgroup, bool any,
			const union ip *name);
void flow_filter_free(struct flow_filter *filter);

#endif
