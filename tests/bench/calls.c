// SPDX-License-Identifier: GPL-2.0-only
/*
 * The measured loops: each writes the nanoseconds that one turn takes, on average, a line for each round.
 *
 *   calls udp ROUNDS TURNS ADDRESS       connect a datagram socket, by IPv4 or IPv6; to a denied address too, which
 *                                        must be denied each time ("denied" in place of "udp")
 *   calls udp-list ROUNDS TURNS FILE     the same, to one address of the file after the other; or denied-list
 *   calls tcp ROUNDS TURNS ADDRESS       connect, accept, close
 *   calls send ROUNDS TURNS ADDRESS      send a byte on an established connection and receive it
 *   calls datagram ROUNDS TURNS ADDRESS  the same with sendto() and no connection
 *   calls answer ROUNDS TURNS ADDRESS    a datagram from the network namespace "outside" to ADDRESS, and one back
 *   calls socket ROUNDS TURNS ADDRESS    open and close a datagram socket of the address's family
 *   calls option ROUNDS TURNS ADDRESS    set an option of one
 *   calls bulk ROUNDS TURNS ADDRESS      send 64 KiB on an established connection and receive them
 *   calls query ROUNDS TURNS ADDRESS     ask a name server for the address of www.bench.example; or name: and be told
 *
 * Those from tcp to answer, and the last ones, know IPv4 alone.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/socket.h>

#define PORT	  4242
#define PORT_DNS  53
#define BULK_SIZE 65536

static void die(const char *what)
{
	fprintf(stderr, "calls: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static union address *addresses;
static size_t n_addresses;
static int socket_fd, listener = -1, accepted;

static void add(const char *text)
{
	union address address = {.in = {.sin_family = AF_INET, .sin_port = htons(PORT)}};

	if (strchr(text, ':'))
		address.any.sa_family = AF_INET6;
	if (inet_pton(address.any.sa_family, text,
		      strchr(text, ':') ? (void *)&address.in6.sin6_addr : &address.in.sin_addr) != 1) {
		errno = EINVAL;
		die(text);
	}
	if (!(n_addresses & (n_addresses - 1)))
		addresses = realloc(addresses, (n_addresses ? n_addresses * 2 : 1) * sizeof(*addresses));
	if (!addresses)
		die("addresses");
	addresses[n_addresses++] = address;
}

static void read_list(const char *name)
{
	FILE *file = fopen(name, "r");
	char text[64];

	while (file && fscanf(file, "%63s", text) == 1)
		add(text);
	if (!file || !n_addresses)
		die(name);
	fclose(file);
}

static int connect_to(size_t i)
{
	return connect(socket_fd, &addresses[i % n_addresses].any, sizeof(*addresses));
}

static void udp(size_t i)
{
	if (connect_to(i))
		die("connect");
}

static void denied(size_t i)
{
	if (!connect_to(i) || errno != EPERM)
		die("a connect that was to be denied");
}

static void tcp(size_t i)
{
	socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (socket_fd < 0 || connect_to(i))
		die("connect");
	accepted = accept(listener, NULL, NULL);
	if (accepted < 0)
		die("accept");
}

static void tcp_cycle(size_t i)
{
	tcp(i);
	close(accepted);
	close(socket_fd);
}

static void send_one(size_t i)
{
	char byte = (char)i;

	if (send(socket_fd, &byte, 1, 0) != 1 || recv(accepted, &byte, 1, 0) != 1)
		die("send");
}

static void datagram(size_t i)
{
	char byte = (char)i;

	if (sendto(socket_fd, &byte, 1, 0, &addresses->any, sizeof(addresses->in)) != 1 ||
	    recv(listener, &byte, 1, 0) != 1)
		die("sendto");
}

static void bulk(size_t i)
{
	static char bytes[BULK_SIZE];

	(void)i;
	if (send(socket_fd, bytes, sizeof(bytes), 0) != sizeof(bytes) ||
	    recv(accepted, bytes, sizeof(bytes), MSG_WAITALL) != sizeof(bytes))
		die("bulk");
}

static const unsigned char question[] = "\0\0\1\0\0\1\0\0\0\0\0\0\3www\5bench\7example\0\0\1\0\1";
static unsigned char message[sizeof(question) - 1 + 16];

/* Returns who asks. */
static struct sockaddr_in query_to(size_t i)
{
	struct sockaddr_in from = {};
	socklen_t len = sizeof(from);

	memcpy(message, question, sizeof(question) - 1);
	message[0] = (unsigned char)(i >> 8);
	message[1] = (unsigned char)i;
	if (sendto(socket_fd, message, sizeof(question) - 1, 0, &addresses->any, sizeof(addresses->in)) < 0 ||
	    recvfrom(listener, message, sizeof(message), 0, (struct sockaddr *)&from, &len) < 0)
		die("query");
	return from;
}

