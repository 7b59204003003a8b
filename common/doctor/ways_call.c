// SPDX-License-Identifier: GPL-2.0-only
/* The calls that name a destination. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sctp.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>
#include <sys/uio.h>
#include "ways.h"

#ifndef SOL_SCTP
#define SOL_SCTP 132
#endif

static int result(ssize_t ret)
{
	return ret < 0 ? -errno : 0;
}

int call_connect(struct attempt *attempt, const void *address, socklen_t len)
{
	return result(connect(attempt->fd, address, len));
}

/* For sockets that send nothing on connect. */
int call_connect_send(struct attempt *attempt, const void *address, socklen_t len)
{
	const struct payload payload = way_payload(attempt->way);
	int ret = call_connect(attempt, address, len);

	return ret ? ret : result(send(attempt->fd, payload.data, payload.len, MSG_NOSIGNAL));
}

int call_sendto(struct attempt *attempt, const void *address, socklen_t len)
{
	const struct payload payload = way_payload(attempt->way);

	return result(sendto(attempt->fd, payload.data, payload.len, attempt->way->flags | MSG_NOSIGNAL, address, len));
}

static struct msghdr message(const struct attempt *attempt, struct iovec *data, const void *address, socklen_t len)
{
	const struct payload payload = way_payload(attempt->way);

	*data = (struct iovec){.iov_base = (void *)payload.data, .iov_len = payload.len};
	return (struct msghdr){.msg_name = (void *)address, .msg_namelen = len, .msg_iov = data, .msg_iovlen = 1};
}

int call_sendmsg(struct attempt *attempt, const void *address, socklen_t len)
{
	struct iovec data;
	const struct msghdr msg = message(attempt, &data, address, len);

	return result(sendmsg(attempt->fd, &msg, attempt->way->flags | MSG_NOSIGNAL));
}

int call_sendmmsg(struct attempt *attempt, const void *address, socklen_t len)
{
	struct iovec data;
	struct mmsghdr msgs[1] = {{.msg_hdr = message(attempt, &data, address, len)}};

	return result(sendmmsg(attempt->fd, msgs, 1, attempt->way->flags | MSG_NOSIGNAL));
}

/* Sends the rest again, as programs do: only then does the kernel return the error. */
int call_sendmmsg_second(struct attempt *attempt, const void *address, socklen_t len)
{
	struct sockaddr_storage peer;
	struct iovec data;
	struct mmsghdr msgs[2] = {
		{.msg_hdr = message(attempt, &data, &peer, address_peer(attempt, &peer))},
		{.msg_hdr = message(attempt, &data, address, len)},
	};
	int sent = sendmmsg(attempt->fd, msgs, 2, MSG_NOSIGNAL);

	attempt->allowed = 1;
	return sent == 1 ? result(sendmmsg(attempt->fd, &msgs[1], 1, MSG_NOSIGNAL)) : result(sent);
}

int call_connectx(struct attempt *attempt, const void *address, socklen_t len)
{
	return result(setsockopt(attempt->fd, SOL_SCTP, SCTP_SOCKOPT_CONNECTX, address, len));
}

/* A packed list of two addresses. */
int call_connectx_second(struct attempt *attempt, const void *address, socklen_t len)
{
	char list[2 * sizeof(struct sockaddr_in6)];
	struct sockaddr_storage peer;
	socklen_t first = address_peer(attempt, &peer);

	memcpy(list, &peer, first);
	memcpy(list + first, address, len);
	return result(setsockopt(attempt->fd, SOL_SCTP, SCTP_SOCKOPT_CONNECTX, list, first + len));
}

/* Starts an association with the peer that adds the target as another address of the peer. */
int call_sctp_extra_peer(struct attempt *attempt, const void *address, socklen_t len)
{
	union {
		char room[CMSG_SPACE(sizeof(struct in6_addr))];
		struct cmsghdr align;
	} control = {};
	bool v4 = attempt->way->version == 4;
	size_t size = v4 ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	struct iovec data;
	struct msghdr msg = message(attempt, &data, address, len);
	struct cmsghdr *head;

	msg.msg_control = &control;
	msg.msg_controllen = CMSG_SPACE(size);
	head = CMSG_FIRSTHDR(&msg);
	head->cmsg_level = IPPROTO_SCTP;
	head->cmsg_type = v4 ? SCTP_DSTADDRV4 : SCTP_DSTADDRV6;
	head->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(head), v4 ? (const void *)&attempt->to->target4 : &attempt->to->target6, size);
	return result(sendmsg(attempt->fd, &msg, MSG_NOSIGNAL));
}

/*
 * Builds a datagram with its headers, to the discard port of the target. Returns its size, at most DATAGRAM_MAX bytes.
 */
#define DATAGRAM_MAX 48

static size_t datagram(const struct attempt *attempt, unsigned char bytes[DATAGRAM_MAX])
{
	static const unsigned char udp[8] = {0, 9, 0, 9, 0, 8};
	const struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons(28),
		.ttl = 1,
		.protocol = IPPROTO_UDP,
		.saddr = attempt->to->peer4.s_addr,
		.daddr = attempt->to->target4.s_addr,
	};
	const struct ip6_hdr ip6 = {
		.ip6_flow = htonl(6u << 28), /* the version, in the top bits */
		.ip6_plen = htons(sizeof(udp)),
		.ip6_nxt = IPPROTO_UDP,
		.ip6_hlim = 1,
		.ip6_src = attempt->to->peer6,
		.ip6_dst = attempt->to->target6,
	};
	size_t size = attempt->way->version == 4 ? sizeof(ip) : sizeof(ip6);

	memcpy(bytes, attempt->way->version == 4 ? (const void *)&ip : &ip6, size);
	memcpy(bytes + size, udp, sizeof(udp));
	return size + sizeof(udp);
}

/* The address only selects the route: the packet goes where its header says. */
int call_header_included(struct attempt *attempt, const void *address, socklen_t len)
{
	unsigned char bytes[DATAGRAM_MAX];
	size_t size = datagram(attempt, bytes);

	return result(sendto(attempt->fd, bytes, size, MSG_NOSIGNAL, address, len));
}

int call_packet(struct attempt *attempt, const void *address, socklen_t len)
{
	struct sockaddr_ll device = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_halen = ETH_ALEN};
	unsigned char bytes[DATAGRAM_MAX];
	size_t size = datagram(attempt, bytes);

	(void)address, (void)len;
	device.sll_ifindex = (int)if_nametoindex("lo");
	return result(sendto(attempt->fd, bytes, size, MSG_NOSIGNAL, (const struct sockaddr *)&device, sizeof(device)));
}
