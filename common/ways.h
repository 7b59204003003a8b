/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ways in which a program can name a destination, each with a function that goes it. A way is a socket, an address
 * and a call. Called in a process and a network namespace of their own: see selftest.h.
 */
#ifndef LSMCTL_WAYS_H
#define LSMCTL_WAYS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include "hooks.h"

#define WAYS_PORT 4242

/* Where to: both families of each. Whoever is asked to reach the target may reach the peer. */
struct destinations {
	struct in_addr target4, peer4;
	struct in6_addr target6, peer6;
};

/* One attempt. The call may say that it has sent packets that were allowed. */
struct attempt {
	const struct way *way;
	const struct destinations *to;
	int fd;
	unsigned int allowed; /* packets to the peer */
	bool lacks; /* it was not the call that failed, but something before it that this kernel has not got */
};

/* What closes a way that is open by its nature. */
enum way_cure {
	CURE_NONE,     /* it is to be held */
	CURE_STRICT,   /* no program sees the destination: 'set strict on' refuses the socket */
	CURE_BACKSTOP, /* none sees it before it is a packet: 'set backstop on' judges those */
};

struct way {
	const char *name;
	int version; /* 4 or 6: which of the destinations */
	int domain, type, protocol;
	/* The address that is passed to the call; its length. NULL: plain. */
	socklen_t (*address)(const struct attempt *attempt, struct sockaddr_storage *address);
	/* 0 or -errno. NULL: to have such a socket is all. */
	int (*call)(struct attempt *attempt, const void *address, socklen_t len);
	int flags;				 /* of the call */
	int (*prepare)(struct attempt *attempt); /* before it, or NULL; 0 or -errno */
	enum way_cure cure;
	enum hook hook; /* the one that holds it, where it is one that a kernel may lack */
};

/* How many there are, and the i-th of them. */
size_t ways_count(void);
const struct way *way_at(size_t i);

/* Goes it: 0 or -errno. The socket is closed. */
int way_go(const struct way *way, const struct destinations *to, struct attempt *attempt);

/* For the table. Addresses: */
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

/* What comes before a call: */
int prepare_fastopen(struct attempt *attempt);
int prepare_bind(struct attempt *attempt);
int prepare_fall_back(struct attempt *attempt);
int prepare_bind_mapped(struct attempt *attempt);
int prepare_device(struct attempt *attempt);
int prepare_interface(struct attempt *attempt);
int prepare_bind_l2tp(struct attempt *attempt);
int prepare_connect_peer(struct attempt *attempt);

/* Calls. flags are those of send(2), or for call_uring_*() too. */
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

/* Calls that name the peer, and have the packet sent to the target by an option. */
int call_rthdr_option(struct attempt *attempt, const void *address, socklen_t len);
int call_rthdr_2292(struct attempt *attempt, const void *address, socklen_t len);
int call_rthdr_label(struct attempt *attempt, const void *address, socklen_t len);
int call_rthdr_control(struct attempt *attempt, const void *address, socklen_t len);
int call_rthdr_second(struct attempt *attempt, const void *address, socklen_t len);
int call_route_option(struct attempt *attempt, const void *address, socklen_t len);
int call_route_control(struct attempt *attempt, const void *address, socklen_t len);
int call_route_second(struct attempt *attempt, const void *address, socklen_t len);

/* Calls that name no address, and the target as their source, in whose place it then is. */
int call_source_control(struct attempt *attempt, const void *address, socklen_t len);
int call_source_second(struct attempt *attempt, const void *address, socklen_t len);

/* What a socket of this kind sends: an echo request, or a byte. */
struct payload {
	const void *data;
	size_t len;
};
struct payload way_payload(const struct way *way);

#endif
