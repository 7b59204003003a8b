/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hash of a question's name, and of each name above it: example.com and com for www.example.com. A name is hashed
 * label by label, the last one first. For both sides; the includer has dns_message(), suffixes(), which returns a
 * struct suffixes or NULL, and suffix_found(), which gets each hash, the shortest name first. See dns.h for the form.
 */
#ifndef LSMCTL_SUFFIX_H
#define LSMCTL_SUFFIX_H

#include "dns.h"

#define DNS_LABELS 128 /* of the longest name: 127. A power of two */

struct suffixes {
	__u64 label[DNS_LABELS];
	volatile __u32 at, left, n;
	volatile __u64 hash;
};

static inline struct suffixes *suffixes(void);
static inline void suffix_found(__u64 hash, __u32 is_whole);

/* Returns all bits for 0, and none for other numbers; without a branch, as dns_small(). */
static inline __u64 suffix_is_zero(__u64 n)
{
	__s64 less = ((__s64)n - 1) >> 63;

	asm("" : "+r"(less));
	return (__u64)less;
}

/* Hashes each label of the question's name, which dns_question() has read: so it has no pointers. */
DNS_FUNCTION __u32 suffix_labels(void)
{
	struct dns *dns = dns_message();
	struct suffixes *s = suffixes();

	if (!dns || !s)
		return 0;
	s->at = DNS_HEAD;
	s->left = 0;
	s->n = 0;
	for (__u32 i = 0; i < DNS_NAME; i++) {
		__u32 byte = dns->bytes[dns_at(s->at)], left = s->left, n = s->n & (DNS_LABELS - 1);
		__u32 last;
		__u64 starts, hash;

		s->at = s->at + 1;
		last = left | byte;
		asm("" : "+r"(last)); /* one branch: clang would ask for each */
		if (!last)
			return s->n;
		starts = suffix_is_zero(left);
		hash = dns_hash((s->hash & ~starts) | (dns->seed & starts), dns_small(byte));
		s->label[n] = s->hash = hash; /* until the next byte of the label */
		s->left = ((left - 1) & (__u32)~starts) | (byte & 63 & (__u32)starts);
		s->n = n + (suffix_is_zero(left ^ 1) & 1);
	}
	return 0;
}

/* Tells of the name and of those above it. */
DNS_FUNCTION int suffix_each(void)
{
	const struct dns *dns = dns_message();
	struct suffixes *s = suffixes();

	if (!dns || !s)
		return 0;
	s->hash = dns->seed;
	for (__u32 i = 0; i < DNS_LABELS; i++) {
		__u32 n = s->n;

		if (!n)
			break;
		n = (n - 1) & (DNS_LABELS - 1);
		s->n = n;
		s->hash = dns_hash(s->hash, s->label[n]);
		suffix_found(s->hash, !n);
	}
	return 0;
}

#endif