static void query(size_t i)
{
	query_to(i);
}

static void name(size_t i)
{
	static const unsigned char record[] = "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\x09";
	const struct sockaddr_in from = query_to(i);

	message[2] = 0x81;
	message[3] = 0x80;
	message[7] = 1;
	memcpy(message + sizeof(question) - 1, record, sizeof(record) - 1);
	if (sendto(listener, message, sizeof(message), 0, (const struct sockaddr *)&from, sizeof(from)) < 0 ||
	    recv(socket_fd, message, sizeof(message), 0) < 0)
		die("name");
}

/* A socket stays in the namespace that it was made in. */
static void ask_from_outside(void)
{
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int outside = open("/run/netns/outside", O_RDONLY | O_CLOEXEC);

	if (own < 0 || outside < 0 || setns(outside, CLONE_NEWNET))
		die("outside");
	socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (socket_fd < 0 || setns(own, CLONE_NEWNET))
		die("back");
	close(own);
	close(outside);
}

static void answer(size_t i)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char byte = (char)i;

	if (sendto(socket_fd, &byte, 1, 0, &addresses->any, sizeof(addresses->in)) != 1 ||
	    recvfrom(listener, &byte, 1, 0, (struct sockaddr *)&from, &len) != 1 ||
	    sendto(listener, &byte, 1, 0, (struct sockaddr *)&from, len) != 1 || recv(socket_fd, &byte, 1, 0) != 1)
		die("answer");
}

static int open_one(void)
{
	return socket(addresses->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static void open_close(size_t i)
{
	int fd = open_one();

	(void)i;
	if (fd < 0 || close(fd))
		die("socket");
}

static void set_option(size_t i)
{
	if (setsockopt(socket_fd, SOL_SOCKET, SO_PRIORITY, &(int){(int)(i % 2)}, sizeof(int)))
		die("setsockopt");
}

static void listen_there(int type, in_port_t port)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};

	listener = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (type == SOCK_STREAM) /* the accepted socket gets the size: room for bulk() */
		setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &(int){4 * BULK_SIZE}, sizeof(int));
	if (listener < 0 || bind(listener, (struct sockaddr *)&any, sizeof(any)) ||
	    (type == SOCK_STREAM && listen(listener, 16)))
		die("listen");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*turn)(size_t i);
		bool list, stream, established, dns;
	} kinds[] = {
		{.name = "udp", .turn = udp},
		{.name = "denied", .turn = denied},
		{.name = "udp-list", .turn = udp, .list = true},
		{.name = "denied-list", .turn = denied, .list = true},
		{.name = "tcp", .turn = tcp_cycle, .stream = true},
		{.name = "send", .turn = send_one, .stream = true, .established = true},
		{.name = "bulk", .turn = bulk, .stream = true, .established = true},
		{.name = "datagram", .turn = datagram, .established = true},
		{.name = "answer", .turn = answer, .established = true},
		{.name = "query", .turn = query, .established = true, .dns = true},
		{.name = "name", .turn = name, .established = true, .dns = true},
		{.name = "socket", .turn = open_close},
		{.name = "option", .turn = set_option},
	};
	size_t rounds, turns, kind = 0;

	while (argc == 5 && kind < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[kind].name, argv[1]))
		kind++;
	if (argc != 5 || kind == sizeof(kinds) / sizeof(kinds[0])) {
		fputs("usage: calls udp|denied|udp-list|denied-list|tcp|send|bulk|datagram|answer|query|name|socket|option ROUNDS TURNS ADDRESS|FILE\n",
		      stderr);
		return 2;
	}
	rounds = strtoul(argv[2], NULL, 10);
	turns = strtoul(argv[3], NULL, 10);
	if (kinds[kind].list)
		read_list(argv[4]);
	else
		add(argv[4]);
	if (kinds[kind].stream || kinds[kind].established)
		listen_there(kinds[kind].stream ? SOCK_STREAM : SOCK_DGRAM, kinds[kind].dns ? PORT_DNS : PORT);
	if (kinds[kind].dns)
		addresses->in.sin_port = htons(PORT_DNS);
	if (kinds[kind].turn == answer)
		ask_from_outside();
	else if (!kinds[kind].stream)
		socket_fd = open_one();
	else if (kinds[kind].established)
		tcp(0);
	for (size_t i = 0; i < turns / 4; i++)
		kinds[kind].turn(i); /* until everything that the first call creates exists */
	for (size_t round = 0; round < rounds; round++) {
		double from = now();

		for (size_t i = 0; i < turns; i++)
			kinds[kind].turn(i);
		printf("%.1f\n", (now() - from) / (double)turns);
	}
	return 0;
}
