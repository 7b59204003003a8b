// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include "diag.h"

#define MPTCP 262 /* IPPROTO_MPTCP */
/*
 * All states but TIME_WAIT. Not those that the kernel knows beyond these: it walks through all ports once more to find
 * the sockets that have one and no peer, and nothing here asks for them.
 */
#define STATES	  (0x1fffu & ~(1u << STATE_TIME_WAIT))
#define ROOM	  65536
#define AT_A_TIME 64 /* requests in one packet: their answers fit the receive buffer */

struct request {
	struct nlmsghdr header;
	struct inet_diag_req_v2 about;
	struct nlattr attribute;
	__u32 proto; /* the field of the request has 8 bits, which is too few for MPTCP */
};

static int proto_of(enum flow_kind kind)
{
	static const int protos[FLOW_KINDS] = {
		[FLOW_TCP] = IPPROTO_TCP, [FLOW_UDP] = IPPROTO_UDP,   [FLOW_UDPLITE] = IPPROTO_UDPLITE,
		[FLOW_MPTCP] = MPTCP,	  [FLOW_SCTP] = IPPROTO_SCTP, [FLOW_RAW] = IPPROTO_RAW,
	};

	return protos[kind];
}

/* The protocol of a call on such a socket, as the programs see it. */
static uint16_t policy_proto(enum flow_kind kind, const struct flow *flow)
{
	switch (kind) {
	case FLOW_UDP:
	case FLOW_UDPLITE:
		return IPPROTO_UDP;
	case FLOW_SCTP:
		return IPPROTO_SCTP;
	case FLOW_RAW: /* stands where others have the port; ICMPv6 counts as icmp */
		return flow->local_port == IPPROTO_ICMPV6 ? IPPROTO_ICMP : flow->local_port & 0xff;
	default:
		return IPPROTO_TCP;
	}
}

static struct request request_for(enum flow_kind kind, int family, __u16 type, __u16 flags)
{
	int proto = proto_of(kind);
	struct request request = {
		.header = {.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags},
		.about = {.sdiag_family = (__u8)family, .sdiag_protocol = (__u8)proto, .idiag_states = STATES},
	};

	request.header.nlmsg_len = offsetof(struct request, attribute);
	if (proto > UINT8_MAX) {
		request.attribute =
			(struct nlattr){sizeof(request.attribute) + sizeof(request.proto), INET_DIAG_REQ_PROTOCOL};
		request.proto = (__u32)proto;
		request.header.nlmsg_len = sizeof(request);
	}
	return request;
}

static union ip ip_of(int family, const __be32 address[4])
{
	union ip ip = {.b = {[10] = 0xff, 0xff}};

	if (family == AF_INET)
		ip.w[3] = address[0];
	else
		memcpy(&ip, address, sizeof(ip));
	return ip;
}

static void read_cgroup(struct flow *flow, const struct nlmsghdr *header)
{
	const char *at = (const char *)NLMSG_DATA(header) + NLMSG_ALIGN(sizeof(struct inet_diag_msg)),
		   *end = (const char *)header + header->nlmsg_len;
	struct nlattr attribute;

	while (end - at >= (long)sizeof(attribute)) {
		memcpy(&attribute, at, sizeof(attribute));
		if (attribute.nla_len < sizeof(attribute) || attribute.nla_len > end - at)
			return;
		if ((attribute.nla_type & NLA_TYPE_MASK) == INET_DIAG_CGROUP_ID &&
		    attribute.nla_len == sizeof(attribute) + sizeof(flow->cgroup))
			memcpy(&flow->cgroup, at + sizeof(attribute), sizeof(flow->cgroup));
		at += NLA_ALIGN(attribute.nla_len);
	}
}

static void read_socket(struct flow *flow, enum flow_kind kind, const struct nlmsghdr *header)
{
	const struct inet_diag_msg *msg = NLMSG_DATA(header);

	*flow = (struct flow){
		.local = ip_of(msg->idiag_family, msg->id.idiag_src),
		.remote = ip_of(msg->idiag_family, msg->id.idiag_dst),
		.cookie = {msg->id.idiag_cookie[0], msg->id.idiag_cookie[1]},
		.inode = msg->idiag_inode,
		/* The kernel knows the user of a socket by its file only. */
		.uid = msg->idiag_inode ? msg->idiag_uid : FLOW_NO_UID,
		.gid = NO_GID,
		.device = msg->id.idiag_if,
		.local_port = ntohs(msg->id.idiag_sport),
		.remote_port = ntohs(msg->id.idiag_dport),
		.kind = (uint8_t)kind,
		.family = msg->idiag_family,
		.state = msg->idiag_state,
	};
	flow->proto = policy_proto(kind, flow);
	read_cgroup(flow, header);
}

static int send_all(int diag, const void *data, size_t size)
{
	static const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	return sendto(diag, data, size, 0, (const struct sockaddr *)&kernel, sizeof(kernel)) == (ssize_t)size ? 0
													      : errno;
}

/* Returns the size of the next packet, or -errno. */
static ssize_t next_packet(int diag, void *packet)
{
	ssize_t size;

	do {
		size = recv(diag, packet, ROOM, MSG_TRUNC);
	} while (size < 0 && errno == EINTR);
	return size < 0 ? -errno : size > ROOM ? -EMSGSIZE : size;
}

/* Returns the errno in the message that ends a list or refuses it, which has a negative one; 0: none. */
static int error_in(const struct nlmsghdr *header)
{
	int error = 0;

	if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(error)))
		memcpy(&error, NLMSG_DATA(header), sizeof(error));
	return error < 0 ? -error : 0;
}

