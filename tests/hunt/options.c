// SPDX-License-Identifier: GPL-2.0-only
/* Socket options and control messages that may change where something goes, and how their values look. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include "hunt.h"

#define SOL_IPV6_ 41
#define SOL_SCTP_ 132

/* Numbers as include/uapi/linux/{in,in6,tcp,udp,sctp,smc}.h and asm-generic/socket.h have them. */
const struct sock_option options[] = {
	{"device", 1, 25, A_LINK_NAME, FOR_ANY},
	{"ifindex", 1, 62, A_LINK, FOR_ANY},
	{"reuseaddr", 1, 2, A_NUMBER, FOR_ANY},
	{"reuseport", 1, 15, A_NUMBER, FOR_ANY},
	{"broadcast", 1, 6, A_NUMBER, FOR_UDP},
	{"mark", 1, 36, A_NUMBER, FOR_ANY},
	{"zerocopy", 1, 60, A_NUMBER, FOR_TCP | FOR_UDP},
	{"dontroute", 1, 5, A_NUMBER, FOR_ANY},
	{"txtime", 1, 61, SIXTEEN_BYTES, FOR_UDP},
	{"keepalive", 1, 9, A_NUMBER, FOR_TCP | FOR_SMC},
	{"oobinline", 1, 10, A_NUMBER, FOR_TCP | FOR_SMC},
	{"busy-poll", 1, 46, A_NUMBER, FOR_ANY},
	{"ip-options", 0, 4, A_ROUTE, FOR_V4},
	{"unicast-if", 0, 50, A_LINK_BE, FOR_V4},
	{"multicast-if", 0, 32, A_MREQN, FOR_V4 | FOR_UDP},
	{"transparent", 0, 19, A_NUMBER, FOR_V4},
	{"freebind", 0, 15, A_NUMBER, FOR_V4},
	{"hdrincl", 0, 3, A_NUMBER, FOR_RAW},
	{"pktinfo", 0, 8, A_NUMBER, FOR_V4},
	{"bind-no-port", 0, 24, A_NUMBER, FOR_V4},
	{"recverr", 0, 11, A_NUMBER, FOR_V4},
	{"nodefrag", 0, 22, A_NUMBER, FOR_RAW},
	{"mtu-discover", 0, 10, A_NUMBER, FOR_V4},
	{"membership", 0, 35, A_MREQN, FOR_V4 | FOR_UDP},
	{"addrform", 41, 1, A_NUMBER, FOR_V6},
	{"v6only", 41, 26, A_NUMBER, FOR_V6},
	{"unicast-if6", 41, 76, A_LINK_BE, FOR_V6},
	{"multicast-if6", 41, 17, A_LINK, FOR_V6 | FOR_UDP},
	{"rthdr", 41, 57, AN_RTHDR, FOR_V6},
	{"2292pktoptions", 41, 6, SOME_PKTOPTS, FOR_V6},
	{"flowlabel", 41, 32, A_FLOWLABEL, FOR_V6},
	{"flowinfo-send", 41, 33, A_NUMBER, FOR_V6},
	{"freebind6", 41, 78, A_NUMBER, FOR_V6},
	{"transparent6", 41, 75, A_NUMBER, FOR_V6},
	{"pktinfo6", 41, 50, A_PKTINFO, FOR_V6},
	{"nexthop", 41, 9, A_SOCKADDR, FOR_V6},
	{"dstopts", 41, 59, AN_RTHDR, FOR_V6},
	{"hdrincl6", 41, 36, A_NUMBER, FOR_RAW | FOR_V6},
	{"addr-preferences", 41, 72, A_NUMBER, FOR_V6},
	{"recverr6", 41, 25, A_NUMBER, FOR_V6},
	{"autoflowlabel", 41, 70, A_NUMBER, FOR_V6},
	{"fastopen", 6, 23, A_NUMBER, FOR_TCP | FOR_SMC},
	{"fastopen-connect", 6, 30, A_NUMBER, FOR_TCP | FOR_SMC},
	{"fastopen-no-cookie", 6, 34, A_NUMBER, FOR_TCP | FOR_SMC},
	{"fastopen-key", 6, 33, SIXTEEN_BYTES, FOR_TCP | FOR_SMC},
	{"ulp", 6, 31, A_ULP, FOR_TCP | FOR_SMC},
	{"repair", 6, 19, A_NUMBER, FOR_TCP},
	{"nodelay", 6, 1, A_NUMBER, FOR_TCP | FOR_SMC},
	{"cork", 6, 3, A_NUMBER, FOR_TCP | FOR_SMC},
	{"defer-accept", 6, 9, A_NUMBER, FOR_TCP | FOR_SMC},
	{"notsent-lowat", 6, 25, A_NUMBER, FOR_TCP},
	{"repair-queue", 6, 20, A_NUMBER, FOR_TCP},
	{"udp-cork", 17, 1, A_NUMBER, FOR_UDP},
	{"udp-encap", 17, 100, A_NUMBER, FOR_UDP},
	{"udp-segment", 17, 103, A_NUMBER, FOR_UDP},
	{"udp-no-check6", 17, 101, A_NUMBER, FOR_UDP},
	{"limit-hs", 286, 1, A_NUMBER, FOR_SMC},
	{"connectx", 132, 110, A_SOCKADDR, FOR_SCTP},
	{"connectx-two", 132, 110, TWO_SOCKADDRS, FOR_SCTP},
	{"connectx-old", 132, 107, A_SOCKADDR, FOR_SCTP},
	{"connectx3", 132, 111, A_SOCKADDR, FOR_SCTP},
	{"bindx-add", 132, 100, A_SOCKADDR, FOR_SCTP},
	{"primary", 132, 6, SCTP_PRIM, FOR_SCTP},
	{"peer-primary", 132, 5, SCTP_PRIM, FOR_SCTP},
	{"auto-asconf", 132, 30, A_NUMBER, FOR_SCTP},
	{"udp-encaps-port", 132, 36, SCTP_PRIM, FOR_SCTP},
	{"sctp-nodelay", 132, 3, A_NUMBER, FOR_SCTP},
};
const unsigned int options_count = sizeof(options) / sizeof(options[0]);

