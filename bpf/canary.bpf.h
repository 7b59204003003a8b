/* SPDX-License-Identifier: GPL-2.0-only */
/* Canary calls, for BPF only: see abi.h. The programs refuse a recognised canary, and never let it through. */
#ifndef LSMCTL_CANARY_H
#define LSMCTL_CANARY_H

#include "lookup.bpf.h"

/* The first 16 bytes of a destination, as the kernel has copied them. */
struct canary_address {
	__u16 family;
	__be16 port;
	__be32 v4;
	__u64 mark;
};

/* True for the bytes of a canary call; with canary_packet(), for those of a call that sends the canary packet. */
static __always_inline bool is_canary_mark(__u16 family, __be32 v4, __u64 mark, __u64 wanted)
{
	return shared.config.canary && family == AF_INET && !v4 && mark == wanted;
}

/* True when the kernel's copy of an address, len bytes, belongs to a canary call. */
static __always_inline bool is_canary(const void *address, int len)
{
	struct canary_address at = {};

	return len >= (int)sizeof(at) && !bpf_probe_read_kernel(&at, sizeof(at), address) &&
	       is_canary_mark(at.family, at.v4, at.mark, shared.config.canary);
}

/* The same for a number in place of an option or a protocol, where none has this number. */
static __always_inline bool is_canary_word(int number)
{
	return shared.config.canary && (__u32)number == canary_word(shared.config.canary);
}

/*
 * True when the creation of a socket is a canary call. Checks first for a kind of socket that is hardly ever created:
 * the arguments have no room for more. Then checks the thread's name.
 */
static __always_inline bool is_canary_socket(int family, int type)
{
	__u64 name[2] = {};

	return shared.config.canary && family == AF_UNIX && type == SOCK_RAW &&
	       !bpf_get_current_comm(name, sizeof(name)) && name[0] == canary_name(shared.config.canary);
}

#define CANARY_PACKET_SIZE (20 + 8 + sizeof(__u64)) /* with its headers */

/* True when an outgoing packet to this address is a canary. */
static __always_inline bool is_canary_packet(struct __sk_buff *skb, const union ip *ip)
{
	__u64 mark = 0;

	return skb->len == CANARY_PACKET_SIZE && ip_is_v4(ip) && ip->w[3] == LOOPBACK4 && shared.config.canary &&
	       !bpf_skb_load_bytes(skb, CANARY_PACKET_SIZE - sizeof(mark), &mark, sizeof(mark)) &&
	       mark == shared.config.canary;
}

#endif
