/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The backstop: a program on the root cgroup that judges outgoing packets by their real headers. It catches what no
 * hook sees: control messages of a sendmmsg(2) entry with the same address as the entry before, hand-made headers of
 * raw sockets, and addresses that MPTCP and SCTP peers add on their own. Packets of judged calls mostly pass at once.
 *
 * `current` is not the sender: any process may run when a packet leaves. The subject is the socket's, as of its
 * creation. Only lsmctl.bpf.c includes this.
 */
#ifndef LSMCTL_EGRESS_H
#define LSMCTL_EGRESS_H

#define DROP 0
#define PASS 1

#define MAX_EXTENSIONS 8 /* headers of IPv6, or chunks of an SCTP packet, that it reads at most */
#define MAX_CHUNKS     8

struct packet {
	union ip ip;
	__u32 proto; /* of the transport header, or of what stands in its place */
	__u32 at;    /* where that header starts */
	bool later;  /* a later fragment, without it */
	bool broken; /* the header cannot be found */
};

/*
 * True for a TCP packet that does not open a connection: its SYN was judged, or another host opened the connection.
 * Handles usual headers only; see reaches_out() for the rest. The socket is not raw.
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

#define PACKET_SOURCE 0
#define PACKET_DEST   1 /* the next one: with a routing header or a source route the next hop, not the last */

