// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options that send a packet for the peer to the target first (routing headers, source routes), and options that send a
 * packet without an address to its source.
 */
#include <errno.h>
#include <netinet/in.h>
#include <linux/in6.h>
#include <string.h>
#include <sys/uio.h>
#include "ways.h"

#define FLOWINFO_SEND 33 /* IPV6_FLOWINFO_SEND */
#define OPTIONS_2292  6	 /* IPV6_2292PKTOPTIONS */
#define RTHDR_2292    5	 /* IPV6_2292RTHDR */
#define FLOWLABEL     32 /* IPV6_FLOWLABEL_MGR */

/* A segment routing header (RFC 8754) with two segments; the kernel fills in the last one, the peer's. */
struct segments {
	unsigned char next, len, type, left, last, flags, tag[2];
	struct in6_addr segment[2];
};

/* A type 2 routing header (RFC 6275): one address. */
struct type2 {
	unsigned char next, len, type, left, reserved[4];
	struct in6_addr address;
};

static struct type2 type2(const struct attempt *attempt)
{
	return (struct type2){.len = 2, .type = 2, .left = 1, .address = attempt->to->target6};
}

/* A loose source route: the pointer is at the first address; a leading byte pads it to whole words. */
struct source_route {
	unsigned char nop, type, len, pointer, address[4];
};

static struct source_route source_route(const struct attempt *attempt)
{
	struct source_route route = {.nop = 1, .type = 0x83, .len = 7, .pointer = 4};

	memcpy(route.address, &attempt->to->target4, sizeof(route.address));
	return route;
}

static int send_to_peer(const struct attempt *attempt, const void *address, socklen_t len)
{
	return sendto(attempt->fd, "x", 1, MSG_NOSIGNAL, address, len) < 0 ? -errno : 0;
}

static int set(const struct attempt *attempt, int level, int name, const void *value, size_t len)
{
	return setsockopt(attempt->fd, level, name, value, (socklen_t)len) ? -errno : 0;
}

/* Room for one control message, with its header. */
union control {
	char room[CMSG_SPACE(64)];
	struct cmsghdr head;
};

static size_t fill_control(union control *control, int level, int type, const void *data, size_t len)
{
	memset(control, 0, sizeof(*control));
	control->head.cmsg_level = level;
	control->head.cmsg_type = type;
	control->head.cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(&control->head), data, len);
	return CMSG_SPACE(len);
}

int call_rthdr_option(struct attempt *attempt, const void *address, socklen_t len)
{
	const struct segments header = {
		.len = 4, .type = 4, .left = 1, .last = 1, .segment = {attempt->to->peer6, attempt->to->target6}};
	int ret = set(attempt, IPPROTO_IPV6, IPV6_RTHDR, &header, sizeof(header));

	return ret ? ret : send_to_peer(attempt, address, len);
}

int call_rthdr_2292(struct attempt *attempt, const void *address, socklen_t len)
{
	const struct type2 header = type2(attempt);
	union control control;
	size_t size = fill_control(&control, IPPROTO_IPV6, RTHDR_2292, &header, sizeof(header));
	int ret = set(attempt, IPPROTO_IPV6, OPTIONS_2292, &control, size);

	return ret ? ret : send_to_peer(attempt, address, len);
}

/* A flow label can carry options for all packets sent with it. */
int call_rthdr_label(struct attempt *attempt, const void *address, socklen_t len)
{
	const struct type2 header = type2(attempt);
	struct {
		struct in6_flowlabel_req request;
		union control control;
	} label = {.request = {.flr_action = IPV6_FL_A_GET,
			       .flr_share = IPV6_FL_S_EXCL,
			       .flr_flags = IPV6_FL_F_CREATE,
			       .flr_label = 0}};
	struct sockaddr_in6 to;
	size_t size = fill_control(&label.control, IPPROTO_IPV6, IPV6_RTHDR, &header, sizeof(header));
	int on = 1, ret;

	_Static_assert(offsetof(typeof(label), control) == CMSG_ALIGN(sizeof(label.request)), "as fl_create() has it");
	memcpy(&label.request.flr_dst, &attempt->to->peer6, sizeof(label.request.flr_dst));
	ret = set(attempt, IPPROTO_IPV6, FLOWLABEL, &label, offsetof(typeof(label), control) + size);
	if (!ret)
		ret = set(attempt, IPPROTO_IPV6, FLOWINFO_SEND, &on, sizeof(on));
	if (ret)
		return ret;
	memcpy(&to, address, sizeof(to));
	to.sin6_flowinfo = label.request.flr_label; /* the label that the kernel chose */
	return send_to_peer(attempt, &to, len);
}

