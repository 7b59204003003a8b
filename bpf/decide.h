/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the address of a call to the destinations that it reaches, and to one decision. Plain C: clang compiles it for
 * BPF, the host compiler for the unit tests.
 *
 * An address without a family can stand for several destinations. judge() is called for each candidate, and the
 * strictest verdict counts. When 0.0.0.0 and :: do not stand for loopback, the hooks refuse them: see source.bpf.h.
 */
#ifndef LSMCTL_DECIDE_H
#define LSMCTL_DECIDE_H

#include "call.h"
#include "ip.h"

struct decision {
	union ip ip;  /* the candidate whose verdict counts */
	__u64 action; /* see action_make() */
	__u32 slot;   /* the deciding rule, or NO_SLOT for the default */
	__u32 judged; /* candidates so far */
	__u32 call;   /* input: see call_make(). Its generation is read once, so that a call never sees two rulesets */
	__u32 hook;   /* input: enum hook */
	__u64 socket; /* input: the call's socket */
};

/*
 * Provided by the includer: returns the slot and action of the rule for one destination, or NO_SLOT and the default's.
 */
static __u32 rule_for(const struct decision *d, const union ip *ip, __u64 *action);

/*
 * A table of two-bit severities, indexed by verdict. A number that is no verdict is as severe as block. A table needs
 * no jumps: see rule_matches().
 */
#define SEVERITIES (0 << 2 * VERDICT_ALLOW | 1 << 2 * VERDICT_AUDIT | 2 << 2 * VERDICT_BLOCK | 2 << 2 * VERDICTS)
_Static_assert(VERDICTS == 3, "two bits hold a verdict, and one value is none");

/*
 * In the highest bits of the low half of a decision's action, which no rule has: what decided in place of a rule. The
 * default, and not for want of a rule that can be found; or the process's run.
 */
#define BY_DEFAULT 1
#define BY_RUN	   2
#define BY_SHIFT   30

static inline __u32 action_by(__u64 action)
{
	return action >> BY_SHIFT & 3;
}

/* A refusal by a run is more severe than one by a rule, which mode audit turns into a pass. */
static inline __u32 severity(__u64 action)
{
	__u32 severity = SEVERITIES >> 2 * action_verdict(action) & 3, by = action_by(action);

	return severity + (severity >> 1 & by >> 1 & (by ^ 1)); /* BY_RUN, without a condition */
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

/* 0.0.0.0 is loopback when the socket has no source. Source: ip_route_output_key_hash_rcu(). */
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
