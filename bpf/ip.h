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

#endif
