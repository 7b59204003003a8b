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

/*
 * True when nothing but a run elsewhere keeps a call from passing at once. special: what the caller has found. A
 * trial's end could look like the bit.
 */
static __always_inline bool is_outside_runs(__u64 special)
{
	return special == RUNNING && !shared.config.trial_until && !current_run();
}

/* True when only rules for names keep the call from passing at once, and no rule is for a name of this address. */
static __always_inline bool is_unruled(__u64 special, const union ip *ip)
{
	return special == RULED && !shared.config.trial_until && !may_have_name(ip);
}

static __always_inline bool is_unruled6(__u64 special, const struct sockaddr *address)
{
	union ip ip;

	return special == RULED && !bpf_probe_read_kernel(&ip, sizeof(ip), (void *)address + 8) &&
	       is_unruled(special, &ip);
}

/* True when a rule for nearly all addresses may match the port, which is at the same place in both families. */
static __always_inline __u32 is_port_mentioned(const struct sockaddr *address)
{
	if (!filter_has_any_port(&shared))
		return 0;
	return filter_has_port(&shared, __builtin_bswap16(*(__be16 *)((void *)address + 2)));
}

/*
 * True for an IPv4 address without a rule, when the default is allow and nobody watches. Fast path: nearly every call
 * is one. False for 0.0.0.0, which stands for an address that depends on the socket.
 */
static __always_inline bool passes_at_once4(const struct sockaddr *address)
{
	__be32 addr = *(__be32 *)((void *)address + 4);
	__u64 special = filter4_has(&shared, addr) | is_port_mentioned(address) | anything_special();

	return addr && (!special || is_outside_runs(special) ||
			is_unruled(special, &(union ip){.w = {0, 0, MAPPED_PREFIX, addr}}));
}

/*
 * The same for IPv6. False for what begins with 64 zeros: ::, ::1, and IPv4 in IPv6; and for link-local addresses,
 * which tie the socket to the link.
 */
static __always_inline bool passes_at_once6(const struct sockaddr *address)
{
	__u64 high = be64(*(__be64 *)((void *)address + 8)), link_local = high >> 54, special;

	asm("" : "+r"(link_local)); /* clang would compare all 64 bits, with more instructions */
	special = filter6_has(&shared, high) | is_port_mentioned(address) | anything_special();
	return high && link_local != 0xfe80 >> 6 &&
	       (!special || is_outside_runs(special) || is_unruled6(special, address));
}

/* False for a socket that needs more checks than its address: it has marks, or the kernel made it. */
static __always_inline bool is_ordinary(const struct sock *sk)
{
	return sk && !sk->sk_bpf_storage && !BPF_CORE_READ_BITFIELD(sk, sk_kern_sock);
}

#endif