static const char *const link_names[] = {"", "lo", "dummy9", "hv0", "hw0"};
static int link_indices[5];

void options_init(void)
{
	for (int i = 1; i < 5; i++)
		link_indices[i] = (int)if_nametoindex(link_names[i]);
}

int link_index(uint8_t choice)
{
	return link_indices[choice];
}

static const unsigned char *ip4_of(uint8_t choice)
{
	const struct host *host = host_of(choice);

	if (!host)
		return (const unsigned char *)"\0\0\0";
	return host->family == AF_INET ? host->ip : host->ip + 12;
}

/* An IPv4 address is its mapped one. */
static void ip6_of(uint8_t choice, unsigned char *to)
{
	const struct host *host = host_of(choice);

	memset(to, 0, 16);
	if (host && host->family == AF_INET6) {
		memcpy(to, host->ip, 16);
	} else if (host) {
		to[10] = to[11] = 0xff;
		memcpy(to + 12, host->ip, 4);
	}
}

/* A loose source route by one address. */
static size_t route(unsigned char *to, const struct op *op)
{
	const unsigned char head[] = {131, 7, 4};

	memcpy(to, head, 3);
	memcpy(to + 3, ip4_of(op->arg[VIA]), 4);
	to[7] = 0;
	return 8;
}

/* 0, 2 or 4, as the value says; or destination options with a home address. */
static size_t routing_header(unsigned char *to, const struct op *op)
{
	long type = choice_value(VALUE, op->arg[VALUE]);

	memset(to, 0, 40);
	to[1] = 2; /* 8 bytes more, twice */
	to[2] = (unsigned char)(type == 1 ? 2 : type);
	to[3] = 1; /* segments left */
	ip6_of(op->arg[VIA], to + 8);
	if (type != 4)
		return 24;
	to[1] = 4; /* two segments: the last is where it ends */
	ip6_of(op->arg[VIA], to + 24);
	to[4] = 1;
	return 40;
}

static size_t put(unsigned char *to, int level, int type, const void *value, size_t len)
{
	struct cmsghdr head = {.cmsg_len = CMSG_LEN(len), .cmsg_level = level, .cmsg_type = type};

	memset(to, 0, CMSG_SPACE(len));
	memcpy(to, &head, sizeof(head));
	memcpy(to + CMSG_LEN(0), value, len);
	return CMSG_SPACE(len);
}

