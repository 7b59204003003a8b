// SPDX-License-Identifier: GPL-2.0-only
/*
 * turns COUNT, or SECONDSs: resolves a name by the C library and connects to its addresses, in turn a name that the
 * policy allows, one below a name that it allows, and one that it does not; and to the address beside each, which no
 * answer ever has. Built for glibc and for musl, and with CARES for libcares, which has sockets and a parser of its
 * own. Prints how many calls should go through and how many be refused, how many of either did not, and how many names
 * had no address.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/select.h>
#include <sys/socket.h>
#ifdef CARES
#include <ares.h>
#endif

#define ROOM 8

static unsigned long turns, allowed_calls, refused_calls, wrongly_refused, wrongly_allowed, unresolved;

/* Each second turn asks for addresses of both families, as most programs do: two queries at once. */
static int family(void)
{
	return turns % 2 ? AF_UNSPEC : AF_INET;
}

#ifdef CARES
struct found {
	struct in_addr *to;
	int n, done;
};

static void take(void *arg, int status, int timeouts, struct ares_addrinfo *result)
{
	struct found *found = arg;

	(void)status;
	(void)timeouts;
	found->done = 1;
	for (const struct ares_addrinfo_node *at = result ? result->nodes : NULL; at && found->n < ROOM;
	     at = at->ai_next)
		if (at->ai_family == AF_INET)
			found->to[found->n++] = ((const struct sockaddr_in *)at->ai_addr)->sin_addr;
	ares_freeaddrinfo(result);
}

static int resolve(const char *name, struct in_addr to[ROOM])
{
	static ares_channel channel;
	const struct ares_addrinfo_hints hints = {.ai_family = family(), .ai_socktype = SOCK_STREAM};
	struct found found = {.to = to};

	if (!channel && (ares_library_init(ARES_LIB_INIT_ALL) || ares_init(&channel)))
		return 0;
	ares_getaddrinfo(channel, name, "80", &hints, take, &found);
	while (!found.done) {
		struct timeval wait = {.tv_sec = 1};
		fd_set readable, writable;
		int n;

		FD_ZERO(&readable);
		FD_ZERO(&writable);
		n = ares_fds(channel, &readable, &writable);
		select(n, &readable, &writable, NULL, ares_timeout(channel, &wait, &wait));
		ares_process(channel, &readable, &writable);
	}
	return found.n;
}
#else
static int resolve(const char *name, struct in_addr to[ROOM])
{
	const struct addrinfo hints = {.ai_family = family(), .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int n = 0;

	if (getaddrinfo(name, "80", &hints, &found))
		return 0;
	for (const struct addrinfo *at = found; at && n < ROOM; at = at->ai_next)
		if (at->ai_family == AF_INET)
			to[n++] = ((const struct sockaddr_in *)at->ai_addr)->sin_addr;
	freeaddrinfo(found);
	return n;
}
#endif

/* Whether the kernel refuses it. Every address answers. */
static int is_refused(struct in_addr address)
{
	const struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr = address};
	const struct linger reset = {.l_onoff = 1}; /* costs less than an orderly end, and leaves nothing */
	int fd = socket(AF_INET, SOCK_STREAM, 0), ret, refused;

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	ret = connect(fd, (const struct sockaddr *)&at, sizeof(at));
	refused = ret && errno == EPERM;
	if (ret && !refused)
		perror("connect");
	close(fd);
	return refused;
}

static void try(const char *name, struct in_addr address, int allowed)
{
	int refused = is_refused(address);

	allowed_calls += allowed;
	refused_calls += !allowed;
	if (refused != allowed)
		return;
	*(allowed ? &wrongly_refused : &wrongly_allowed) += 1;
	fprintf(stderr, "%s of %s is %s in turn %lu\n", inet_ntoa(address), name, allowed ? "refused" : "allowed",
		turns);
}

static void turn(const char *name, int allowed)
{
	struct in_addr found[ROOM];
	int n = resolve(name, found);

	unresolved += !n;
	for (int i = 0; i < n; i++) {
		try(name, found[i], allowed);
		found[i].s_addr ^= htonl(1);
		try("no name", found[i], 0);
	}
}

/* Returns whether it is time to end. */
static int is_over(unsigned long limit, int in_seconds)
{
	static time_t first;
	struct timespec now;

	if (!in_seconds)
		return turns >= limit;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!first)
		first = now.tv_sec;
	return (unsigned long)(now.tv_sec - first) >= limit;
}

int main(int argc, char **argv)
{
	char *unit = "";
	unsigned long limit = argc == 2 ? strtoul(argv[1], &unit, 10) : 0;

	if (!limit || (*unit && strcmp(unit, "s")))
		return 2;
	for (; !is_over(limit, *unit); turns++) {
		char name[64];

		snprintf(name, sizeof(name), turns % 3 == 1 ? "h%d-%lu.any.example" : "www.example", getpid(), turns);
		turn(turns % 3 == 2 ? "other.example" : name, turns % 3 != 2);
	}
	printf("%lu turns, %lu calls to allow and %lu to refuse: %lu wrongly refused, %lu wrongly allowed, %lu without an address\n",
	       turns, allowed_calls, refused_calls, wrongly_refused, wrongly_allowed, unresolved);
	return wrongly_refused || wrongly_allowed || unresolved || !allowed_calls || !refused_calls;
}
