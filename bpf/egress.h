/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The backstop: a program on the root cgroup that judges packets as they leave, by their real headers. It holds what no
 * hook can see: control messages of a sendmmsg(2) entry that names the same address as the one before it, headers that
 * a raw socket makes by hand, and the addresses that MPTCP and SCTP peers bring up by themselves. All else was judged
 * when it was asked for, and is mostly let by at once.
 *
 * Who sends is not `current`, which may be anybody when a packet leaves: the subject is the socket's, as it was made.
 * Included by lsmctl.bpf.c alone.
 */
#ifndef LSMCTL_EGRESS_H
#define LSMCTL_EGRESS_H

#define DROP 0
#define PASS 1

#define MAX_EXTENSIONS 8 /* of an IPv6 header, and chunks of an SCTP packet that are looked at */
#define MAX_CHUNKS     8

struct packet {
	union ip ip;
	__u32 proto; /* of the transport header, or what is in its place */
	__u32 at;    /* where that begins */
	bool later;  /* a fragment without it */
	bool broken; /* it cannot be found */
};

/*
 * A TCP packet that asks for no connection: of one that was judged when its SYN left, or that somebody else has asked
 * for. The usual headers only; for the rest see reaches_out(). The socket is not raw.
 */
static __always_inline bool is_under_way(const struct __sk_buff *skb)
{
	const __u8 *head = (const void *)(long)skb->data, *end = (const void *)(long)skb->data_end;

	if (head + 60 <= end && head[0] >> 4 == 6)
		return head[6] == IPPROTO_TCP && (head[53] & (TCP_SYN | TCP_ACK)) != TCP_SYN;
	return head + 40 <= end && head[0] == 0x45 && head[9] == IPPROTO_TCP &&
	       (head[33] & (TCP_SYN | TCP_ACK)) != TCP_SYN;
}

static __always_inline bool is_ipv4(const struct __sk_buff *skb)
{
	return skb->protocol == __builtin_bswap16(ETH_P_IP);
}

/* Where the packet goes now: with a routing header or a source route the next hop, not the last. */
static __always_inline bool read_destination(struct __sk_buff *skb, union ip *ip)
{
	if (!is_ipv4(skb))
		return !bpf_skb_load_bytes(skb, 24, ip, sizeof(*ip));
	*ip = (union ip){.w = {0, 0, MAPPED_PREFIX, 0}};
	return !bpf_skb_load_bytes(skb, 16, &ip->w[3], sizeof(ip->w[3]));
}

static __always_inline void find_transport4(struct __sk_buff *skb, struct packet *packet)
{
	__u8 head[10];

	packet->broken = bpf_skb_load_bytes(skb, 0, head, sizeof(head));
	packet->proto = head[9];
	packet->at = (head[0] & 15) * 4;
	packet->later = head[6] & 0x1f || head[7];
}

static __always_inline void find_transport6(struct __sk_buff *skb, struct packet *packet)
{
	__u8 next = 0, head[4];

	packet->at = 40;
	packet->broken = bpf_skb_load_bytes(skb, 6, &next, sizeof(next));
	/* Kernels before 6.2 take a loop for one only where it jumps back; and there are few. */
#pragma clang loop unroll(full)
	for (int i = 0; i <= MAX_EXTENSIONS && !packet->broken && !packet->later; i++) {
		packet->proto = next;
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_FRAGMENT &&
		    next != IPPROTO_DSTOPTS)
			return;
		packet->broken = i == MAX_EXTENSIONS || bpf_skb_load_bytes(skb, packet->at, head, sizeof(head));
		packet->later = next == IPPROTO_FRAGMENT && (head[2] || head[3] & 0xf8);
		packet->at += next == IPPROTO_FRAGMENT ? 8 : (head[1] + 1) * 8;
		packet->proto = next = head[0];
	}
}