/* Reads one of the two addresses of a packet. */
static __always_inline bool read_address(struct __sk_buff *skb, __u32 which, union ip *ip)
{
	if (!is_ipv4(skb))
		return !bpf_skb_load_bytes(skb, 8 + which * 16, ip, sizeof(*ip));
	*ip = (union ip){.w = {0, 0, MAPPED_PREFIX, 0}};
	return !bpf_skb_load_bytes(skb, 12 + which * 4, &ip->w[3], sizeof(ip->w[3]));
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
	/* Kernels before 6.2 accept a loop only when it jumps back; and this one is short. */
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

/* True for the address that an SCTP socket connected to, or that connected to it. */
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
 * SCTP: INIT and COOKIE ECHO open an association. A further address of the peer gets no data before it has answered a
 * HEARTBEAT. All other chunks belong to judged associations, or answer another host.
 */
static __always_inline bool sctp_reaches_out(struct __sk_buff *skb, const struct packet *packet, __u64 socket)
{
	__u32 at = packet->at + 12;
	__u8 head[4];

#pragma clang loop unroll(full)
	for (int i = 0; i < MAX_CHUNKS; i++) {
		__u32 len;

		if (bpf_skb_load_bytes(skb, at, head, sizeof(head)))
			return i == 0; /* the end; without any chunk, which no host sends: judge */
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

/* True when a packet may be more than a part of a judged call. Not for raw sockets, whose packets may have any form. */
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
 * Returns the socket whose subject the packet has: the sender, or for an MPTCP subflow, which belongs to the kernel,
 * the process's socket. 0: no process can have caused the packet.
 *
 * Other sockets of the kernel belong to a process when their SYN asks for SMC, or when a process connected them itself
 * after SMC or MPTCP fell back to TCP: the hooks mark those. The rest is the kernel's own: NFS, CIFS, answers to pings.
 * A descriptor would not tell them apart: RPC gives its sockets files.
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

/* Reports a decision about a packet. The process is unknown. */
static __noinline void tell_of_packet(const struct decision *d, __u64 owner, __u64 exe)
{
	const struct cgroup *cgroup = cgroup_of(owner);
	struct event event;

	put_event(&event, d->ip.d[0], d->ip.d[1], d->call, told_of(d, VERDICT_BLOCK));
	event.time = bpf_ktime_get_boot_ns();
	event.rule_id = rule_id_of(call_generation(d->call), d->slot);
	event.name = name_for_socket(d->ip.d[0], d->ip.d[1], owner, event.time);
	event.error = EPERM; /* the kernel returns this whatever the rule says */
	event.uid = uid_of(owner);
	event.gid = gid_of(owner);
	event.exe = exe;
	event.cgroup = cgroup ? BPF_CORE_READ(cgroup, kn, id) : ROOT_CGROUP;
	tell_watchers(&event);
}

/* Does not count allowed packets: the call was counted. */
static __always_inline int settle_packet(const struct decision *d, __u64 owner, __u64 exe)
{
	if (action_verdict(d->action) != VERDICT_BLOCK)
		return PASS;
	count_total(HOOK_EGRESS, VERDICT_BLOCK);
	count_hit(d);
	if (is_watched(VERDICT_BLOCK))
		tell_of_packet(d, owner, exe);
	return DROP;
}

static __always_inline void judge_packet(struct decision *d, __u64 owner, __u64 exe)
{
	__u64 found = look_up_for(d->ip.d[0], d->ip.d[1], d->call, owner, exe);

	d->slot = NO_SLOT;
	d->action = default_action(d);
	if (found)
		d->slot = found_rule(found, &d->action);
}

/*
 * Reads the rest of a packet whose destination is known, as a call. Returns false for a part of a judged call.
 */
static __always_inline bool read_call(struct __sk_buff *skb, struct packet *packet, __u64 socket, bool raw,
				      __u32 generation, __u32 *call)
{
	__u32 proto, port = NO_PORT;

	if (!packet->broken && is_ipv4(skb))
		find_transport4(skb, packet);
	else if (!packet->broken)
		find_transport6(skb, packet);
	if (!packet->broken && !raw && !reaches_out(skb, packet, socket))
		return false;
	proto = proto_of(packet->proto);
	if (!packet->broken && !packet->later && has_ports(proto)) {
		__be16 to = 0;

		packet->broken = bpf_skb_load_bytes(skb, packet->at + 2, &to, sizeof(to));
		port = __builtin_bswap16(to);
	}
	*call = call_make(port, proto, raw, generation);
	return true;
}

SEC("cgroup_skb/egress")
int egress(struct __sk_buff *skb)
{
	struct decision d = {.judged = 1, .hook = HOOK_EGRESS};
	__u32 generation = generation_now();
	const struct settings *settings = &shared.config.settings[generation & 1];
	const struct sk_buff *kernel_skb = (const void *)skb;
	struct bpf_sock *sk = skb->sk;
	struct packet packet = {};
	const struct mark *mark;
	__u64 socket, owner, exe;
	bool raw;

	/*
	 * The program is attached before the setting is on, and detached after: a trial can end at any instant. In mode
	 * audit every packet passes; the hooks counted, where they could, the calls that would be refused.
	 */
	if (shared.config.state != STATE_ON || !settings->backstop || settings->mode == MODE_AUDIT)
		return PASS;
	/*
	 * Without a socket the packet belongs to no process: it answers an unopened or closed connection, or is
	 * forwarded.
	 */
	sk = sk ? bpf_sk_fullsock(sk) : NULL;
	if (!sk)
		return PASS;
	raw = sk->type == SOCK_RAW;
	if (!raw && is_under_way(skb))
		return PASS;
	if (!read_address(skb, PACKET_DEST, &packet.ip))
		packet.broken = true; /* no such IP packet exists */
	else if (is_canary_packet(skb, &packet.ip))
		return DROP; /* counts nothing */
	else if (settings->default_verdict == VERDICT_ALLOW && !is_mentioned(&packet.ip, NO_PORT) &&
		 !may_be_ruled(&packet.ip))
		return PASS; /* fast path; NO_PORT: whatever the port, which is not read yet */
	d.ip = packet.ip;
	bpf_core_read(&socket, sizeof(socket), &kernel_skb->sk); /* as a number, from which the program can read */
	mark = bpf_sk_storage_get(&marks, sk, NULL, 0);
	exe = mark ? mark->exe : 0;
	owner = owner_of(socket, sk->protocol == IPPROTO_TCP && sk->type == SOCK_STREAM, mark && mark->held);
	if (!owner)
		return PASS;
	if (!read_call(skb, &packet, socket, raw, generation, &d.call))
		return PASS;
	if (packet.broken && policy_blocks(generation)) {
		/* More headers than any host sends, or a truncated header: a rule might block it. */
		d.slot = NO_SLOT;
		d.action = action_make(VERDICT_BLOCK, EPERM, 0, PROTO_ANY, 0);
	} else {
		judge_packet(&d, owner, exe);
		if (is_answer(&d, bpf_get_socket_cookie(skb)))
			return PASS;
	}
	return settle_packet(&d, owner, exe);
}

#endif
