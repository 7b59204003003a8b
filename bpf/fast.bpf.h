/* SPDX-License-Identifier: GPL-2.0-only */
/* Lets a call pass at once if no rule is near its destination and nothing else can refuse it. For BPF only. */
#ifndef LSMCTL_FAST_H
#define LSMCTL_FAST_H

#include "lookup.bpf.h"

/*
 * Returns 0 when calls without a rule pass, and need no other check. When either generation blocks by default, checks
 * which one is in force.
 */
static __always_inline __u64 anything_special(void)
{
	const struct config *c = &shared.config;

	return (c->state ^ STATE_ON) | c->watching | c->running | c->ruled | c->trial_until |
	       (c->settings[0].default_verdict ^ VERDICT_ALLOW) | (c->settings[1].default_verdict ^ VERDICT_ALLOW);
}

/* True when a rule for nearly all addresses may match the port, which is at the same place in both families. */
static __always_inline __u32 is_port_mentioned(const struct sockaddr *address)
{
	if (!filter_has_any_port(&shared))
		return 0;
	return filter_has_port(&shared, __builtin_bswap16(*(__be16 *)((void *)address + 2)));
}

#define NEAR 0x10000000u /* a rule is near the address. No other part of what special4() returns has this bit */

/*
 * Returns 0 for an address without a rule, when the default is allow and nobody watches: nearly every call passes so.
 * Otherwise what keeps it from passing: see passes_anyway().
 */
static __always_inline __u64 special4(const struct sockaddr *address, __be32 addr)
{
	return (__u64)filter4_has(&shared, addr) * NEAR | is_port_mentioned(address) | anything_special();
}

/* high: the first 64 bits, in host order. */
static __always_inline __u64 special6(const struct sockaddr *address, __u64 high)
{
	return filter6_has(&shared, high) | is_port_mentioned(address) | anything_special();
}

/*
 * True when a call may pass although special is not 0: its only cause is a run that the caller is not in, or rules for
 * names, none of which is for a name of this address. special: of special4() or special6(). During a trial it has the
 * trial's end in it, which could look like a bit.
 */
static __always_inline bool passes_anyway(__u64 special, const union ip *ip)
{
	if (shared.config.trial_until)
		return false;
	return special == RUNNING ? !current_run() : special == RULED && !may_have_name(ip);
}

/* True when rules for names alone keep the call, and none of them is for a name of this IPv4 address. */
static __always_inline bool has_no_name4(__u64 special, __be32 addr)
{
	return special == RULED && passes_anyway(special, &(union ip){.w = {0, 0, MAPPED_PREFIX, addr}});
}

/*
 * passes_anyway() for IPv4. True also when only rules near the address keep the call, and none of them is for its port.
 * near: one may be.
 */
static __always_inline bool passes_anyway4(__u64 special, __be32 addr, bool near)
{
	if (special == NEAR)
		return !shared.config.trial_until && !near;
	return passes_anyway(special, &(union ip){.w = {0, 0, MAPPED_PREFIX, addr}});
}

/* False for a socket that needs more checks than its address: it has marks, or the kernel made it. */
static __always_inline bool is_ordinary(const struct sock *sk)
{
	return sk && !sk->sk_bpf_storage && !BPF_CORE_READ_BITFIELD(sk, sk_kern_sock);
}

#endif
