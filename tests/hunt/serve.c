// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who answers: sockets that listen and are never accepted from, so that connections come about without another process.
 * Now and then they are closed and opened again, which lets go of all who have connected.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "hunt.h"

#define SERVERS 16

static struct server {
	int fd, family, type, proto;
	uint8_t host; /* a choice; 0: every address */
	uint8_t port;
	bool further;
} servers[SERVERS];
static unsigned int count;

/* An SCTP server has one address, since a peer is told of all; or a blocked one too, which the peer is to leave alone.
 */
static void bind_further(const struct server *server)
{
	unsigned char name[128];
	struct op op = {.code = BIND};
	int len;

	op.arg[HOST] = choice_find(HOST, server->family == AF_INET ? "blocked4" : "blocked6");
	op.arg[PORT] = server->port;
	len = address_of(&op, HOST, name);
	setsockopt(server->fd, IPPROTO_SCTP, 100, name, (socklen_t)len); /* SCTP_SOCKOPT_BINDX_ADD */
}

static void open_server(struct server *server)
{
	const int on = 1;
	unsigned char name[128];
	struct op op = {.code = BIND};
	int len;

	server->fd = socket(server->family, server->type | SOCK_NONBLOCK | SOCK_CLOEXEC, server->proto);
	if (server->fd < 0)
		return; /* a protocol that this kernel has not got */
	setsockopt(server->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	op.arg[HOST] = server->host;
	op.arg[PORT] = server->port;
	len = address_of(&op, HOST, name);
	if (bind(server->fd, (struct sockaddr *)name, (socklen_t)len)) {
		close(server->fd);
		server->fd = -1;
		return;
	}
	if (server->further)
		bind_further(server);
	if (server->type == SOCK_STREAM && listen(server->fd, 4096)) {
		close(server->fd);
		server->fd = -1;
	}
}

static void add(int type, int proto, const char *host, const char *port, bool further)
{
	struct server *server = &servers[count++];

	*server = (struct server){.type = type, .proto = proto, .host = choice_find(HOST, host), .further = further};
	server->family = host_of(server->host)->family;
	server->port = choice_find(PORT, port);
	open_server(server);
}

void serve_here(bool peer, bool further)
{
	add(SOCK_STREAM, IPPROTO_TCP, "any6", "served", false);
	add(SOCK_STREAM, 262, "any6", "mptcp", false);
	add(SOCK_DGRAM, IPPROTO_UDP, "any6", "served", false);
	for (unsigned int i = 0; i < 2; i++) {
		add(SOCK_STREAM, IPPROTO_SCTP, peer ? (i ? "open6" : "open4") : (i ? "home6" : "home4"), "served",
		    further && peer);
	}
}

void serve_again(void)
{
	for (unsigned int i = 0; i < count; i++) {
		struct server *server = &servers[i];

		if (server->fd < 0 || server->type != SOCK_STREAM)
			continue;
		if (server->proto == IPPROTO_TCP) {
			/* Lets go of all at once, and listens on. */
			shutdown(server->fd, SHUT_RD);
			listen(server->fd, 4096);
			continue;
		}
		for (int fd; (fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0;)
			close(fd);
	}
}
