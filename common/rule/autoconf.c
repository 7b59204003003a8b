// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/ip.h"
#include "autoconf.h"

#define UDP	      17
#define ICMP	      1
#define DHCP_SERVER   67
#define DHCPV6_SERVER 547

uint16_t autoconf_proto(const struct prefix *prefix, struct port_range *ports)
{
	static const union ip all_dhcp = {.b = {[0] = 0xff, [1] = 0x02, [13] = 1, [15] = 2}}; /* ff02::1:2 */
	bool v4 = ip_is_v4(&prefix->ip);

	*ports = (struct port_range){0, UINT16_MAX};
	if (!v4 && !prefix_equal(prefix, &(struct prefix){all_dhcp, 128}))
		return ICMP;
	ports->lo = ports->hi = v4 ? DHCP_SERVER : DHCPV6_SERVER;
	return UDP;
}
