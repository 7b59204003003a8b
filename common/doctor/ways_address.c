// SPDX-License-Identifier: GPL-2.0-only
/* Addresses in all forms that the kernel accepts, and preparations of a socket. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/l2tp.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include "ways.h"

#define SHORT_IN6 24 /* without the scope id */

static socklen_t put4(struct sockaddr_storage *address, struct in_addr to, unsigned short port)
{
	const struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = to};

	memcpy(address, &in, sizeof(in));
	return sizeof(in);
}

static socklen_t put6(struct sockaddr_storage *address, const struct in6_addr *to, unsigned short port)
{
	const struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = *to};

	memcpy(address, &in6, sizeof(in6));
	return sizeof(in6);
}

static socklen_t put_mapped(struct sockaddr_storage *address, struct in_addr to, unsigned short port)
{
	struct in6_addr mapped = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

	memcpy(&mapped.s6_addr[12], &to, sizeof(to));
	return put6(address, &mapped, port);
}

static socklen_t put(const struct attempt *attempt, struct sockaddr_storage *address, unsigned short port)
{
	return attempt->way->version == 4 ? put4(address, attempt->to->target4, port)
					  : put6(address, &attempt->to->target6, port);
}

/* The family is at the same place in every form. */
static socklen_t without_family(struct sockaddr_storage *address, socklen_t len)
{
	address->ss_family = AF_UNSPEC;
	return len;
}

socklen_t address_plain(const struct attempt *attempt, struct sockaddr_storage *address)
{
	return put(attempt, address, WAYS_PORT);
}

/* Raw IPv6 sockets need port 0: they read the port as a protocol. */
socklen_t address_portless(const struct attempt *attempt, struct sockaddr_storage *address)
{
	return put(attempt, address, 0);
}

static socklen_t put_peer(const struct attempt *attempt, struct sockaddr_storage *address, unsigned short port)
{
	return attempt->way->version == 4 ? put4(address, attempt->to->peer4, port)
					  : put6(address, &attempt->to->peer6, port);
}

socklen_t address_peer(const struct attempt *attempt, struct sockaddr_storage *address)
{
	return put_peer(attempt, address, WAYS_PORT);
}

socklen_t address_peer_portless(const struct attempt *attempt, struct sockaddr_storage *address)
{
	return put_peer(attempt, address, 0);
}

socklen_t address_mapped(const struct attempt *attempt, struct sockaddr_storage *address)
{
	return put_mapped(address, attempt->to->target4, WAYS_PORT);
}

socklen_t address_short(const struct attempt *attempt, struct sockaddr_storage *address)
{
	address_plain(attempt, address);
	return SHORT_IN6;
}

socklen_t address_mapped_short(const struct attempt *attempt, struct sockaddr_storage *address)
{
	address_mapped(attempt, address);
	return SHORT_IN6;
}

socklen_t address_unspec(const struct attempt *attempt, struct sockaddr_storage *address)
{
	return without_family(address, address_plain(attempt, address));
}

socklen_t address_unspec_portless(const struct attempt *attempt, struct sockaddr_storage *address)
{
	return without_family(address, address_portless(attempt, address));
}

socklen_t address_any(const struct attempt *attempt, struct sockaddr_storage *address)
{
	return attempt->way->version == 4 ? put4(address, (struct in_addr){INADDR_ANY}, WAYS_PORT)
					  : put6(address, &in6addr_any, WAYS_PORT);
}

socklen_t address_any_mapped(const struct attempt *attempt, struct sockaddr_storage *address)
{
	(void)attempt;
	return put_mapped(address, (struct in_addr){INADDR_ANY}, WAYS_PORT);
}

/* With a connection id, which need not exist. */
static socklen_t put_l2tp(struct sockaddr_storage *address, struct in_addr to)
{
	const struct sockaddr_l2tpip in = {.l2tp_family = AF_INET, .l2tp_addr = to, .l2tp_conn_id = 7};

	memcpy(address, &in, sizeof(in));
	return sizeof(in);
}

static socklen_t put_l2tp6(struct sockaddr_storage *address, const struct in6_addr *to)
{
	const struct sockaddr_l2tpip6 in6 = {.l2tp_family = AF_INET6, .l2tp_addr = *to, .l2tp_conn_id = 7};

	memcpy(address, &in6, sizeof(in6));
	return sizeof(in6);
}

socklen_t address_l2tp(const struct attempt *attempt, struct sockaddr_storage *address)
{
	return attempt->way->version == 4 ? put_l2tp(address, attempt->to->target4)
					  : put_l2tp6(address, &attempt->to->target6);
}

socklen_t address_l2tp_unspec(const struct attempt *attempt, struct sockaddr_storage *address)
{
	return without_family(address, address_l2tp(attempt, address));
}

static int bind_to(struct attempt *attempt, const struct sockaddr_storage *address, socklen_t len)
{
	return bind(attempt->fd, (const struct sockaddr *)address, len) ? -errno : 0;
}

int prepare_fastopen(struct attempt *attempt)
{
	int on = 1;

	return setsockopt(attempt->fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on)) ? -errno : 0;
}

/*
 * Makes SMC fall back to TCP with an option that SMC lacks: the descriptor then belongs to a TCP socket of the kernel.
 */
int prepare_fall_back(struct attempt *attempt)
{
	int on = 1;

	return setsockopt(attempt->fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, &on, sizeof(on)) ? -errno : 0;
}

int prepare_bind(struct attempt *attempt)
{
	struct sockaddr_storage address;

	return bind_to(attempt, &address, put(attempt, &address, 0));
}

int prepare_bind_mapped(struct attempt *attempt)
{
	struct sockaddr_storage address;

	return bind_to(attempt, &address, put_mapped(&address, attempt->to->target4, 0));
}

int prepare_device(struct attempt *attempt)
{
	return setsockopt(attempt->fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", sizeof("lo")) ? -errno : 0;
}

int prepare_interface(struct attempt *attempt)
{
	const unsigned int index = htonl(if_nametoindex("lo"));

	return setsockopt(attempt->fd, IPPROTO_IP, IP_UNICAST_IF, &index, sizeof(index)) ? -errno : 0;
}

/* Only a bound L2TP socket can be connected. */
int prepare_bind_l2tp(struct attempt *attempt)
{
	struct sockaddr_storage address;

	return bind_to(attempt, &address,
		       attempt->way->version == 4 ? put_l2tp(&address, (struct in_addr){INADDR_ANY})
						  : put_l2tp6(&address, &in6addr_any));
}

int prepare_connect_peer(struct attempt *attempt)
{
	struct sockaddr_storage address;
	socklen_t len = put6(&address, &attempt->to->peer6, WAYS_PORT);

	return connect(attempt->fd, (const struct sockaddr *)&address, len) ? -errno : 0;
}