/* The address that an SCTP socket has connected to, or from which one has connected to it. */
static __always_inline bool is_peer(__u64 socket, const union ip *ip)
{
	const struct sock *sk = (const void *)socket;
	union ip peer = {.w = {0, 0, MAPPED_PREFIX, 0}};

	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET)
		peer.w[3] = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	else
		bpf_core_read(&peer, sizeof(peer), &sk->__sk_common.skc_v6_daddr);
	return peer.w[0] == ip->w[0] && peer.w[1] == ip->w[1] && peer.w[2] == ip->w[2] && peer.w[3] == ip->w[3];
}

/*
 * SCTP: INIT and COOKIE ECHO ask for an association. To a further address of the peer's no data goes before it has
 * answered to a HEARTBEAT. All other chunks are of associations that were judged so, or are answers to somebody else.
 */
static __always_inline bool sctp_reaches_out(struct __sk_buff *skb, const struct packet *packet, __u64 socket)
{
	__u32 at = packet->at + 12;
	__u8 head[4];

#pragma clang loop unroll(full)
	for (int i = 0; i < MAX_CHUNKS; i++) {
		__u32 len;

		if (bpf_skb_load_bytes(skb, at, head, sizeof(head)))
			return i == 0; /* the end, or no chunk at all, which nobody sends */
		if (head[0] == SCTP_CID_INIT || head[0] == SCTP_CID_COOKIE_ECHO)
			return true;
		if (head[0] == SCTP_CID_HEARTBEAT)
			return !is_peer(socket, &packet->ip);
		len = (__u32)head[2] << 8 | head[3];
		if (len < sizeof(head))
			return true;
		at += (len + 3) & ~3u;
	}
	return true;
}

/* Whether a packet is more than a part of what was judged before. Not of raw sockets: theirs are whatever they like. */
static __always_inline bool reaches_out(struct __sk_buff *skb, const struct packet *packet, __u64 socket)
{
	__u8 flags;

	if (packet->later)
		return true;
	if (packet->proto == IPPROTO_TCP)
		return bpf_skb_load_bytes(skb, packet->at + 13, &flags, sizeof(flags)) ||
		       (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	return packet->proto != IPPROTO_SCTP || sctp_reaches_out(skb, packet, socket);
}

/*
 * The socket whose subjects the packet's are: the one that sends it, or of an MPTCP subflow, which is the kernel's own,
 * the one that the process has. 0: no process can have asked for it.
 *
 * Of the others that the kernel made, those are a process's that ask for SMC in their SYN, and those that one has
 * connected itself, since SMC or MPTCP fell back to TCP: the hooks leave a mark in them. Whatever else is the kernel's
 * own: NFS, CIFS, answers to pings. That one has a descriptor would not tell them apart: RPC gives its sockets files.
 */
static __always_inline __u64 owner_of(__u64 socket, bool tcp, bool held)
{
	const struct inet_connection_sock *icsk = (const void *)socket;
	const struct tcp_sock *tp = (const void *)socket;
	const struct mptcp_subflow_context *subflow;
	const struct sock *sk = (const void *)socket;
	__u64 conn;

	if (!BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock) || held)
		return socket;
	if (!tcp)
		return 0;
	if (bpf_core_field_exists(tp->syn_smc) && BPF_CORE_READ_BITFIELD_PROBED(tp, syn_smc))
		return socket;
	if (!bpf_core_field_exists(tp->is_mptcp) || !BPF_CORE_READ(tp, is_mptcp))
		return 0;
	subflow = BPF_CORE_READ(icsk, icsk_ulp_data);
	conn = (__u64)BPF_CORE_READ(subflow, conn);
	return conn ? conn : socket;
}

/* Of a decision about a packet: which process it was nobody knows. */
static __noinline void tell_of_packet(const struct decision *d, __u64 owner)
{
	const struct asked a = ask_for(d, &d->ip);
	struct event event = event_of(a.ip_high, a.ip_low, told_of(d, VERDICT_BLOCK), d->slot, d->generation);
	const struct cgroup *cgroup = cgroup_of(owner);

	event.error = EPERM; /* whatever the rule says, this is what the kernel makes of it */
	event.uid = uid_of(owner);
	event.cgroup = cgroup ? BPF_CORE_READ(cgroup, kn, id) : ROOT_CGROUP;
	tell_all(&event);
}

