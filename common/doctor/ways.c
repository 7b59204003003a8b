// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if_ether.h>
#include <arpa/inet.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include "ways.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#define AF_SMC_	      43
#define SMC4	      0
#define SMC6	      1
#define PROTO_L2TP    115
#define PROTO_NOBODYS 253 /* reserved for experiments */

#define UDP	SOCK_DGRAM, 0
#define TCP	SOCK_STREAM, 0
#define MPTCP	SOCK_STREAM, IPPROTO_MPTCP
#define UDPLITE SOCK_DGRAM, IPPROTO_UDPLITE
#define SCTP	SOCK_STREAM, IPPROTO_SCTP
#define SCTPS	SOCK_SEQPACKET, IPPROTO_SCTP
#define SEQPKT	SOCK_SEQPACKET, 0
#define L2TP	SOCK_DGRAM, PROTO_L2TP
#define PING	SOCK_DGRAM, IPPROTO_ICMP

/* The same way for IPv4 and IPv6. */
#define BOTH(name, kind, ...)                                                                                          \
	{"ipv4 " name, 4, AF_INET, kind, __VA_ARGS__},                                                                 \
	{                                                                                                              \
		"ipv6 " name, 6, AF_INET6, kind, __VA_ARGS__                                                           \
	}
#define SMC(name, ...)                                                                                                 \
	{"ipv4 " name, 4, AF_SMC_, SOCK_STREAM, SMC4, __VA_ARGS__},                                                    \
	{                                                                                                              \
		"ipv6 " name, 6, AF_SMC_, SOCK_STREAM, SMC6, __VA_ARGS__                                               \
	}
/* With 0.0.0.0 as the address. */
#define ANY(name, kind, ...)                                                                                           \
	{                                                                                                              \
		name, 4, AF_INET, kind, .address = address_any, __VA_ARGS__                                            \
	}
/* An IPv4 address, in some form, on an IPv6 socket. */
#define ON6(name, kind, ...)                                                                                           \
	{                                                                                                              \
		name, 4, AF_INET6, kind, __VA_ARGS__                                                                   \
	}

