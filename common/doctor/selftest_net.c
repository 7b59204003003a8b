// SPDX-License-Identifier: GPL-2.0-only
/* Sets up a private network namespace. Nothing outlives the process. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "selftest.h"

static int raise_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret = fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

struct new_address {
	struct nlmsghdr head;
	struct ifaddrmsg about;
	struct rtattr attribute;
	unsigned char address[16];
};

/* Adds a host address that is usable at once (no duplicate detection). */
static int add_address(int netlink, int family, const void *address, size_t len)
{
	struct new_address request = {
		.head = {.nlmsg_type = RTM_NEWADDR,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
			 .nlmsg_len = (__u32)(offsetof(struct new_address, address) + len)},
		.about = {.ifa_family = (__u8)family,
			  .ifa_prefixlen = (__u8)(len * 8),
			  .ifa_flags = IFA_F_NODAD,
			  .ifa_index = if_nametoindex("lo")},
		.attribute = {.rta_type = IFA_LOCAL, .rta_len = (unsigned short)RTA_LENGTH(len)},
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
	} answer;

	memcpy(request.address, address, len);
	if (send(netlink, &request, request.head.nlmsg_len, 0) < 0)
		return -errno;
	/* An error message repeats the request, which the buffer cuts off. */
	if (recv(netlink, &answer, sizeof(answer), 0) < (ssize_t)sizeof(answer))
		return -EIO;
	return answer.error.error;
}

static int add_addresses(const struct selftest_targets *to)
{
	int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int ret;

	if (netlink < 0)
		return -errno;
	ret = add_address(netlink, AF_INET, &to->target4, sizeof(to->target4));
	if (!ret)
		ret = add_address(netlink, AF_INET, &to->peer4, sizeof(to->peer4));
	/* Without IPv6, its ways count as not on this kernel. */
	if (!ret && !add_address(netlink, AF_INET6, &to->target6, sizeof(to->target6)))
		add_address(netlink, AF_INET6, &to->peer6, sizeof(to->peer6));
	close(netlink);
	return ret;
}

/* Sets a sysctl of this namespace. On a failure, the attempts that need it show up as lacking. */
static void set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, value, strlen(value)) < 0)
		errno = 0;
	close(fd);
}

/* Accepts connections and datagrams on every address until the process ends. */
static void listen_for(int type, int protocol)
{
	const struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(WAYS_PORT)};
	const struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(WAYS_PORT)};
	int off = 0, fd = socket(AF_INET6, type | SOCK_CLOEXEC, protocol);

	if (fd >= 0) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
		if (bind(fd, (const struct sockaddr *)&any6, sizeof(any6))) {
			close(fd);
			fd = -1;
		}
	}
	if (fd < 0) {
		fd = socket(AF_INET, type | SOCK_CLOEXEC, protocol);
		if (fd < 0 || bind(fd, (const struct sockaddr *)&any4, sizeof(any4)))
			return;
	}
	if (type != SOCK_DGRAM)
		listen(fd, 1024);
}

int selftest_network(const struct selftest_targets *to)
{
	int ret = unshare(CLONE_NEWNET) ? -errno : 0;

	if (ret)
		return ret;
	set("/proc/sys/net/ipv6/conf/all/disable_ipv6", "0");
	set("/proc/sys/net/ipv6/conf/default/disable_ipv6", "0");
	set("/proc/sys/net/ipv6/conf/lo/disable_ipv6", "0");
	set("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
	ret = raise_loopback();
	if (!ret)
		ret = add_addresses(to);
	if (ret)
		return ret;
	listen_for(SOCK_STREAM, 0);
	listen_for(SOCK_DGRAM, 0);
	listen_for(SOCK_STREAM, IPPROTO_SCTP);
	return 0;
}

long selftest_packets(void)
{
	FILE *file = fopen("/proc/self/net/dev", "re");
	char line[512];
	long packets = -1;

	if (!file)
		return -1;
	while (packets < 0 && fgets(line, sizeof(line), file)) {
		if (sscanf(line, " lo: %*d %ld", &packets) != 1)
			packets = -1;
	}
	fclose(file);
	return packets;
}
