/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists the addresses that this host cannot do without: its own, its default gateways, name servers, and loopback. */
#ifndef LSMCTL_HOST_OWN_NET_H
#define LSMCTL_HOST_OWN_NET_H

#include <stddef.h>
#include "bpf/abi.h"

enum own_kind {
	OWN_LOOPBACK = 1,
	OWN_SELF = 2,
	OWN_GATEWAY = 4,
	OWN_RESOLVER = 8,
	OWN_ALL = 15
};

struct own_address {
	union ip ip; /* IPv4 is ::ffff:a.b.c.d */
	__u8 len;    /* bits of 128 */
	const char *what;
};

/* Reads this network namespace and /etc/resolv.conf, and skips what it cannot read. Free *list. */
size_t own_addresses(struct own_address **list);
/* Those of some kinds only. */
size_t own_addresses_of(unsigned int kinds, struct own_address **list);

/*
 * The name servers alone, without those on loopback, which ask others: then those of systemd-resolved, if it runs. Free
 * *list.
 */
size_t own_name_servers(struct own_address **list);

/*
 * Those whose answers programs of this host get: of /etc/resolv.conf, loopback among them; those that systemd-resolved
 * asks; and where it listens, if it runs. Free *list.
 */
size_t own_resolvers(struct own_address **list);

/* The servers of the leases that systemd-networkd and dhclient have: they get the renewals. Free *list. */
size_t own_dhcp_servers(struct own_address **list);

#endif