static const struct way ways[] = {
	BOTH("tcp connect", TCP, .call = call_connect),
	BOTH("tcp fast open by sendto", TCP, .call = call_sendto, .flags = MSG_FASTOPEN),
	BOTH("tcp fast open by sendmsg", TCP, .call = call_sendmsg, .flags = MSG_FASTOPEN),
	BOTH("tcp fast open by sendmmsg", TCP, .call = call_sendmmsg, .flags = MSG_FASTOPEN),
	BOTH("tcp fast open by connect", TCP, .call = call_connect_send, .prepare = prepare_fastopen),
	BOTH("mptcp connect", MPTCP, .call = call_connect),
	BOTH("mptcp fast open", MPTCP, .call = call_sendto, .flags = MSG_FASTOPEN),
	SMC("smc connect", .call = call_connect),
	SMC("smc fast open", .call = call_sendto, .flags = MSG_FASTOPEN),
	SMC("smc fallen back, connect", .call = call_connect, .prepare = prepare_fall_back),
	SMC("smc fallen back, fast open", .call = call_sendto, .flags = MSG_FASTOPEN, .prepare = prepare_fall_back),
	BOTH("udp connect", UDP, .call = call_connect_send),
	BOTH("udp sendto", UDP, .call = call_sendto),
	BOTH("udp sendmsg", UDP, .call = call_sendmsg),
	BOTH("udp sendmmsg", UDP, .call = call_sendmmsg),
	BOTH("udp sendmmsg, second entry", UDP, .call = call_sendmmsg_second),
	BOTH("udp lite connect", UDPLITE, .call = call_connect_send),
	BOTH("udp lite sendto", UDPLITE, .call = call_sendto),
	BOTH("sctp connect", SCTP, .call = call_connect),
	BOTH("sctp connectx", SCTP, .call = call_connectx, .hook = HOOK_SCTP),
	BOTH("sctp connectx, second address", SCTP, .call = call_connectx_second, .hook = HOOK_SCTP),
	BOTH("sctp sendto", SCTPS, .call = call_sendto),
	BOTH("sctp sendmsg", SCTPS, .call = call_sendmsg),
	BOTH("sctp without a protocol, connect", SEQPKT, .call = call_connect),
	BOTH("sctp sendmsg, further peer", SCTPS, .address = address_peer, .call = call_sctp_extra_peer),
	BOTH("l2tp connect", L2TP, .address = address_l2tp, .call = call_connect_send, .prepare = prepare_bind_l2tp),
	BOTH("l2tp sendto", L2TP, .address = address_l2tp, .call = call_sendto),
	BOTH("io_uring tcp connect", TCP, .call = call_uring_connect),
	BOTH("io_uring tcp fast open", TCP, .call = call_uring_sendmsg, .flags = MSG_FASTOPEN),
	BOTH("io_uring udp sendmsg", UDP, .call = call_uring_sendmsg),
	BOTH("io_uring udp send", UDP, .call = call_uring_send),
	BOTH("io_uring udp send_zc", UDP, .call = call_uring_send_zc),

	{"ipv4 raw icmp connect", 4, AF_INET, SOCK_RAW, IPPROTO_ICMP, .call = call_connect_send},
	{"ipv4 raw icmp sendto", 4, AF_INET, SOCK_RAW, IPPROTO_ICMP, .call = call_sendto},
	{"ipv4 raw any protocol sendto", 4, AF_INET, SOCK_RAW, PROTO_NOBODYS, .call = call_sendto},
	{"ipv4 ping socket connect", 4, AF_INET, SOCK_DGRAM, IPPROTO_ICMP, .call = call_connect_send},
	{"ipv4 ping socket sendto", 4, AF_INET, SOCK_DGRAM, IPPROTO_ICMP, .call = call_sendto},
	{"ipv6 raw icmp connect", 6, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, .address = address_portless,
	 .call = call_connect_send},
	{"ipv6 raw icmp sendto", 6, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, .address = address_portless,
	 .call = call_sendto},
	{"ipv6 ping socket connect", 6, AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, .call = call_connect_send},
	{"ipv6 ping socket sendto", 6, AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, .call = call_sendto},

	ON6("mapped tcp connect", TCP, .address = address_mapped, .call = call_connect),
	ON6("mapped tcp fast open", TCP, .address = address_mapped, .call = call_sendto, .flags = MSG_FASTOPEN),
	ON6("mapped mptcp connect", MPTCP, .address = address_mapped, .call = call_connect),
	ON6("mapped udp connect", UDP, .address = address_mapped, .call = call_connect_send),
	ON6("mapped udp sendto", UDP, .address = address_mapped, .call = call_sendto),
	ON6("mapped udp sendmsg", UDP, .address = address_mapped, .call = call_sendmsg),
	ON6("mapped sctp connect", SCTP, .address = address_mapped, .call = call_connect),
	ON6("mapped io_uring udp sendmsg", UDP, .address = address_mapped, .call = call_uring_sendmsg),
	{"mapped smc connect", 4, AF_SMC_, SOCK_STREAM, SMC6, .address = address_mapped, .call = call_connect},
	ON6("ipv4 address on an ipv6 udp socket, connect", UDP, .call = call_connect_send),
	ON6("ipv4 address on an ipv6 udp socket, sendto", UDP, .call = call_sendto),

	{"unspecified family, ipv4 udp sendto", 4, AF_INET, UDP, .address = address_unspec, .call = call_sendto},
	{"unspecified family, ipv4 udp sendmmsg", 4, AF_INET, UDP, .address = address_unspec, .call = call_sendmmsg},
	{"unspecified family, ipv4 raw sendto", 4, AF_INET, SOCK_RAW, IPPROTO_ICMP, .address = address_unspec,
	 .call = call_sendto},
	{"unspecified family, ipv4 l2tp sendto", 4, AF_INET, L2TP, .address = address_l2tp_unspec, .call = call_sendto},
	{"unspecified family, ipv6 raw sendto", 6, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6,
	 .address = address_unspec_portless, .call = call_sendto},
	/* These send to their connected peer, unless IPV6_ADDRFORM turns them into IPv4 sockets just then. */
	ON6("unspecified family, ipv4 in it, connected ipv6 udp sendto", UDP, .address = address_unspec,
	    .call = call_sendto, .prepare = prepare_connect_peer),
	{"unspecified family, ipv6 in it, connected ipv6 udp sendto", 6, AF_INET6, UDP, .address = address_unspec,
	 .call = call_sendto, .prepare = prepare_connect_peer},

	{"ipv6 address of 24 bytes, tcp connect", 6, AF_INET6, TCP, .address = address_short, .call = call_connect},
	{"ipv6 address of 24 bytes, udp connect", 6, AF_INET6, UDP, .address = address_short,
	 .call = call_connect_send},
	{"ipv6 address of 24 bytes, udp sendto", 6, AF_INET6, UDP, .address = address_short, .call = call_sendto},
	ON6("mapped address of 24 bytes, tcp connect", TCP, .address = address_mapped_short, .call = call_connect),
	ON6("mapped address of 24 bytes, udp sendto", UDP, .address = address_mapped_short, .call = call_sendto),

	/*
	 * The kernel replaces 0.0.0.0 by the socket's bound address. For :: it does not, and the hooks refuse it
	 * anyway.
	 */
	ANY("0.0.0.0 bound, tcp connect", TCP, .call = call_connect, .prepare = prepare_bind),
	ANY("0.0.0.0 bound, tcp fast open", TCP, .call = call_sendto, .flags = MSG_FASTOPEN, .prepare = prepare_bind),
	ANY("0.0.0.0 bound, mptcp connect", MPTCP, .call = call_connect, .prepare = prepare_bind),
	{"0.0.0.0 bound, smc connect", 4, AF_SMC_, SOCK_STREAM, SMC4, .address = address_any, .call = call_connect,
	 .prepare = prepare_bind},
	ANY("0.0.0.0 bound, udp connect", UDP, .call = call_connect_send, .prepare = prepare_bind),
	ANY("0.0.0.0 bound, udp sendto", UDP, .call = call_sendto, .prepare = prepare_bind),
	ANY("0.0.0.0 bound, ping socket sendto", PING, .call = call_sendto, .prepare = prepare_bind),
	ANY("0.0.0.0 by a device, tcp connect", TCP, .call = call_connect, .prepare = prepare_device),
	ANY("0.0.0.0 by a device, udp sendto", UDP, .call = call_sendto, .prepare = prepare_device),
	ANY("0.0.0.0 by an interface, udp sendto", UDP, .call = call_sendto, .prepare = prepare_interface),
	ANY("0.0.0.0 with a source in a control message", UDP, .call = call_source_control),
	ANY("0.0.0.0 with a source in sendmmsg's second message", UDP, .call = call_source_second),
	ON6("mapped 0.0.0.0 bound, tcp connect", TCP, .address = address_any_mapped, .call = call_connect,
	    .prepare = prepare_bind_mapped),
	{":: bound, tcp connect", 6, AF_INET6, TCP, .address = address_any, .call = call_connect,
	 .prepare = prepare_bind},
	{":: bound, udp sendto", 6, AF_INET6, UDP, .address = address_any, .call = call_sendto,
	 .prepare = prepare_bind},

	{"ipv6 routing header by an option", 6, AF_INET6, UDP, .address = address_peer, .call = call_rthdr_option,
	 .hook = HOOK_SETSOCKOPT},
	{"ipv6 routing header by an old option", 6, AF_INET6, UDP, .address = address_peer, .call = call_rthdr_2292,
	 .hook = HOOK_SETSOCKOPT},
	{"ipv6 routing header by a flow label", 6, AF_INET6, UDP, .address = address_peer, .call = call_rthdr_label,
	 .hook = HOOK_SETSOCKOPT},
	{"ipv6 routing header by a control message", 6, AF_INET6, UDP, .address = address_peer,
	 .call = call_rthdr_control},
	{"ipv4 source route by an option", 4, AF_INET, UDP, .address = address_peer, .call = call_route_option,
	 .hook = HOOK_SETSOCKOPT},
	{"ipv4 source route by a control message", 4, AF_INET, UDP, .address = address_peer,
	 .call = call_route_control},

	/* The kernel calls no hook for an address equal to that of the message before. */
	{"ipv6 routing header by sendmmsg's second message", 6, AF_INET6, UDP, .address = address_peer,
	 .call = call_rthdr_second, .cure = CURE_BACKSTOP},
	{"ipv4 source route by sendmmsg's second message", 4, AF_INET, UDP, .address = address_peer,
	 .call = call_route_second, .cure = CURE_BACKSTOP},
	{"raw socket with a header of its own", 4, AF_INET, SOCK_RAW, IPPROTO_RAW, .address = address_peer,
	 .call = call_header_included, .cure = CURE_BACKSTOP},
	{"raw socket with an ipv6 header of its own", 6, AF_INET6, SOCK_RAW, IPPROTO_RAW,
	 .address = address_peer_portless, .call = call_header_included, .cure = CURE_BACKSTOP},
	{"packet socket", 4, AF_PACKET, SOCK_DGRAM, 0, .call = call_packet, .cure = CURE_STRICT, .hook = HOOK_CREATE},
	{"xdp socket", 4, AF_XDP, SOCK_RAW, 0, .cure = CURE_STRICT, .hook = HOOK_CREATE},
};

