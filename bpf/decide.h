/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the address a process asked for to the destinations it would reach, and to one decision about them. Plain C:
 * clang compiles it for BPF, the host compiler for the unit tests.
 *
 * An address of no family can stand for more than one destination. Each is a candidate, judge() is called for each, and
 * the strictest verdict wins. Where 0.0.0.0 and :: do not stand for loopback, the hooks refuse them: source.bpf.h.
 */
#ifndef LSMCTL_DECIDE_H
#define LSMCTL_DECIDE_H

#include "ip.h"

struct decision {
	union ip ip;	  /* the candidate whose verdict counts */
	__u64 action;	  /* see action_make() */
	__u32 slot;	  /* of the rule that decided, or NO_SLOT for the default */
	__u32 judged;	  /* candidates so far */
	__u32 proto;	  /* given: as rules name it */
	__u32 raw;	  /* given: 1 when it is PROTO_RAW too, else 0 */
	__u32 port;	  /* given; or NO_PORT */
	__u32 generation; /* given: read once, so that one call never sees two rulesets */
	__u32 hook;	  /* given: enum hook */
};

/* What the includer provides: the slot and action of the rule for one destination, or NO_SLOT and the default's. */
static __u32 rule_for(const struct decision *d, const union ip *ip, __u64 *action);

static inline __u32 severity(__u64 action)
{
	switch (action_verdict(action)) {
	case VERDICT_ALLOW:
		return 0;
	case VERDICT_AUDIT:
		return 1;
	default:
		return 2;
	}
}

static __always_inline void judge(struct decision *d, const union ip *ip)
{
	__u64 action;
	__u32 slot = rule_for(d, ip, &action);

	if (!d->judged || severity(action) > severity(d->action)) {
		d->ip = *ip;
		d->action = action;
		d->slot = slot;
	}
	d->judged++;
}

/* 0.0.0.0 is loopback, where the socket has no source. Source: ip_route_output_key_hash_rcu(). */
static __always_inline void judge_v4(struct decision *d, __be32 addr)
{
	const union ip ip = {.w = {0, 0, MAPPED_PREFIX, addr ? addr : LOOPBACK4}};

	judge(d, &ip);
}

/* So is ::. Source: tcp_v6_connect(), udpv6_sendmsg() and __ip6_datagram_connect(). */
static __always_inline void judge_v6(struct decision *d, const union ip *addr)
{
	const union ip loopback = {.w = {0, 0, 0, be32(1)}};

	if (ip_is_v4(addr))
		judge_v4(d, addr->w[3]);
	else
		judge(d, ip_is_any6(addr) ? &loopback : addr);
}

#endif