static size_t put_pktinfo(unsigned char *to, const struct op *op, int type)
{
	struct in6_pktinfo info = {.ipi6_ifindex = (unsigned int)link_index(op->arg[LINK])};

	ip6_of(op->arg[VIA], (unsigned char *)&info.ipi6_addr);
	return put(to, SOL_IPV6_, type, &info, sizeof(info));
}

static size_t put_one(unsigned char *to, const struct op *op)
{
	unsigned char bytes[64] = {};
	int number = (int)choice_value(VALUE, op->arg[VALUE]);
	struct in_pktinfo info = {.ipi_ifindex = link_index(op->arg[LINK])};
	uint16_t small = (uint16_t)number;

	switch (choice_value(CMSG, op->arg[CMSG])) {
	case 1:
		memcpy(&info.ipi_spec_dst, ip4_of(op->arg[VIA]), 4);
		return put(to, 0, IP_PKTINFO, &info, sizeof(info));
	case 2:
		return put_pktinfo(to, op, IPV6_PKTINFO);
	case 3:
		return put_pktinfo(to, op, IPV6_2292PKTINFO);
	case 4:
		return put(to, 0, IP_RETOPTS, bytes, route(bytes, op));
	case 5:
		return put(to, SOL_IPV6_, IPV6_RTHDR, bytes, routing_header(bytes, op));
	case 6:
		return put(to, SOL_IPV6_, IPV6_2292RTHDR, bytes, routing_header(bytes, op));
	case 7:
		return put(to, SOL_SCTP_, 7, ip4_of(op->arg[VIA]), 4);
	case 8:
		ip6_of(op->arg[VIA], bytes);
		return put(to, SOL_SCTP_, 8, bytes, 16);
	case 9: /* struct sctp_initmsg */
		return put(to, SOL_SCTP_, 0, bytes, 8);
	case 10: /* struct sctp_sndrcvinfo, its flags SCTP_ADDR_OVER and the like */
		memcpy(bytes + 4, &small, sizeof(small));
		return put(to, SOL_SCTP_, 1, bytes, 32);
	case 11: /* struct sctp_sndinfo */
		memcpy(bytes + 2, &small, sizeof(small));
		return put(to, SOL_SCTP_, 2, bytes, 16);
	case 12:
		return put(to, 17, 103, &small, sizeof(small));
	case 13:
		return put(to, 0, IP_TOS, &number, sizeof(number));
	case 14:
		return put(to, 0, IP_TTL, &number, sizeof(number));
	case 15:
		return put(to, SOL_IPV6_, IPV6_TCLASS, &number, sizeof(number));
	case 16:
		return put(to, SOL_IPV6_, IPV6_HOPLIMIT, &number, sizeof(number));
	case 17:
		return put(to, SOL_IPV6_, IPV6_DSTOPTS, bytes, 8);
	case 18:
		return put(to, SOL_SOCKET, SO_MARK, &number, sizeof(number));
	case 19:
		return put(to, SOL_SOCKET, 61, bytes, 8);
	case 20:
		return put(to, 0, 52, &number, sizeof(number));
	case 21:
		return put(to, SOL_IPV6_, 11, &number, sizeof(number));
	case 22:
		return put(to, SOL_IPV6_, 62, &number, sizeof(number));
	case 23:
		return put(to, SOL_IPV6_, IPV6_HOPOPTS, bytes, 8);
	case 24:
		memcpy(bytes, &(int){0}, sizeof(int));
		return put(to, SOL_SOCKET, SCM_RIGHTS, bytes, sizeof(int));
	default:
		return put(to, SOL_IPV6_, 0, bytes, 0);
	}
}

size_t cmsg_build(void *room, const struct op *op)
{
	unsigned char *at = room;
	const int tos = 0;

	if (!op->arg[CMSG])
		return 0;
	for (long i = choice_value(PAD, op->arg[PAD]); i > 0; i--)
		at += put(at, 0, IP_TOS, &tos, sizeof(tos));
	at += put_one(at, op);
	return (size_t)(at - (unsigned char *)room);
}

