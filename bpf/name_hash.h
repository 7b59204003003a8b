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

/* Makes a capital letter small, without a branch: the verifier would follow both. Lengths of labels are no letters. */
static inline __u32 dns_small(__u32 byte)
{
	__u32 letter = byte - 'A';

	return byte | ((letter - 26) & ~letter) >> 31 << 5;
}

/*
 * The hash of a name, of that of the name behind its first label; or of a name of one label, of the seed. len: of the
 * label, whose letters may be large. For commands: see suffix.h for the programs.
 */
static inline __u64 dns_hash_label(__u64 behind, __u64 seed, const char *label, __u64 len)
{
	__u64 hash = dns_hash(seed, len);

	for (__u64 i = 0; i < len; i++)
		hash = dns_hash(hash, dns_small((unsigned char)label[i]));
	return dns_hash(behind, hash);
}

#endif
