/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes of this network namespace that get or keep its addresses, as their sockets show. */
#ifndef LSMCTL_HOST_SOCKET_USERS_H
#define LSMCTL_HOST_SOCKET_USERS_H

#include <stddef.h>
#include <sys/types.h>
#include "process.h"

#define USES_DHCP   1u /* a UDP socket with the port of a DHCP client, 68 */
#define USES_DHCPV6 2u /* 546 */
#define USES_ICMPV6 4u /* a raw ICMPv6 socket, as for router discovery */
#define USES_PACKET 8u /* a packet socket, as for DHCP before there is an address */

struct socket_user {
	pid_t pid;
	unsigned int uses;
	char name[PROCESS_NAME_SIZE]; /* from outside: escape it */
};

/* Needs the right to look into other processes. What cannot be found out is left out. Free *list. */
size_t socket_users(struct socket_user **list);

#endif
