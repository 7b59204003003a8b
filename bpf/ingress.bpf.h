/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Remembers who has sent a datagram to an unconnected UDP socket, so that it can answer: see answer.bpf.h. A program on
 * the root cgroup, attached only while some settings need it. It lets every packet pass. Only lsmctl.bpf.c includes
 * this.
 */
#ifndef LSMCTL_INGRESS_H
#define LSMCTL_INGRESS_H

/*
 * True for a packet that a process of this host may have sent to itself: with any source, since IPV6_FREEBIND lets it
 * choose one. It arrives by loopback, by a VRF device, which stands for loopback in a VRF too, or as the copy of a
 * multicast that the host sent.
 */
static __always_inline bool may_be_our_own(const struct __sk_buff *skb)
{
	const struct sk_buff *kernel_skb = (const void *)skb;
	const struct net_device *dev;
	__u64 pointer = 0, ops = 0;

	if (skb->ifindex == LOOPBACK_IFINDEX || skb->ingress_ifindex == LOOPBACK_IFINDEX ||
	    skb->pkt_type == PACKET_LOOPBACK)
		return true;
	if (bpf_core_read(&pointer, sizeof(pointer), &kernel_skb->dev) || !pointer)
		return true;
	dev = (const void *)pointer;
	if (!bpf_core_field_exists(dev->l3mdev_ops))
		return false;
	return bpf_core_read(&ops, sizeof(ops), &dev->l3mdev_ops) || ops;
}

/* Reads the sender's address and port. Returns false for a packet without them. */
static __always_inline bool read_sender(struct __sk_buff *skb, struct sender *sender)
{
	struct packet packet = {};
	__be16 port = 0;

	if (is_ipv4(skb))
		find_transport4(skb, &packet);
	else
		find_transport6(skb, &packet);
	packet.broken |= !read_address(skb, PACKET_SOURCE, &sender->ip);
	if (packet.broken || packet.later || bpf_skb_load_bytes(skb, packet.at, &port, sizeof(port)))
		return false;
	sender->port = __builtin_bswap16(port);
	return !ip_is_any(&sender->ip);
}

static __always_inline void remember(const struct sender *sender)
{
	const __u64 now = bpf_ktime_get_boot_ns();
	const __u32 slot = 0;
	void *map = bpf_map_lookup_elem(&senders, &slot);
	__u64 *received = map ? bpf_map_lookup_elem(map, sender) : NULL;

	if (received)
		*received = now;
	else if (map && bpf_map_update_elem(map, sender, &now, BPF_NOEXIST) != -EEXIST)
		__sync_fetch_and_add(&shared.config.senders_met,
				     1); /* without room too: status counts it as forgotten */
}

SEC("cgroup_skb/ingress")
int ingress(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct sender sender = {};

	if (!sk || sk->state != TCP_CLOSE)
		return PASS; /* nearly every packet: of a connection */
	sk = bpf_sk_fullsock(sk);
	if (!sk || sk->type != SOCK_DGRAM || (sk->protocol != IPPROTO_UDP && sk->protocol != IPPROTO_UDPLITE))
		return PASS;
	if (shared.config.state != STATE_ON || !wants_answers(generation_now()) || may_be_our_own(skb) ||
	    !read_sender(skb, &sender))
		return PASS;
	sender.socket = bpf_get_socket_cookie(skb);
	remember(&sender);
	return PASS;
}

#endif
