/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The word autoconf: what programs of this host send to get and to keep its addresses. DHCP asks everybody at
 * 255.255.255.255 port 67, DHCPv6 at ff02::1:2 port 547; router and neighbour discovery are icmp. The kernel's own
 * discovery needs no rule. Its prefixes are in prefix.c.
 */
#ifndef LSMCTL_RULE_AUTOCONF_H
#define LSMCTL_RULE_AUTOCONF_H

#include "ports.h"
#include "prefix.h"

#define AUTOCONF "autoconf"

/* Returns the protocol for a prefix of the word, and its ports. */
uint16_t autoconf_proto(const struct prefix *prefix, struct port_range *ports);

#endif
