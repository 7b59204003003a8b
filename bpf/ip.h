/* SPDX-License-Identifier: GPL-2.0-only */
/* The 128-bit address space of programs and commands, and its IPv4 part. */
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

static inline __be64 be64(__u64 host)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap64(host);
#else
	return host;
#endif
}

/*
 * For the programs, brings a number into the register that is x86's rcx, which a shift reads: elsewhere the kernel's
 * compiler saves rcx and brings the number there, with three more instructions.
 */
static inline __u32 for_shift(__u32 n)
{
#ifdef __bpf__
	register __u32 in_rcx asm("w4") = n;

	asm("" : "+w"(in_rcx));
	return in_rcx;
#else
	return n;
#endif
}

/* Shifts by n modulo 32, as processors do. */
static inline __u32 shifted(__u32 word, __u32 n)
{
#ifdef __bpf__
	register __u32 in_rcx asm("w4") = n;

	asm("%0 >>= %1" : "+w"(word) : "w"(in_rcx));
	return word;
#else
	return word >> (n & 31);
#endif
}

#define MAPPED_PREFIX be32(0xffff)
#define LOOPBACK4     be32(0x7f000001)

static inline int ip_is_v4(const union ip *ip)
{
	return !ip->d[0] && ip->w[2] == MAPPED_PREFIX;
}

/*
 * Returns all bits for an IPv4 address, else none. Without a condition, which is hidden from the compiler: the verifier
 * would follow both sides through all that comes after it.
 */
static inline __u64 ip_v4_mask(const union ip *ip)
{
	__u64 other = ip->d[0] | (ip->w[2] ^ MAPPED_PREFIX);

	other |= 0 - other;
	asm("" : "+r"(other));
	return (other >> 63) - 1;
}

static inline int ip_is_any6(const union ip *ip)
{
	return !ip->d[0] && !ip->d[1];
}

/* True for 0.0.0.0 and ::, which stand for other addresses. */
static inline int ip_is_any(const union ip *ip)
{
	return ip_is_any6(ip) || (ip_is_v4(ip) && !ip->w[3]);
}

/* fe80::/10 */
static inline int ip_is_link_local(const union ip *ip)
{
	return ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80;
}

/*
 * A prefix has one family: ::/0 is every IPv6 address and no IPv4 one. IPv4 prefixes are exactly those within
 * ::ffff:0:0/96. When one covers an address, the trie returns it, since it is the longer one.
 */
static inline int prefix_is_v4(const union ip *ip, __u32 len)
{
	return len >= 96 && ip_is_v4(ip);
}

/*
 * Returns n, or 0 for a negative n. Uses the sign bit, hidden from the compiler, which would emit a jump: see walk.h.
 */
static inline __s32 not_negative(__s32 n)
{
	__s32 sign = n >> 31;

	asm("" : "+r"(sign));
	return n & ~sign;
}

/* Returns the first n bits of 64, n from 0 to 64. Shifts in two steps, since a shift by 64 is undefined. */
static inline __u64 first_bits(__be64 word, __u32 n)
{
	__u32 rest = 64 - n, half = rest / 2;

	return be64(word) >> half >> (rest - half);
}

/* Returns the bits in which an address differs from a prefix: 0 when the prefix covers it. */
static inline __u64 prefix_differs(const union ip *prefix, __u32 len, const union ip *ip)
{
	__u32 low = (__u32)not_negative((__s32)len - 64);

	return first_bits(prefix->d[0] ^ ip->d[0], len - low) | first_bits(prefix->d[1] ^ ip->d[1], low);
}

#endif
