// SPDX-License-Identifier: GPL-2.0-only
/*
 * What arrives: packet sockets see all that passes a network namespace's interfaces, a filter leaves what is for a
 * blocked address, and of that counts what asks for something: a datagram, a SYN, an echo request, an INIT. Answers do
 * not: somebody else has asked for those, of an address that the sequence had bound.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "hunt.h"

#define WATCHES 4

static struct {
	int fd;
	const char *name;
} watches[WATCHES];
static unsigned int count;

static const char *const blocked[] = {"blocked4", "own4", "lo4", "blocked6", "own6"};

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint32_t word_of(const struct host *host, int at)
{
	uint32_t word;

	memcpy(&word, host->ip + 4 * at, sizeof(word));
	return ntohl(word);
}

/* Accepts packets for one of these addresses. Packets start with their network header. */
static void filter(int fd)
{
	struct sock_filter code[64];
	unsigned short n = 0;
	struct sock_fprog program = {.filter = code};

	for (unsigned int i = 0; i < sizeof(blocked) / sizeof(blocked[0]); i++) {
		const struct host *host = host_of(choice_find(HOST, blocked[i]));
		bool v4 = host->family == AF_INET;
		unsigned char words = v4 ? 1 : 4;

		code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							 (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL));
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, v4 ? ETH_P_IP : ETH_P_IPV6, 0,
							 (unsigned char)(2 * words + 1));
		for (unsigned char j = 0; j < words; j++) {
			code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (v4 ? 16 : 24) + 4u * j);
			code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word_of(host, j), 0,
								 (unsigned char)(2 * (words - 1 - j) + 1));
		}
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0xffff);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	program.len = n;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program))) {
		perror("hunt: SO_ATTACH_FILTER");
		exit(2);
	}
}

void watch_here(const char *name)
{
	const int on = 1, room = 4 << 20;
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};

	if (fd < 0) {
		perror("hunt: packet socket");
		exit(2);
	}
	filter(fd);
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (bind(fd, (struct sockaddr *)&all, sizeof(all))) {
		perror("hunt: packet socket");
		exit(2);
	}
	watches[count].fd = fd;
	watches[count++].name = name;
}

/* The transport protocol and where its header begins; -1: a later fragment. */
static int transport(const unsigned char *packet, size_t len, size_t *at)
{
	int next;

	if (packet[0] >> 4 == 4) {
		*at = (packet[0] & 15) * 4u;
		return (packet[6] & 0x1f) || packet[7] ? -1 : packet[9];
	}
	*at = 40;
	next = packet[6];
	while ((next == 0 || next == 43 || next == 44 || next == 60) && *at + 8 <= len) {
		const unsigned char *head = packet + *at;

		if (next == 44 && (head[2] || head[3] & 0xf8))
			return -1;
		*at += next == 44 ? 8 : (head[1] + 1u) * 8;
		next = head[0];
	}
	return next;
}

/* Whether it is for a blocked address that is not this host's own: no answer goes there, since nothing comes from it.
 */
static bool is_remote(const unsigned char *packet)
{
	bool v4 = packet[0] >> 4 == 4;
	const struct host *host = host_of(choice_find(HOST, v4 ? "blocked4" : "blocked6"));

	return !memcmp(packet + (v4 ? 16 : 24), host->ip, v4 ? 4 : 16);
}

/* Whether the peer has sent it, by the address that answers. */
static bool is_from_peer(const unsigned char *packet)
{
	bool v4 = packet[0] >> 4 == 4;
	const struct host *host = host_of(choice_find(HOST, v4 ? "open4" : "open6"));

	return !memcmp(packet + (v4 ? 12 : 8), host->ip, v4 ? 4 : 16);
}

/*
 * Whether it asks for something; and what it is. Of SCTP that is INIT; and DATA, HEARTBEAT and COOKIE ECHO to a further
 * address of the peer's.
 */
static bool counts(const unsigned char *packet, size_t len, char *what, size_t room)
{
	size_t at;
	int protocol = transport(packet, len, &at);
	const unsigned char *head = packet + at;

	if (at + 14 > len && protocol != 17 && protocol != 136 && protocol >= 0) {
		snprintf(what, room, "protocol %d, short", protocol);
		return protocol != 1 && protocol != 58 ? true : at < len && (head[0] == 8 || head[0] == 128);
	}
	switch (protocol) {
	case IPPROTO_ICMP:
		snprintf(what, room, "echo request");
		return head[0] == 8;
	case IPPROTO_ICMPV6:
		snprintf(what, room, "echo request");
		return head[0] == 128;
	case IPPROTO_TCP:
		snprintf(what, room, "TCP SYN to port %u", head[2] << 8u | head[3]);
		return (head[13] & 0x12) == 0x02;
	case 33: /* DCCP: a request, which is its type 0 */
		snprintf(what, room, "DCCP type %u", head[8] >> 1 & 15u);
		return !(head[8] >> 1 & 15);
	case IPPROTO_SCTP:
		snprintf(what, room, "SCTP chunk %u", head[12]);
		return head[12] == 1 || (is_remote(packet) && (head[12] == 0 || head[12] == 4 || head[12] == 10));
	case -1:
		snprintf(what, room, "later fragment");
		return is_remote(packet) || !is_from_peer(packet);
	case IPPROTO_UDP:
		snprintf(what, room, "UDP to port %u", head[2] << 8u | head[3]);
		return true;
	}
	snprintf(what, room, "protocol %d", protocol);
	return true;
}

static bool receive(unsigned int i, struct arrival *arrival)
{
	unsigned char packet[256];
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(struct timespec))];
	} control;
	char what[60], to[INET6_ADDRSTRLEN];

	for (;;) {
		struct iovec vector = {packet, sizeof(packet)};
		struct msghdr message = {.msg_iov = &vector,
					 .msg_iovlen = 1,
					 .msg_control = &control,
					 .msg_controllen = sizeof(control)};
		ssize_t n = recvmsg(watches[i].fd, &message, 0);
		struct timespec when = {};
		bool v4 = packet[0] >> 4 == 4;

		if (n < 0)
			return false;
		if (n < 20 || !counts(packet, (size_t)n, what, sizeof(what)))
			continue;
		if (message.msg_controllen)
			memcpy(&when, CMSG_DATA(&control.head), sizeof(when));
		arrival->when = (uint64_t)when.tv_sec * 1000000000 + (uint64_t)when.tv_nsec;
		inet_ntop(v4 ? AF_INET : AF_INET6, packet + (v4 ? 16 : 24), to, sizeof(to));
		snprintf(arrival->what, sizeof(arrival->what), "%s, for %s, seen %s", what, to, watches[i].name);
		return true;
	}
}

bool watch_arrived(struct arrival *arrival, unsigned int wait_ms)
{
	struct pollfd polled[WATCHES];
	uint64_t until = now_ns() + wait_ms * 1000000ull;

	for (;;) {
		uint64_t now;

		for (unsigned int i = 0; i < count; i++) {
			if (receive(i, arrival))
				return true;
			polled[i] = (struct pollfd){.fd = watches[i].fd, .events = POLLIN};
		}
		now = now_ns();
		if (now >= until)
			return false;
		poll(polled, count, (int)((until - now) / 1000000) + 1);
	}
}

void watch_clear(void)
{
	struct arrival arrival;

	while (watch_arrived(&arrival, 0))
		;
}
