/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rule decides, found by looking at all of them, one after the other: what the compiled tables are held against.
 * It knows nothing of how those are made.
 */
#ifndef LSMCTL_NAIVE_H
#define LSMCTL_NAIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "bpf/ip.h"

struct naive_rule {
	bool there;
	union ip ip;
	uint32_t len; /* bits of 128 */
	uint32_t port_lo, port_hi, proto;
	enum subject_kind kind;
	uint64_t subject; /* uid, gid, range, or id of a program or a cgroup */
	bool set;	  /* it is in one */
	enum verdict verdict;
	uint64_t expires; /* 0: never */
};

struct call {
	union ip ip;
	uint32_t port; /* or NO_PORT */
	uint32_t proto;
	bool raw; /* it is PROTO_RAW too */
	uint32_t uid, gid;
	uint64_t exe;		 /* 0: none that a rule is for */
	const uint64_t *cgroups; /* the process's own first, then those around it */
	size_t n_cgroups;
	uint64_t now;
};

static inline bool naive_covers(const struct naive_rule *rule, const union ip *ip)
{
	/* A prefix is of one family: ::/0 is every IPv6 address and no IPv4 one. */
	if ((rule->len >= 96 && ip_is_v4(&rule->ip)) != ip_is_v4(ip))
		return false;
	for (uint32_t bit = 0; bit < rule->len; bit++) {
		if ((rule->ip.b[bit / 8] ^ ip->b[bit / 8]) & 0x80 >> bit % 8)
			return false;
	}
	return true;
}

static inline bool naive_matches(const struct naive_rule *rule, const struct call *call)
{
	if (!rule->there || (rule->expires && call->now >= rule->expires))
		return false;
	if (rule->proto != PROTO_ANY && rule->proto != call->proto && !(rule->proto == PROTO_RAW && call->raw))
		return false;
	if ((rule->port_lo || rule->port_hi != 65535) &&
	    (call->port == NO_PORT || call->port < rule->port_lo || call->port > rule->port_hi))
		return false;
	return naive_covers(rule, &call->ip);
}

/* The longest prefix; then the narrowest port range; then a named protocol over any; then a rule in no set; then block,
 * audit, allow. */
static inline bool naive_before(const struct naive_rule *a, const struct naive_rule *b)
{
	static const int rank[] = {[VERDICT_BLOCK] = 0, [VERDICT_AUDIT] = 1, [VERDICT_ALLOW] = 2};

	if (a->len != b->len)
		return a->len > b->len;
	if (a->port_hi - a->port_lo != b->port_hi - b->port_lo)
		return a->port_hi - a->port_lo < b->port_hi - b->port_lo;
	if ((a->proto == PROTO_ANY) != (b->proto == PROTO_ANY))
		return b->proto == PROTO_ANY;
	if (a->set != b->set)
		return b->set;
	if (a->verdict != b->verdict)
		return rank[a->verdict] < rank[b->verdict];
	return a->port_lo < b->port_lo; /* for a total order */
}

static inline int64_t naive_best(const struct naive_rule *rules, size_t n, const struct call *call,
				 enum subject_kind kind, uint64_t subject)
{
	int64_t best = -1;

	for (size_t i = 0; i < n; i++) {
		if (rules[i].kind == kind && rules[i].subject == subject && naive_matches(&rules[i], call) &&
		    (best < 0 || naive_before(&rules[i], &rules[best])))
			best = (int64_t)i;
	}
	return best;
}

/* The same of the narrowest range with an id that has a rule which matches; of two, that which begins first. */
static inline int64_t naive_range(const struct naive_rule *rules, size_t n, const struct call *call,
				  enum subject_kind kind, uint32_t id)
{
	const struct naive_rule *best = NULL;

	for (size_t i = 0; i < n; i++) {
		uint64_t from = rules[i].subject >> 32, to = rules[i].subject & UINT32_MAX;

		if (rules[i].kind != kind || id < from || id > to || !naive_matches(&rules[i], call))
			continue;
		if (!best || to - from < (best->subject & UINT32_MAX) - (best->subject >> 32) ||
		    (to - from == (best->subject & UINT32_MAX) - (best->subject >> 32) && from < best->subject >> 32))
			best = &rules[i];
	}
	return best ? naive_best(rules, n, call, kind, best->subject) : -1;
}

/* The index of the rule that decides, or -1. The cgroup, from the deepest up; then the uid; then the ranges of uids;
 * then the gid and the ranges of gids; then the program; then everyone. */
static inline int64_t naive_decide(const struct naive_rule *rules, size_t n, const struct call *call)
{
	int64_t found = -1;

	for (size_t i = 0; i < call->n_cgroups && found < 0; i++)
		found = naive_best(rules, n, call, SUBJECT_CGROUP, call->cgroups[i]);
	if (found < 0)
		found = naive_best(rules, n, call, SUBJECT_UID, call->uid);
	if (found < 0)
		found = naive_range(rules, n, call, SUBJECT_UIDS, call->uid);
	if (found < 0)
		found = naive_best(rules, n, call, SUBJECT_GID, call->gid);
	if (found < 0)
		found = naive_range(rules, n, call, SUBJECT_GIDS, call->gid);
	if (found < 0 && call->exe)
		found = naive_best(rules, n, call, SUBJECT_EXE, call->exe);
	if (found < 0)
		found = naive_best(rules, n, call, SUBJECT_EVERYONE, 0);
	return found;
}

#endif