static int list(int diag, enum flow_kind kind, const struct nlmsghdr *request,
		void (*each)(const struct flow *flow, void *arg), void *arg)
{
	char *packet = malloc(ROOM);
	int ret = packet ? send_all(diag, request, request->nlmsg_len) : ENOMEM;
	bool done = ret;

	while (!done) {
		ssize_t size = next_packet(diag, packet);
		unsigned int left = size < 0 ? 0 : (unsigned int)size;
		struct flow flow;

		if (size < 0) {
			ret = (int)-size;
			break;
		}
		for (const struct nlmsghdr *header = (const void *)packet; NLMSG_OK(header, left) && !done;
		     header = NLMSG_NEXT(header, left)) {
			if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) {
				ret = error_in(header);
				done = true;
			} else if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(struct inet_diag_msg))) {
				read_socket(&flow, kind, header);
				each(&flow, arg);
			}
		}
	}
	free(packet);
	return ret;
}

/*
 * Asks by the old request, since only that lists both families at once, and with the protocol beside it, which the
 * request itself has no room for. For each list the kernel walks through the sockets of all namespaces: a machine with
 * many of both feels the difference.
 */
static int list_both(int diag, enum flow_kind kind, void (*each)(const struct flow *flow, void *arg), void *arg)
{
	const struct {
		struct nlmsghdr header;
		struct inet_diag_req about;
		struct nlattr attribute;
		__u32 proto;
	} request = {
		.header = {.nlmsg_len = sizeof(request),
			   .nlmsg_type = TCPDIAG_GETSOCK,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.about = {.idiag_states = STATES},
		.attribute = {sizeof(request.attribute) + sizeof(request.proto), INET_DIAG_REQ_PROTOCOL},
		.proto = (__u32)proto_of(kind),
	};

	return list(diag, kind, &request.header, each, arg);
}

int diag_list(int diag, enum flow_kind kind, void (*each)(const struct flow *flow, void *arg), void *arg)
{
	static const int families[] = {AF_INET, AF_INET6};
	int ret = 0;

	/* The kernel keeps the others by family. */
	if (kind != FLOW_RAW && kind != FLOW_SCTP)
		return list_both(diag, kind, each, arg);
	for (size_t i = 0; i < 2; i++) {
		const struct request request = request_for(kind, families[i], SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
		int error = list(diag, kind, &request.header, each, arg);

		/* A host may do without IPv6. */
		ret = families[i] == AF_INET ? error : ret;
	}
	return ret;
}

static void put_address(__be32 to[4], const struct flow *flow, const union ip *ip)
{
	if (flow->family == AF_INET)
		to[0] = ip->w[3];
	else
		memcpy(to, ip, sizeof(*ip));
}

/* last: the kernel shall also answer if it has done so. */
static struct request request_to_close(const struct flow *flow, __u32 number, bool last)
{
	struct request request = request_for(flow->kind, flow->family, SOCK_DESTROY, last ? NLM_F_ACK : 0);
	struct inet_diag_sockid *id = &request.about.id;

	request.header.nlmsg_seq = number;
	put_address(id->idiag_src, flow, &flow->local);
	put_address(id->idiag_dst, flow, &flow->remote);
	id->idiag_sport = htons(flow->local_port);
	id->idiag_dport = htons(flow->remote_port);
	id->idiag_if = flow->device;
	id->idiag_cookie[0] = flow->cookie[0];
	id->idiag_cookie[1] = flow->cookie[1];
	if (flow->kind == FLOW_RAW) {
		struct inet_diag_req_raw *raw = (void *)&request.about;

		raw->sdiag_raw_protocol = flow->local_port & 0xff;
	}
	return request;
}

/*
 * Reads the answers to requests number 0 to n - 1. The kernel answers in their order, errors always, and the last
 * request in any case: those before it that it does not mention are done. Without that answer nothing is known.
 */
static void read_answers(int diag, char *packet, size_t n, int results[])
{
	int errors[AT_A_TIME] = {};

	for (bool last = false; !last;) {
		ssize_t size = next_packet(diag, packet);
		unsigned int left = size < 0 ? 0 : (unsigned int)size;

		if (size <= 0)
			return;
		for (const struct nlmsghdr *header = (const void *)packet; NLMSG_OK(header, left);
		     header = NLMSG_NEXT(header, left)) {
			if (header->nlmsg_type != NLMSG_ERROR || header->nlmsg_seq >= n)
				continue;
			errors[header->nlmsg_seq] = error_in(header);
			last |= header->nlmsg_seq == n - 1;
		}
	}
	memcpy(results, errors, n * sizeof(*errors));
}

void diag_close(int diag, struct flow *const flows[], size_t n, int results[])
{
	char *packet = malloc(ROOM);

	for (size_t i = 0; i < n; i++)
		results[i] = packet ? EIO : ENOMEM;
	for (size_t from = 0, some; packet && from < n; from += some) {
		size_t size = 0;

		some = n - from < AT_A_TIME ? n - from : AT_A_TIME;
		for (size_t i = 0; i < some; i++) {
			const struct request request = request_to_close(flows[from + i], (__u32)i, i + 1 == some);

			memcpy(packet + size, &request, request.header.nlmsg_len);
			size += NLMSG_ALIGN(request.header.nlmsg_len);
		}
		if (!send_all(diag, packet, size))
			read_answers(diag, packet, some, results + from);
	}
	free(packet);
}
