/* SPDX-License-Identifier: GPL-2.0-only */
/* The one 128-bit address space, for the programs and the commands: what is IPv4 in it. */
#ifndef LSMCTL_IP_H
#define LSMCTL_IP_H

#include "abi.h"

static inline __be32 be32(__u32 host)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap32(host);
#else
	return host;
#endif
}

#define MAPPED_PREFIX be32(0xffff)
#define LOOPBACK4     be32(0x7f000001)

static inline int ip_is_v4(const union ip *ip)
{
	return !ip->w[0] && !ip->w[1] && ip->w[2] == MAPPED_PREFIX;
}

static inline int ip_is_any6(const union ip *ip)
{
	return !ip->w[0] && !ip->w[1] && !ip->w[2] && !ip->w[3];
}

/*
 * A prefix is of one family: ::/0 is every IPv6 address and no IPv4 one. Only prefixes that lie within ::ffff:0:0/96
 * are IPv4's, and the trie has one for an address whenever such a prefix covers it, since those are the longer ones.
 */
static inline int prefix_is_v4(const union ip *ip, __u32 len)
{
	return len >= 96 && ip_is_v4(ip);
}

/* n, or 0 when it is less. By the sign, hidden from the compiler, which would make a jump of it: see walk.h. */
static inline __s32 not_negative(__s32 n)
{
	__s32 sign = n >> 31;

	asm("" : "+r"(sign));
	return n & ~sign;
}

/* Bits in which an address differs from a prefix: 0 when the prefix covers it. */
static inline __u32 prefix_differs(const union ip *prefix, __u32 len, const union ip *ip)
{
	__u32 differs = 0;

	for (__s32 i = 0; i < 4; i++) {
		__s32 rest = not_negative(32 - not_negative((__s32)len - 32 * i)); /* bits of this word behind it */

		differs |= (prefix->w[i] ^ ip->w[i]) & be32((__u32)(~0ull << rest));
	}
	return differs;
}

#endif
