/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks name servers for names, so that the programs of the kernel learn the addresses from the answers: see
 * bpf/dns.bpf.h. What runs already, and has asked before, goes on so.
 */
#ifndef LSMCTL_NAME_PRIME_H
#define LSMCTL_NAME_PRIME_H

#include <stdbool.h>
#include <stddef.h>
#include "bpf/abi.h"

struct prime {
	const char *name;
	bool answered; /* without an error, in both families */
	bool truncated;
	unsigned int left; /* internal: answers that are missing */
};

/*
 * Asks for the IPv4 and IPv6 addresses of n names, many at once: the first server, then the others for what is missing.
 * Takes at most PRIME_TIME for each server. The caller must hold no lock.
 */
#define PRIME_TIME 2000 /* ms */
void prime(struct prime *names, size_t n, const struct resolvers *servers);

#endif
