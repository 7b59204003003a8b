/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The filters tell which calls some rule may match, without a look at the tables. "No" is certain, "yes" may be wrong.
 * Fewer rules use fewer bits, which stay in the processor's caches. Plain C, like walk.h.
 *
 *   filter4        bit n covers the addresses whose 32 bits, shifted right, are n.
 *   filter4_all    the same, with fewer bits, for the rules that are for all ports or for many.
 *   filter4_few    the first 24 bits of an address and a port, hashed, select a bit: the other rules. So where filter4
 *                  has rules, these two tell whether one may match the port.
 *   filter6        the first 32 bits of an address, hashed, select a word and a bit; its first 48 bits select another
 *                  word, where the same bit counts too. A prefix sets its bit in the word of the longer head that it
 *                  has. A prefix shorter than 32 bits sets those of all heads within it.
 *   filter6_short  a byte for each 12 bits with which addresses begin: all ones when a very short prefix covers them.
 *   subjects       a bit for the hash of each user and group, and each range of them, that has rules.
 *   kinds          a bit for each kind of subject that has rules; and FILTER4_FEW, when some bit of filter4_few is set.
 *   wide_ports     a rule for nearly all addresses would set every bit of the above. If it has ports, it sets theirs
 *                  here instead, and that of NO_PORT. special.ports tells whether any is set.
 */
#ifndef LSMCTL_FILTER_H
#define LSMCTL_FILTER_H

#include "ip.h"

static inline __u32 filter4_bit(__be32 addr, __u32 shift)
{
	return shifted(be32(addr), shift);
}

static inline __u32 filter4_all_bit(__be32 addr, __u32 shift)
{
	shift &= 31;
	return shifted(be32(addr), shift < 32 - FILTER4_ALL_BITS ? 32 - FILTER4_ALL_BITS : shift);
}

#define FILTER4_FEW 31 /* in place of a kind of subject */

/* net: the first 24 bits of an address. */
static inline __u32 filter4_few_bit(__u32 net, __u32 port)
{
	return ((__u64)net << 16 | port) * 0x9e3779b97f4a7c15ull >> (64 - FILTER4_FEW_BITS);
}

/* head: of 32 or 48 bits. */
static inline __u64 filter6_hash(__u64 head)
{
	return head * 0x9e3779b97f4a7c15ull;
}

/* Returns the word of a hash; mask: config.filter6_mask. */
static inline __u32 filter6_word(__u64 hash, __u32 mask)
{
	return (__u32)(hash >> 32) & mask & (FILTER_WORDS(FILTER6_BITS) - 1);
}

/* Reads that word. Computes its place in bytes, as filter_has() does. */
static inline __u32 filter6_read(const struct shared *s, __u64 hash, __u32 mask)
{
	mask = (mask & (FILTER_WORDS(FILTER6_BITS) - 1)) * sizeof(s->filter6[0]);
	return *(const __u32 *)((const char *)s->filter6 + ((__u32)(hash >> 30) & mask));
}

/* Returns the bit, in either word, of a hash of 32 bits. */
static inline __u32 filter6_bit(__u64 hash)
{
	return hash >> 59;
}

/* Returns the byte of filter6_short. high: the first 64 bits of an address, in host order. */
static inline __u32 filter6_short_byte(__u64 high)
{
	return high >> 52;
}

static inline __u32 filter_subject_bit(__u32 kind, __u64 id)
{
	return subject_hash(kind, id) >> (32 - FILTER_SUBJECT_BITS);
}

/* Reads a bit. Computes the place of its word in bytes, which takes fewer instructions. */
static inline __u32 filter_has(const __u32 *filter, __u32 words, __u32 bit)
{
	__u32 within = for_shift(bit);
	const __u32 *word = (const void *)((const char *)filter + (bit / 8 & (words - 1) * sizeof(*word)));

	return shifted(*word, within) & 1;
}

static inline __u32 filter4_has(const struct shared *s, __be32 addr)
{
	return filter_has(s->filter4, FILTER_WORDS(FILTER4_BITS), filter4_bit(addr, s->config.filter4_shift));
}

static inline __u32 filter6_has(const struct shared *s, __u64 high)
{
	__u64 hash = filter6_hash(high >> 32);
	__u32 mask = s->config.filter6_mask;
	__u32 words = filter6_read(s, hash, mask) | filter6_read(s, filter6_hash(high >> 16), mask);

	return (shifted(words, filter6_bit(hash)) | s->filter6_short[filter6_short_byte(high)]) & 1;
}

/* False when no rule is for this user, group, or range of them. */
static inline __u32 filter_has_subject(const struct shared *s, __u32 kind, __u64 id)
{
	return filter_has(s->subjects, FILTER_WORDS(FILTER_SUBJECT_BITS), filter_subject_bit(kind, id));
}

/* False when no rule is for a subject of this kind. */
static inline __u32 filter_has_kind(const struct shared *s, __u32 kind)
{
	return s->kinds >> kind & 1;
}

/* Asked when filter4_has() says yes. port: or NO_PORT, whatever the port is. */
static inline __u32 filter4_has_for(const struct shared *s, __be32 addr, __u32 port)
{
	if (port == NO_PORT || !filter_has_kind(s, FILTER4_FEW))
		return 1;
	return filter_has(s->filter4_all, FILTER_WORDS(FILTER4_ALL_BITS),
			  filter4_all_bit(addr, s->config.filter4_shift)) |
	       filter_has(s->filter4_few, FILTER_WORDS(FILTER4_FEW_BITS), filter4_few_bit(be32(addr) >> 8, port));
}

#define KINDS_BY_ID (1u << SUBJECT_UID | 1u << SUBJECT_UIDS | 1u << SUBJECT_GID | 1u << SUBJECT_GIDS)

/* The same for any of these kinds, bits. */
static inline __u32 filter_has_kinds(const struct shared *s, __u32 kinds)
{
	return s->kinds & kinds;
}

/* port: or NO_PORT. */
static inline __u32 filter_has_port(const struct shared *s, __u32 port)
{
	return filter_has(s->wide_ports, FILTER_WORDS(FILTER_PORT_BITS), port);
}

#endif
