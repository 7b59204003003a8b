/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Canary calls, for BPF alone: see abi.h. What is recognised here is refused, and never let through.
 */
#ifndef LSMCTL_CANARY_H
#define LSMCTL_CANARY_H

#include "lookup.h"

/* The first 16 bytes of what names a destination, as the kernel has copied it. */
struct canary_address {
	__u16 family;
	__be16 port;
	__be32 v4;
	__u64 mark;
};

/* Whether they are those of a canary call, or with canary_packet() those of one that sends its packet. */
static __always_inline bool is_canary_mark(__u16 family, __be32 v4, __u64 mark, __u64 wanted)
{
	return shared.config.canary && family == AF_INET && !v4 && mark == wanted;
}

/* Whether a kernel copy of len bytes of an address is a canary call's. */
static __always_inline bool is_canary(const void *address, int len)
{
	struct canary_address at = {};

	return len >= (int)sizeof(at) && !bpf_probe_read_kernel(&at, sizeof(at), address) &&
	       is_canary_mark(at.family, at.v4, at.mark, shared.config.canary);
}

/* The same of a number that stands where an option or a protocol does, neither of which has such a one. */
static __always_inline bool is_canary_word(int number)
{
	return shared.config.canary && (__u32)number == canary_word(shared.config.canary);
}

/*
 * Whether the making of a socket is one, which is known by who asks: the arguments, which socket_create looks at first,
 * have no room for more than a kind that next to nobody makes.
 */
static __always_inline bool is_canary_socket(int family, int type)
{
	__u64 name[2] = {};

	return shared.config.canary && family == AF_UNIX && type == SOCK_RAW &&
	       !bpf_get_current_comm(name, sizeof(name)) && name[0] == canary_name(shared.config.canary);
}

#define CANARY_PACKET_SIZE (20 + 8 + sizeof(__u64)) /* with its headers */

/* Whether a packet that leaves for this address is a canary. */
static __always_inline bool is_canary_packet(struct __sk_buff *skb, const union ip *ip)
{
	__u64 mark = 0;

	return skb->len == CANARY_PACKET_SIZE && ip_is_v4(ip) && ip->w[3] == LOOPBACK4 && shared.config.canary &&
	       !bpf_skb_load_bytes(skb, CANARY_PACKET_SIZE - sizeof(mark), &mark, sizeof(mark)) &&
	       mark == shared.config.canary;
}

#endif
