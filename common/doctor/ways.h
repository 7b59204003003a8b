/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ways in which a program can name a destination, each with a function that tries it. A way is a socket, an address
 * and a call. Run them in a separate process with its own network namespace: see selftest.h.
 */
#ifndef LSMCTL_DOCTOR_WAYS_H
#define LSMCTL_DOCTOR_WAYS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include "host/hooks.h"

#define WAYS_PORT 4242

/* The destinations, one of each family. A process that is asked to reach the target may reach the peer. */
struct selftest_targets {
	struct in_addr target4, peer4;
	struct in6_addr target6, peer6;
};

/* One attempt. The call may report allowed packets that it sent. */
struct attempt {
	const struct way *way;
	const struct selftest_targets *to;
	int fd;
	unsigned int allowed; /* packets sent to the peer */
	bool lacks;	      /* this kernel lacks something that the call needs; the call itself did not fail */
};

/* The setting that closes a way which is open by design. */
enum way_cure {
	CURE_NONE,     /* none: it must be held */
	CURE_STRICT,   /* no program sees the destination; 'set strict on' refuses the socket */
	CURE_BACKSTOP, /* no program sees the destination before the packet; 'set backstop on' judges packets */
};

struct way {
	const char *name;
	int version; /* 4 or 6: the family of the destination */
	int domain, type, protocol;
	/* Writes the address for the call, and returns its length. NULL: a plain address. */
	socklen_t (*address)(const struct attempt *attempt, struct sockaddr_storage *address);
	/* 0 or -errno. NULL: creating the socket is the whole attempt. */
	int (*call)(struct attempt *attempt, const void *address, socklen_t len);
	int flags;				 /* for the call */
	int (*prepare)(struct attempt *attempt); /* runs before the call, or NULL; 0 or -errno */
	enum way_cure cure;
	enum hook hook; /* the hook that holds the way, when some kernels lack it */
};

/* ways_count(): their number. way_at(): the i-th. */
size_t ways_count(void);
const struct way *way_at(size_t i);

/* Tries a way, and closes its socket. 0 or -errno. */
int way_go(const struct way *way, const struct selftest_targets *to, struct attempt *attempt);

/* Functions for the table. Addresses: */
socklen_t address_plain(const struct attempt *attempt, struct sockaddr_storage *address);
socklen_t address_portless(const struct attempt *attempt, struct sockaddr_storage *address);
socklen_t address_peer(const struct attempt *attempt, struct sockaddr_storage *address);
socklen_t address_peer_portless(const struct attempt *attempt, struct sockaddr_storage *address);
socklen_t address_mapped(const struct attempt *attempt, struct sockaddr_storage *address);
socklen_t address_short(const struct attempt *attempt, struct sockaddr_storage *address);
socklen_t address_mapped_short(const struct attempt *attempt, struct sockaddr_storage *address);
socklen_t address_unspec(const struct attempt *attempt, struct sockaddr_storage *address);
socklen_t address_unspec_portless(const struct attempt *attempt, struct sockaddr_storage *address);
socklen_t address_any(const struct attempt *attempt, struct sockaddr_storage *address);
socklen_t address_any_mapped(const struct attempt *attempt, struct sockaddr_storage *address);
socklen_t address_l2tp(const struct attempt *attempt, struct sockaddr_storage *address);
socklen_t address_l2tp_unspec(const struct attempt *attempt, struct sockaddr_storage *address);

/* Preparations before a call: */
int prepare_fastopen(struct attempt *attempt);
int prepare_bind(struct attempt *attempt);
int prepare_fall_back(struct attempt *attempt);
int prepare_bind_mapped(struct attempt *attempt);
int prepare_device(struct attempt *attempt);
int prepare_interface(struct attempt *attempt);
int prepare_bind_l2tp(struct attempt *attempt);
int prepare_connect_peer(struct attempt *attempt);

/* Calls. flags: those of send(2), also for call_uring_*(). */
int call_connect(struct attempt *attempt, const void *address, socklen_t len);
int call_connect_send(struct attempt *attempt, const void *address, socklen_t len);
int call_sendto(struct attempt *attempt, const void *address, socklen_t len);
int call_sendmsg(struct attempt *attempt, const void *address, socklen_t len);
int call_sendmmsg(struct attempt *attempt, const void *address, socklen_t len);
int call_sendmmsg_second(struct attempt *attempt, const void *address, socklen_t len);
int call_connectx(struct attempt *attempt, const void *address, socklen_t len);
int call_connectx_second(struct attempt *attempt, const void *address, socklen_t len);
int call_sctp_extra_peer(struct attempt *attempt, const void *address, socklen_t len);
int call_header_included(struct attempt *attempt, const void *address, socklen_t len);
int call_packet(struct attempt *attempt, const void *address, socklen_t len);
int call_uring_connect(struct attempt *attempt, const void *address, socklen_t len);
int call_uring_send(struct attempt *attempt, const void *address, socklen_t len);
int call_uring_send_zc(struct attempt *attempt, const void *address, socklen_t len);
int call_uring_sendmsg(struct attempt *attempt, const void *address, socklen_t len);

/* Calls that name the peer, with an option that sends the packet to the target. */
int call_rthdr_option(struct attempt *attempt, const void *address, socklen_t len);
int call_rthdr_2292(struct attempt *attempt, const void *address, socklen_t len);
int call_rthdr_label(struct attempt *attempt, const void *address, socklen_t len);
int call_rthdr_control(struct attempt *attempt, const void *address, socklen_t len);
int call_rthdr_second(struct attempt *attempt, const void *address, socklen_t len);
int call_route_option(struct attempt *attempt, const void *address, socklen_t len);
int call_route_control(struct attempt *attempt, const void *address, socklen_t len);
int call_route_second(struct attempt *attempt, const void *address, socklen_t len);

/* Calls without an address, with the target as their source: the kernel takes the source as the destination. */
int call_source_control(struct attempt *attempt, const void *address, socklen_t len);
int call_source_second(struct attempt *attempt, const void *address, socklen_t len);

/* The payload for this kind of socket: an echo request, or one byte. */
struct payload {
	const void *data;
	size_t len;
};
struct payload way_payload(const struct way *way);

#endif
