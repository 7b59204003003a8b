// SPDX-License-Identifier: GPL-2.0-only
/*
 * turns COUNT: resolves a name by the C library and connects to its addresses, in turn a name that the policy allows,
 * one below a name that it allows, and one that it does not. Built for glibc and for musl. Prints how often a call was
 * refused that should not be, went through that should be refused, and how many names had no address.
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>

static unsigned long wrongly_refused, wrongly_allowed, unresolved;

/* Returns whether the kernel refuses it. Every address answers. */
static int is_refused(const struct addrinfo *at)
{
	int fd = socket(at->ai_family, SOCK_STREAM, 0), ret = connect(fd, at->ai_addr, at->ai_addrlen);
	int refused = ret && errno == EPERM;

	if (ret && !refused)
		perror("connect");
	close(fd);
	return refused;
}

static void turn(const char *name, int allowed)
{
	const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;

	if (getaddrinfo(name, "80", &hints, &found)) {
		unresolved++;
		return;
	}
	for (const struct addrinfo *at = found; at; at = at->ai_next) {
		int refused = is_refused(at);

		wrongly_refused += allowed && refused;
		wrongly_allowed += !allowed && !refused;
	}
	freeaddrinfo(found);
}

int main(int argc, char **argv)
{
	unsigned long count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;

	for (unsigned long i = 0; i < count; i++) {
		char name[64];

		snprintf(name, sizeof(name), i % 3 == 1 ? "h%d-%lu.any.example" : "www.example", getpid(), i);
		turn(i % 3 == 2 ? "other.example" : name, i % 3 != 2);
	}
	printf("%lu turns: %lu wrongly refused, %lu wrongly allowed, %lu without an address\n", count, wrongly_refused,
	       wrongly_allowed, unresolved);
	return !count || wrongly_refused || wrongly_allowed || unresolved;
}