static size_t packed(unsigned char *to, uint8_t host, uint8_t port)
{
	struct op op = {};

	op.arg[HOST] = host;
	op.arg[PORT] = port;
	return (size_t)address_of(&op, HOST, to);
}

/* First one that nothing blocks, of the same family: where nobody answers, or with an even value somebody does. */
static size_t two_addresses(unsigned char *to, const struct op *op)
{
	static const char *const firsts[2][2] = {{"open4", "open6"}, {"silent4", "silent6"}};
	const struct host *host = host_of(op->arg[VIA]);
	const char *name = firsts[choice_value(VALUE, op->arg[VALUE]) & 1][host && host->family == AF_INET6];
	size_t first = packed(to, choice_find(HOST, name), 0);

	return first + packed(to + first, op->arg[VIA], 0);
}

/* The length, into 160 bytes. */
static size_t build_value(unsigned char *to, const struct sock_option *option, const struct op *op)
{
	static const char *const ulps[] = {"tls", "smc", "mptcp", "espintcp"};
	const struct host *host = host_of(op->arg[VIA]);
	int number = (int)choice_value(VALUE, op->arg[VALUE]), link = link_index(op->arg[LINK]);
	const char *name = ulps[op->arg[VALUE] % 4];

	memset(to, 0, 160);
	switch (option->shape) {
	case A_LINK:
		memcpy(to, &link, sizeof(link));
		return sizeof(link);
	case A_LINK_BE:
		memcpy(to, &(uint32_t){htonl((uint32_t)link)}, sizeof(link));
		return sizeof(link);
	case A_LINK_NAME:
		name = link_names[op->arg[LINK]];
		memcpy(to, name, strlen(name));
		return strlen(name);
	case A_MREQN:
		memcpy(to + (number & 2 ? 0 : 4), ip4_of(op->arg[VIA]), 4);
		memcpy(to + 8, &link, sizeof(link));
		return 12;
	case A_PKTINFO:
		ip6_of(op->arg[VIA], to);
		memcpy(to + 16, &link, sizeof(link));
		return 20;
	case A_SOCKADDR:
		return packed(to, op->arg[VIA], 0);
	case TWO_SOCKADDRS:
		return two_addresses(to, op);
	case SCTP_PRIM: /* an association's number, then a struct sockaddr_storage */
		if (host)
			packed(to + 4, op->arg[VIA], 0);
		return 132;
	case A_ROUTE:
		return route(to, op);
	case AN_RTHDR:
		return routing_header(to, op);
	case SOME_PKTOPTS: {
		unsigned char header[64];

		return put(to, SOL_IPV6_, number == 3 ? IPV6_RTHDR : IPV6_2292RTHDR, header,
			   routing_header(header, op));
	}
	case A_FLOWLABEL: { /* struct in6_flowlabel_req: IPV6_FL_A_GET, for any, IPV6_FL_F_CREATE; then control messages
			     */
		unsigned char header[64];

		memcpy(to, host_of(choice_find(HOST, "open6"))->ip, 16);
		memcpy(to + 16, &(uint32_t){htonl(FLOW_LABEL)}, 4);
		to[21] = 255;
		to[22] = 1;
		return 32 + put(to + 32, SOL_IPV6_, IPV6_RTHDR, header, routing_header(header, op));
	}
	case A_ULP:
		memcpy(to, name, strlen(name));
		return strlen(name);
	case SIXTEEN_BYTES:
		return 16;
	default:
		memcpy(to, &number, sizeof(number));
		return sizeof(number);
	}
}

int option_set(int fd, const struct op *op)
{
	const struct sock_option *option = &options[op->arg[NAME]];
	unsigned char value[160];
	size_t len = build_value(value, option, op);

	if (option->level == SOL_SCTP_ && option->number == 111) {
		/* struct sctp_getaddrs_old: getsockopt(2) that connects */
		struct {
			int association, len;
			void *addresses;
		} ask = {0, (int)len, value};
		socklen_t size = sizeof(ask);

		return getsockopt(fd, option->level, option->number, &ask, &size) ? -errno : 0;
	}
	return setsockopt(fd, option->level, option->number, value, (socklen_t)len) ? -errno : 0;
}