/* Sends a single message with the option, or a message without it before. */
static int send_with(struct attempt *attempt, const void *address, socklen_t len, union control *control, size_t size,
		     bool second)
{
	struct iovec data = {.iov_base = "x", .iov_len = 1};
	const struct msghdr without = {
		.msg_name = (void *)address, .msg_namelen = len, .msg_iov = &data, .msg_iovlen = 1};
	struct mmsghdr msgs[2] = {{.msg_hdr = without}, {.msg_hdr = without}};
	int sent;

	msgs[1].msg_hdr.msg_control = control;
	msgs[1].msg_hdr.msg_controllen = size;
	if (!second)
		return sendmsg(attempt->fd, &msgs[1].msg_hdr, MSG_NOSIGNAL) < 0 ? -errno : 0;
	sent = sendmmsg(attempt->fd, msgs, 2, MSG_NOSIGNAL);
	attempt->allowed = 1;
	if (sent == 1) /* sent alone, the second message returns its error */
		return sendmsg(attempt->fd, &msgs[1].msg_hdr, MSG_NOSIGNAL) < 0 ? -errno : 0;
	return sent < 0 ? -errno : 0;
}

static int rthdr_control(struct attempt *attempt, const void *address, socklen_t len, bool second)
{
	const struct type2 header = type2(attempt);
	union control control;
	size_t size = fill_control(&control, IPPROTO_IPV6, IPV6_RTHDR, &header, sizeof(header));

	return send_with(attempt, address, len, &control, size, second);
}

int call_rthdr_control(struct attempt *attempt, const void *address, socklen_t len)
{
	return rthdr_control(attempt, address, len, false);
}

int call_rthdr_second(struct attempt *attempt, const void *address, socklen_t len)
{
	return rthdr_control(attempt, address, len, true);
}

int call_route_option(struct attempt *attempt, const void *address, socklen_t len)
{
	const struct source_route route = source_route(attempt);
	int ret = set(attempt, IPPROTO_IP, IP_OPTIONS, &route, sizeof(route));

	return ret ? ret : send_to_peer(attempt, address, len);
}

static int route_control(struct attempt *attempt, const void *address, socklen_t len, bool second)
{
	const struct source_route route = source_route(attempt);
	union control control;
	size_t size = fill_control(&control, IPPROTO_IP, IP_RETOPTS, &route, sizeof(route));

	return send_with(attempt, address, len, &control, size, second);
}

static int source_control(struct attempt *attempt, const void *address, socklen_t len, bool second)
{
	const struct in_pktinfo source = {.ipi_spec_dst = attempt->to->target4};
	union control control;
	size_t size = fill_control(&control, IPPROTO_IP, IP_PKTINFO, &source, sizeof(source));

	return send_with(attempt, address, len, &control, size, second);
}

int call_source_control(struct attempt *attempt, const void *address, socklen_t len)
{
	return source_control(attempt, address, len, false);
}

int call_source_second(struct attempt *attempt, const void *address, socklen_t len)
{
	return source_control(attempt, address, len, true);
}

int call_route_control(struct attempt *attempt, const void *address, socklen_t len)
{
	return route_control(attempt, address, len, false);
}

int call_route_second(struct attempt *attempt, const void *address, socklen_t len)
{
	return route_control(attempt, address, len, true);
}
