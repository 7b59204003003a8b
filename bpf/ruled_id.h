/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What names are in the tables, on both sides: see ruled.h. A name has an id, and stands there as an IPv6 address that
 * no host has: in 00fe::/16, of a range that the IETF keeps for itself (RFC 4291, 4.4). So a subject's tries, links and
 * walks serve names too.
 */
#ifndef LSMCTL_RULED_ID_H
#define LSMCTL_RULED_ID_H

#include "ip.h"

#define NAME_MARK 0x00feull

/*
 * An id, so that greater ones come first: an exact name before "*." and a name; then the longer one. Below that, a hash
 * of the name; commands refuse two names with one id.
 */
#define NAME_EXACT_SHIFT  63
#define NAME_LENGTH_SHIFT 55
#define NAME_HASH_MASK	  ((1ull << NAME_LENGTH_SHIFT) - 1)

static inline union ip name_ip(__u64 id)
{
	return (union ip){.d = {be64(NAME_MARK << 48 | id >> 16), be64(id << 48)}};
}

/* What stands for the word "resolvers", with an id that no name has. */
#define RESOLVERS_ID 0

static inline int ip_is_name(const union ip *ip)
{
	return be64(ip->d[0]) >> 48 == NAME_MARK;
}

static inline __u64 name_id(const union ip *ip)
{
	return be64(ip->d[0]) << 16 | be64(ip->d[1]) >> 48;
}

static inline int ip_is_resolvers(const union ip *ip)
{
	return ip_is_name(ip) && name_id(ip) == RESOLVERS_ID;
}

static inline __u32 ruled_hash(const union ip *ip)
{
	return ((ip->d[0] ^ ip->d[1]) * 0x9e3779b97f4a7c15ull) >> (64 - FILTER_RULED_BITS);
}

/* True for IPv4 addresses that no internet host has, by RFC 6890 and its registry; not those for documentation. */
static inline int is_local4(__u32 ip)
{
	return ip >> 24 == 0 || ip >> 24 == 10 || ip >> 22 == 0x64400000 >> 22 || ip >> 24 == 127 ||
	       ip >> 16 == 0xa9fe || ip >> 20 == 0xac10 >> 4 || ip >> 16 == 0xc0a8 || ip >> 29 == 7;
}

/* The same for both families, with IPv6 addresses that a translator turns into such ones. */
static inline int ip_is_local(const union ip *ip)
{
	__u32 first = be32(ip->w[0]), last = be32(ip->w[3]);

	if (ip_is_v4(ip))
		return is_local4(last);
	if (first >> 16 == 0x2002) /* 6to4 */
		return is_local4(first << 16 | be32(ip->w[1]) >> 16);
	if (first == 0x0064ff9b && !ip->w[1] && !ip->w[2]) /* NAT64 */
		return is_local4(last);
	if (first == 0x0064ff9b || !ip->d[0]) /* NAT64 with a local prefix; ::1, IPv4-compatible */
		return 1;
	/* fc00::/7; fe80::/10 and fec0::/10; ff00::/8 */
	return first >> 25 == 0xfc >> 1 || first >> 23 == 0xfe80 >> 7 || first >> 24 == 0xff;
}

#endif
