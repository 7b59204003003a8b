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

/* Tells of the name that was read last, and of those above it. Forgets its labels. */
DNS_FUNCTION int suffix_each(void)
{
	struct dns *dns = dns_message();

	if (!dns)
		return 0;
	dns->hash = dns->seed;
	for (__u32 i = 0; i < DNS_LABELS; i++) {
		__u32 n = dns->labels;

		if (!n)
			break;
		n = (n - 1) & (DNS_LABELS - 1);
		dns->labels = n;
		dns->hash = dns_hash_name(dns->hash, dns->label[n]);
		suffix_found(dns->hash, !n);
	}
	return 0;
}

#endif
