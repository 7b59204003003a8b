/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records the queries that programs send to name servers: dns.bpf.h believes no answer without one. A second program on
 * the hook of sends, attached only while names are wanted. It lets every send pass. A program that sees the packets
 * instead would be called for those of TCP too. Only lsmctl.bpf.c includes this.
 *
 * Sees what a program hands over in one buffer to one call, a call of io_uring too. Not seen: queries in several
 * buffers or calls (MSG_MORE, UDP_SEGMENT), of more than 512 bytes, from the kernel's own memory (splice(2)), and
 * to 0.0.0.0 and ::. Nor are later messages of a sendmmsg(2) that name the same address: the kernel calls no hook for
 * these. Nothing is learned from the answers to such queries.
 *
 * Who sends may change the buffer after the program has looked, or give up. Then a query is on record that no name
 * server has. It helps nobody: an answer must still come from a name server, to this socket, with that id and question,
 * and name servers answer only what they were asked. Who can forge one without having been asked could do so after a
 * true query. Many such records drive others out of the map, as many true queries do: names are then not learned.
 *
 * A socket is known by its address, which another one may have once it is closed. What comes to that one is still an
 * answer to a query of this host, and holds in the network namespace in which it comes: to forge it there takes what it
 * takes to forge one to a query of that socket's own.
 */
#ifndef LSMCTL_QUERY_BPF_H
#define LSMCTL_QUERY_BPF_H

#include "dns.bpf.h"

/* The first 24 bytes of a sockaddr. */
struct peer {
	__u16 family;
	volatile __be16 port; /* else one load becomes of this and of the socket's, which the verifier refuses */
	__be32 v4;
	union ip v6;
};

/* A query, or what it begins with. */
struct sent_query {
	__u32 pad; /* so that the question starts at a whole word, as the stack needs it */
	__be16 id;
	__be16 flags;
	__be16 questions;
	__be16 others[3];
	__u64 question[DNS_NAME_WORDS + 1];
};

#define QUERY_LEAST (DNS_HEAD + 5)
#define QUERY_MOST  512 /* RFC 1035, 4.2.1 */
#define QUERY_SIZE  (sizeof(struct sent_query) - offsetof(struct sent_query, id))

/* False for datagrams that are no query: nothing else is as cheap to ask. */
static __always_inline bool may_be_query(const struct msghdr *msg)
{
	return msg->msg_iter.count - QUERY_LEAST <= QUERY_MOST - QUERY_LEAST;
}

/* Reads where a send goes. Returns false for other ports than that of name servers. */
static __always_inline bool read_peer(const struct sock *sk, const struct msghdr *msg, struct peer *peer)
{
	const void *name = msg->msg_name;

	if (!name)
		return sk->__sk_common.skc_dport == __builtin_bswap16(DNS_PORT);
	/* A kernel copy, in a struct sockaddr_storage; the kernel refuses a name that is shorter than its family's. */
	return !bpf_probe_read_kernel(peer, sizeof(*peer), name) && peer->port == __builtin_bswap16(DNS_PORT);
}

/* Returns false when that is no IP address. */
static __always_inline bool find_server(const struct sock *sk, const struct peer *peer, union ip *server)
{
	switch (peer->family) {
	case AF_UNSPEC: /* the socket's peer; or a name without a family, which no program uses */
		if (sk->__sk_common.skc_family == AF_INET6)
			return !bpf_probe_read_kernel(server, sizeof(*server), &sk->__sk_common.skc_v6_daddr);
		server->w[3] = sk->__sk_common.skc_daddr;
		return sk->__sk_common.skc_family == AF_INET;
	case AF_INET:
		server->w[3] = peer->v4;
		return true;
	case AF_INET6:
		*server = peer->v6;
		return true;
	}
	return false;
}

/* Returns the first buffer of a send and its size. NULL: not the process's memory. */
static __always_inline const void *first_buffer(const struct msghdr *msg, __u64 *size)
{
	const struct iov_iter *iter = &msg->msg_iter;
	const struct iov_iter___before_6_4 *before_6_4 = (const void *)iter;
	const struct iov_iter___before_5_14 *before_5_14 = (const void *)iter;
	const struct iovec *vector;
	__u32 kind;

	if (bpf_core_field_exists(iter->iter_type))
		kind = BPF_CORE_READ(iter, iter_type);
	else
		kind = BPF_CORE_READ(before_5_14, type) & ~1u;
	if (bpf_core_enum_value_exists(enum iter_type, ITER_UBUF) &&
	    kind == bpf_core_enum_value(enum iter_type, ITER_UBUF)) {
		*size = BPF_CORE_READ(iter, count);
		return BPF_CORE_READ(iter, ubuf);
	}
	if (kind != bpf_core_enum_value(enum iter_type, ITER_IOVEC))
		return NULL;
	vector = bpf_core_field_exists(iter->__iov) ? BPF_CORE_READ(iter, __iov) : BPF_CORE_READ(before_6_4, iov);
	*size = BPF_CORE_READ(vector, iov_len);
	return BPF_CORE_READ(vector, iov_base);
}

/*
 * Reads what a send begins with. False: no query; or its page is not in memory, as programs may not wait for it. The
 * program has just written the query there, so that only one that wants to is not seen; it could ask by TCP as well.
 */
static __always_inline bool read_query(const struct msghdr *msg, struct sent_query *query)
{
	__u64 size = 0;
	const void *buffer = first_buffer(msg, &size);

	if (!buffer || size < QUERY_LEAST)
		return false;
	if (size > QUERY_SIZE)
		size = QUERY_SIZE;
	return !bpf_probe_read_user(&query->id, size, buffer) && !(query->flags & __builtin_bswap16(0xf800)) &&
	       query->questions == __builtin_bswap16(1);
}

static __noinline void record_query(const struct sock *sk, const struct msghdr *msg, const struct peer *peer)
{
	struct query_key key = {.resolver = {.w = {0, 0, MAPPED_PREFIX, 0}}};
	const __u64 now = bpf_ktime_get_boot_ns();
	struct sent_query query = {};
	const __u32 slot = 0;
	void *map;

	if (!find_server(sk, peer, &key.resolver) || !counts(&key.resolver) || !net_that_counts(sk) ||
	    !read_query(msg, &query))
		return;
	key.question = dns_sent_hash(shared.config.names_seed, query.question);
	key.id = __builtin_bswap16(query.id);
	map = bpf_map_lookup_elem(&queries, &slot);
	if (map && key.question && !bpf_probe_read_kernel(&key.socket, sizeof(key.socket), &sk))
		bpf_map_update_elem(map, &key, &now, BPF_ANY);
}

/* Of a datagram by UDP, whose protocol was asked first: every send of the host comes here. */
static __always_inline void look_at_datagram(const struct sock *sk, const struct msghdr *msg)
{
	struct peer peer = {};

	if (may_be_query(msg) && read_peer(sk, msg, &peer) && are_names_wanted())
		record_query(sk, msg, &peer);
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(names_query, struct socket *sock, struct msghdr *msg)
{
	const struct sock *sk = sock->sk;

	if (sock->type == SOCK_DGRAM && sk && sk->sk_protocol == IPPROTO_UDP)
		look_at_datagram(sk, msg);
	return 0;
}

#endif
