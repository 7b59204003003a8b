/* SPDX-License-Identifier: GPL-2.0-only */
/* Lets a call pass at once if no rule is near its destination and nothing else can refuse it. For BPF only. */
#ifndef LSMCTL_FAST_H
#define LSMCTL_FAST_H

#include "lookup.bpf.h"

/* The place of a byte of union special in its word. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SPECIAL_SHIFT(field) (8 * __builtin_offsetof(union special, field))
#else
#define SPECIAL_SHIFT(field) (56 - 8 * __builtin_offsetof(union special, field))
#endif
#define SPECIAL(field, value) ((__u64)(value) << SPECIAL_SHIFT(field))

/* In the byte that nobody stores. */
#define NEAR	SPECIAL(near, 1) /* a rule is near the address */
#define UNUSUAL SPECIAL(near, 2) /* the socket needs more checks than its address */

/*
 * host: in host order. Return 0 for an address without a rule, when the default is allow and nobody watches: nearly
 * every call passes so. Otherwise what may keep it from passing. Whether the programs are loaded does not matter: then
 * no call is refused.
 */
static __always_inline __u64 special4(__u32 host)
{
	const struct shared *s = &shared;
	__u64 special;

	asm("" : "+r"(s)); /* clang would load the address, 64 bits, anew for each use */
	special = *(const volatile __u64 *)&s->config.special.any;
	return special | filter4_has(s, be32(host)) * NEAR;
}

/* high: the first 64 bits, in host order. */
static __always_inline __u64 special6(__u64 high)
{
	const struct shared *s = &shared;
	__u64 special;

	asm("" : "+r"(s)); /* the same */
	special = *(const volatile __u64 *)&s->config.special.any;
	return special | filter6_has(s, high) * NEAR;
}

/*
 * True for a socket that the kernel made. As BPF_CORE_READ_BITFIELD(), which takes more instructions: the bit becomes
 * the sign of a word, in which the field lies whatever its type is, since the lowest byte comes first.
 */
static __always_inline bool is_of_kernel(const struct sock *sk)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	const void *field = (const void *)sk + __builtin_preserve_field_info(sk->sk_kern_sock, BPF_FIELD_BYTE_OFFSET);

	return *(const __s64 *)field << __builtin_preserve_field_info(sk->sk_kern_sock, BPF_FIELD_LSHIFT_U64) < 0;
#else
	return BPF_CORE_READ_BITFIELD(sk, sk_kern_sock);
#endif
}

/*
 * Takes away from special what does not keep a call with this address, on this socket: rules of other ports for nearly
 * all addresses; marks of other sockets. The port is at the same place in both families.
 */
static __always_inline __u64 without_others(__u64 special, const struct sockaddr *address, const struct sock *sk)
{
	if (special & SPECIAL(any_left, 1) && !sk->sk_bpf_storage)
		special &= ~SPECIAL(any_left, 1);
	if (special & SPECIAL(ports, 1) &&
	    !filter_has_port(&shared, __builtin_bswap16(*(__be16 *)((void *)address + 2))))
		special &= ~SPECIAL(ports, 1);
	return special;
}

/*
 * True when a call may pass although special is not 0. The only cause is a run, and the caller is not in it; or the
 * only cause is that there are rules for names, and this address has no name that a rule is for.
 */
static __always_inline bool passes_anyway(__u64 special, const union ip *ip)
{
	return special == SPECIAL(running, 1) ? !current_run() : special == SPECIAL(ruled, RULED) && !may_have_name(ip);
}

/* True when rules for names alone keep the call, and none of them is for a name of this IPv4 address. */
static __always_inline bool has_no_name4(__u64 special, __be32 addr)
{
	return special == SPECIAL(ruled, RULED) && !has_name_bit(&(union ip){.w = {0, 0, MAPPED_PREFIX, addr}});
}

#endif