size_t ways_count(void)
{
	return sizeof(ways) / sizeof(ways[0]);
}

const struct way *way_at(size_t i)
{
	return &ways[i];
}

struct payload way_payload(const struct way *way)
{
	/* Echo requests; the kernel fills in the checksum of the second. */
	static const unsigned char echo4[8] = {8, 0, 0xf7, 0xff}, echo6[8] = {128};

	switch (way->protocol) {
	case IPPROTO_ICMP:
		return (struct payload){echo4, sizeof(echo4)};
	case IPPROTO_ICMPV6:
		return (struct payload){echo6, sizeof(echo6)};
	}
	return (struct payload){"x", 1};
}

int way_go(const struct way *way, const struct selftest_targets *to, struct attempt *attempt)
{
	const struct timeval patience = {.tv_sec = 3};
	const struct linger at_once = {.l_onoff = 1};
	struct sockaddr_storage address = {};
	socklen_t len;
	int ret = 0;

	*attempt = (struct attempt){.way = way, .to = to};
	/* Protocol 0 means TCP or UDP for IPv4 and IPv6 sockets, and selects the family for SMC. */
	attempt->fd = socket(way->domain, way->type | SOCK_CLOEXEC, way->protocol);
	if (attempt->fd < 0) {
		attempt->lacks = true;
		return -errno;
	}
	setsockopt(attempt->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	/* The connection ends with the socket, without delay. */
	setsockopt(attempt->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (way->prepare)
		ret = way->prepare(attempt);
	if (ret) {
		attempt->lacks = true;
	} else if (way->call) {
		len = (way->address ? way->address : address_plain)(attempt, &address);
		ret = way->call(attempt, &address, len);
	}
	close(attempt->fd);
	return ret;
}
