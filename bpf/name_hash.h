/* SPDX-License-Identifier: GPL-2.0-only */
/* Hashes of names, with a secret seed. For the programs that learn names and the commands that say which. */
#ifndef LSMCTL_NAME_HASH_H
#define LSMCTL_NAME_HASH_H

#include <linux/types.h>

/* Adds to a hash. The shift makes later bits matter to earlier ones, so that without the seed nobody finds two alike.
 */
static inline __u64 dns_hash(__u64 hash, __u64 more)
{
	hash = (hash ^ more) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 32;
}

/* The same for eight bytes, two at a time: so many that who can choose more of them finds two alike. */
static inline __u64 dns_hash_word(__u64 hash, __u64 word)
{
	hash = dns_hash(hash, word & 0xffff);
	hash = dns_hash(hash, word >> 16 & 0xffff);
	hash = dns_hash(hash, word >> 32 & 0xffff);
	return dns_hash(hash, word >> 48);
}

#define EACH_BYTE 0x0101010101010101ull

/* Makes the capital letters of eight bytes small, without a branch: the verifier would follow both. */
static inline __u64 dns_small(__u64 word)
{
	__u64 low = word & 0x7f * EACH_BYTE;
	__u64 from_a = low + (0x80 - 'A') * EACH_BYTE, past_z = low + (0x7f - 'Z') * EACH_BYTE;

	return word | (from_a & ~past_z & ~word & 0x80 * EACH_BYTE) >> 2;
}

/* The hash of a name, of that of the name behind its first label, or of the seed; and of that label's. */
static inline __u64 dns_hash_name(__u64 behind, __u64 label)
{
	return dns_hash(behind, label);
}

/* The same for commands: of a label's text, of at most 63 letters, which may be large. See dns_name() for the programs.
 */
static inline __u64 dns_hash_label(__u64 behind, __u64 seed, const char *label, __u64 len)
{
	__u64 hash = dns_hash(seed, len);

	for (__u64 i = 0; i < len; i += 8) {
		__u64 word = 0;

		__builtin_memcpy(&word, label + i, len - i < 8 ? len - i : 8);
		hash = dns_hash_word(hash, dns_small(word));
	}
	return dns_hash_name(behind, hash);
}

#endif
