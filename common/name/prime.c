// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bpf/ip.h"
#include "base/time.h"
#include "prime.h"

#define WINDOW	 128 /* queries that wait for an answer */
#define QUERY	 512 /* bytes, more than the longest name needs */
#define DNS_PORT 53
#define FLAG_CUT 0x02 /* in the third byte of an answer */
#define ERROR	 0x0f /* in the fourth */
#define NO_NAME	 3    /* the error of a name that does not exist: also an answer */
#define FAMILIES 2
#define MS	 1000000u

static const uint8_t types[FAMILIES] = {1, 28}; /* A, AAAA */

/* A query on its way; the id of its message is its place and a random number. */
struct sent {
	struct prime *name; /* NULL: unused */
	uint16_t id;
};

struct asking {
	int fd;
	struct sent sent[WINDOW];
	size_t n_sent;
	uint16_t random;
};

/* Connected, so that only this server's datagrams come in. */
static int open_socket(const union ip *server)
{
	const struct sockaddr_in v4 = {
		.sin_family = AF_INET, .sin_port = htons(DNS_PORT), .sin_addr.s_addr = server->w[3]};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(DNS_PORT)};
	bool is_v4 = ip_is_v4(server);
	int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(&v6.sin6_addr, server, sizeof(v6.sin6_addr));
	if (fd >= 0 && connect(fd, is_v4 ? (const void *)&v4 : (const void *)&v6, is_v4 ? sizeof(v4) : sizeof(v6))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Writes a query with room for a long answer (EDNS). Returns its length. */
static size_t write_query(uint8_t query[QUERY], uint16_t id, const char *name, uint8_t type)
{
	const uint8_t head[] = {(uint8_t)(id >> 8), (uint8_t)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1};
	const uint8_t end[] = {0, 0, type, 0, 1};
	const uint8_t edns[] = {0, 0, 41, 1232 >> 8, 1232 & 0xff, 0, 0, 0, 0, 0, 0};
	uint8_t *to = query;

	to = (uint8_t *)mempcpy(to, head, sizeof(head));
	while (*name) {
		size_t len = strcspn(name, ".");

		*to++ = (uint8_t)len;
		to = (uint8_t *)mempcpy(to, name, len);
		name += len + (name[len] == '.');
	}
	to = (uint8_t *)mempcpy(to, end, sizeof(end));
	to = (uint8_t *)mempcpy(to, edns, sizeof(edns));
	return (size_t)(to - query);
}

/* Sends one query, where there is room. Returns false when it must wait. */
static bool ask(struct asking *a, struct prime *name, uint8_t type)
{
	uint8_t query[QUERY];
	size_t slot = 0, size;

	while (slot < WINDOW && a->sent[slot].name)
		slot++;
	if (slot == WINDOW)
		return false;
	a->random = (uint16_t)(a->random * 25173u + 13849u);
	a->sent[slot].id = (uint16_t)(a->random << 7 | slot);
	size = write_query(query, a->sent[slot].id, name->name, type);
	if (send(a->fd, query, size, 0) != (ssize_t)size)
		return false; /* refused, or the queue is full: tried again until the time is over */
	a->sent[slot].name = name;
	a->n_sent++;
	return true;
}

static void take_answer(struct asking *a)
{
	uint8_t answer[4096];
	ssize_t size = recv(a->fd, answer, sizeof(answer), 0);
	struct sent *sent;

	if (size < 12)
		return;
	sent = &a->sent[answer[1] & (WINDOW - 1)];
	if (!sent->name || sent->id != (uint16_t)(answer[0] << 8 | answer[1]))
		return;
	sent->name->truncated |= answer[2] & FLAG_CUT;
	if (!(answer[3] & ERROR) || (answer[3] & ERROR) == NO_NAME)
		sent->name->left--;
	sent->name = NULL;
	a->n_sent--;
}

static void ask_server(struct prime *names, size_t n, const union ip *server)
{
	struct asking a = {.fd = open_socket(server)};
	uint64_t end = clock_boot() + (uint64_t)PRIME_TIME * MS;
	size_t next = 0, todo = n * FAMILIES;

	if (a.fd < 0)
		return;
	if (getrandom(&a.random, sizeof(a.random), 0) < 0)
		a.random = (uint16_t)end;
	while (next < todo || a.n_sent) {
		uint64_t now = clock_boot();
		struct pollfd poll_fd = {.fd = a.fd, .events = POLLIN};

		while (next < todo &&
		       (!names[next / FAMILIES].left || ask(&a, &names[next / FAMILIES], types[next % FAMILIES])))
			next++;
		if (now >= end || poll(&poll_fd, 1, (int)((end - now) / MS) + 1) < 0)
			break;
		if (poll_fd.revents)
			take_answer(&a);
	}
	close(a.fd);
}

void prime(struct prime *names, size_t n, const struct resolvers *servers)
{
	size_t missing = n;

	for (size_t i = 0; i < n; i++)
		names[i].left = FAMILIES;
	for (__u32 s = 0; s < servers->n && missing; s++) {
		ask_server(names, n, &servers->at[s]);
		missing = 0;
		for (size_t i = 0; i < n; i++) {
			names[i].answered = !names[i].left;
			names[i].left = names[i].answered ? 0 : FAMILIES;
			missing += !names[i].answered;
		}
	}
}