/* What is let through is not counted: the call that asked for it was. */
static __always_inline int settle_packet(const struct decision *d, __u64 owner)
{
	if (action_verdict(d->action) != VERDICT_BLOCK)
		return PASS;
	count_total(HOOK_EGRESS, VERDICT_BLOCK);
	count_hit(d);
	if (is_watched(VERDICT_BLOCK))
		tell_of_packet(d, owner);
	return DROP;
}

static __always_inline void judge_packet(struct decision *d, __u64 owner)
{
	const struct asked a = ask_for(d, &d->ip);
	__u64 found = is_mentioned(&d->ip) ? look_up_for(a.ip_high, a.ip_low, a.sought, owner) : 0;

	d->slot = NO_SLOT;
	d->action = default_action(d);
	if (found)
		d->slot = found_rule(found, &d->action);
}

SEC("cgroup_skb/egress")
int egress(struct __sk_buff *skb)
{
	struct decision d = {.generation = generation_now(), .port = NO_PORT, .judged = 1, .hook = HOOK_EGRESS};
	const struct settings *settings = &shared.config.settings[d.generation & 1];
	const struct sk_buff *kernel_skb = (const void *)skb;
	struct bpf_sock *sk = skb->sk;
	struct packet packet = {};
	const struct mark *mark;
	__u64 socket, owner;
	__be16 port;

	/*
	 * It is attached before the word says so, and detached after: a trial can end at any instant. In mode audit all
	 * passes, and what would be refused was counted as a call where it could be seen.
	 */
	if (shared.config.state != STATE_ON || !settings->backstop || settings->mode == MODE_AUDIT)
		return PASS;
	/* Without one it is nobody's: an answer to a connection that is not there yet, or no more, or forwarded. */
	sk = sk ? bpf_sk_fullsock(sk) : NULL;
	if (!sk)
		return PASS;
	d.raw = sk->type == SOCK_RAW;
	if (!d.raw && is_under_way(skb))
		return PASS;
	if (!read_destination(skb, &packet.ip))
		packet.broken = true; /* there is no such IP packet */
	else if (is_canary_packet(skb, &packet.ip))
		return DROP; /* and nothing is counted */
	else if (settings->default_verdict == VERDICT_ALLOW && !is_mentioned(&packet.ip))
		return PASS; /* as nearly all do */
	d.ip = packet.ip;
	bpf_core_read(&socket, sizeof(socket), &kernel_skb->sk); /* as a number, which is what can be read from */
	mark = bpf_sk_storage_get(&marks, sk, NULL, 0);
	owner = owner_of(socket, sk->protocol == IPPROTO_TCP && sk->type == SOCK_STREAM, mark && mark->held);
	if (!owner)
		return PASS;
	if (!packet.broken && is_ipv4(skb))
		find_transport4(skb, &packet);
	else if (!packet.broken)
		find_transport6(skb, &packet);
	if (!packet.broken && !d.raw && !reaches_out(skb, &packet, socket))
		return PASS;
	d.proto = proto_of(packet.proto);
	if (!packet.broken && !packet.later && has_ports(d.proto)) {
		packet.broken = bpf_skb_load_bytes(skb, packet.at + 2, &port, sizeof(port));
		d.port = __builtin_bswap16(port);
	}
	if (packet.broken && anything_blocks(d.generation)) {
		/* More headers than anybody sends, or less than a header: it may be what a rule blocks. */
		d.slot = NO_SLOT;
		d.action = action_make(VERDICT_BLOCK, EPERM, 0, PROTO_ANY, 0);
	} else {
		judge_packet(&d, owner);
	}
	return settle_packet(&d, owner);
}

#endif
