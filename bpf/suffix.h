/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hash of a question's name, and of each name above it: example.com and com for www.example.com. For both sides;
 * the includer has dns_message(), and suffix_found(), which gets each hash, the shortest name first. See dns.h for the
 * form.
 */
#ifndef LSMCTL_SUFFIX_H
#define LSMCTL_SUFFIX_H

#include "dns.h"

static inline void suffix_found(__u64 hash, __u32 is_whole);

/* Tells of some of the names. Returns whether there are more. */
static __attribute__((always_inline)) inline int suffix_part(struct dns *dns, __u32 most)
{
	for (__u32 i = 0; i < most; i++) {
		__u32 n = dns->labels;

		if (!n)
			return 0;
		n = (n - 1) & (DNS_LABELS - 1);
		dns->labels = n;
		dns->hash = dns_hash_name(dns->hash, dns->label[n]);
		suffix_found(dns->hash, !n);
	}
	return 1;
}

/* In parts, as dns_name(). */
#define SUFFIX_FIRST 8
#define SUFFIX_MORE  15
_Static_assert((DNS_LABELS - SUFFIX_FIRST) % SUFFIX_MORE == 0, "that many labels, and no more");

DNS_FUNCTION int suffix_on(void)
{
	struct dns *dns = dns_message();

	return dns ? suffix_part(dns, SUFFIX_MORE) : 0;
}

/* Tells of the name that was read last, and of those above it. Forgets its labels. */
DNS_FUNCTION int suffix_each(void)
{
	struct dns *dns = dns_message();
	int more;

	if (!dns)
		return 0;
	dns->hash = dns->seed;
	more = suffix_part(dns, SUFFIX_FIRST);
	for (__u32 i = SUFFIX_FIRST; more && i < DNS_LABELS; i += SUFFIX_MORE)
		more = suffix_on();
	return 0;
}

#endif
