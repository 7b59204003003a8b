// SPDX-License-Identifier: GPL-2.0-only
/*
 * server names ADDRESS: a name server whose names below "example" get other addresses in each answer, one or two, with
 * TTLs of 0 to 5 s: those of other.example from 1.128.0.0/9, all others from 1.0.0.0/9. No answer has an odd address.
 * server web: HTTP on port 80 of every address. Both say that they are ready. In C, since each turn of a client waits.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static const char page[] = "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
static const char zone[] = "\7example", other[] = "\5other\7example"; /* with the root's label */

static int bound(int type, const char *address, unsigned short port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	int one = 1, fd = socket(AF_INET, type, 0);

	if (inet_pton(AF_INET, address, &at.sin_addr) != 1)
		errx(2, "%s is no address", address);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)))
		err(1, "%s", address);
	return fd;
}

static void ready(void)
{
	puts("ready");
	fflush(stdout);
}

/* Whether the name of n bytes ends so; case does not matter. */
static int ends(const unsigned char *name, size_t n, const char *with, size_t size)
{
	return n >= size && !strncasecmp((const char *)name + n - size, with, size);
}

/* Writes records behind the question, which ends at `end`. Returns how many. */
static unsigned answer(unsigned char *end, size_t n, const unsigned char *name)
{
	static unsigned count;
	/* Each fourth answer has two addresses. */
	unsigned rows = ++count % 4 ? 1 : 2, is_other = n == sizeof(other) && ends(name, n, other, n);

	for (unsigned i = 0; i < rows; i++) {
		unsigned char row[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, count % 6, 0, 4};
		unsigned address = htonl(1U << 24 | is_other << 23 | (count << 2 & 0x7ffffc) | i << 1);

		memcpy(end, row, sizeof(row));
		memcpy(end + sizeof(row), &address, 4);
		end += sizeof(row) + 4;
	}
	return rows;
}

static void names(const char *address)
{
	int fd = bound(SOCK_DGRAM, address, 53);

	ready();
	for (;;) {
		unsigned char message[4096 + 64];
		struct sockaddr_in client;
		socklen_t size = sizeof(client);
		ssize_t got = recvfrom(fd, message, 4096, 0, (struct sockaddr *)&client, &size);
		unsigned char *name = message + 12, *end = got > 12 ? memchr(name, 0, got - 12) : NULL;
		size_t n = end ? end + 1 - name : 0;
		unsigned rows = 0;

		if (!n || end + 5 > message + got)
			continue;
		end += 5;
		/* No address by IPv6, nor for names that a resolver asks on its own account. */
		if (end[-4] == 0 && end[-3] == 1 && ends(name, n, zone, sizeof(zone)))
			rows = answer(end, n, name);
		memcpy(message + 2, (unsigned char[]){0x85, 0x80, 0, 1, 0, rows, 0, 0, 0, 0}, 10);
		sendto(fd, message, end - message + rows * 16, 0, (struct sockaddr *)&client, size);
	}
}

static void web(void)
{
	const struct timeval limit = {.tv_sec = 5};
	int fd = bound(SOCK_STREAM, "0.0.0.0", 80);

	if (listen(fd, 1024))
		err(1, "listen");
	ready();
	for (;;) {
		char request[4096];
		int one = accept(fd, NULL, NULL);

		if (one < 0)
			continue;
		/* Nothing comes from a client that only connects. */
		if (!setsockopt(one, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) &&
		    recv(one, request, sizeof(request), 0) > 0)
			send(one, page, sizeof(page) - 1, MSG_NOSIGNAL);
		close(one);
	}
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "names"))
		names(argv[2]);
	else if (argc == 2 && !strcmp(argv[1], "web"))
		web();
	return 2;
}
