/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Judges the addresses that an SCTP socket connects to by calls other than connect(2), and the further peers of a send.
 * Only lsmctl.bpf.c includes this.
 */
#ifndef LSMCTL_SCTP_H
#define LSMCTL_SCTP_H

static __always_inline __u32 peer_call(__be16 port, __u32 generation)
{
	return call_make(__builtin_bswap16(port), IPPROTO_SCTP, 0, generation);
}

/*
 * Judges one of several peers. The stack of 5.10 has no room for the socket: so a peer with a name in rules is refused,
 * unless a rule for exactly its address decides.
 */
static __always_inline int judge_ip(const union ip *ip, __u32 call, __u32 hook)
{
	struct decision d = {.call = call, .hook = hook};

	if (ip_is_any(ip))
		return -EINVAL; /* as sctp_verify_addr() */
	judge_v6(&d, ip);
	return settle(&d);
}

/*
 * Judges the first of the addresses of one connectx. Returns its bytes when it may be connected to, 0 behind the last,
 * else an error. A separate function, with numbers as arguments: see judge_peers().
 */
__noinline int judge_peer_at(__u64 at, __u32 len, __u32 generation)
{
	union ip ip = {.w = {0, 0, MAPPED_PREFIX, 0}};
	struct {
		__u16 family;
		__be16 port;
		__be32 v4;
		__u64 pad;
	} address;
	__u32 size = SOCKADDR_IN_LEN;
	int ret;

	if (len < SOCKADDR_IN_LEN)
		return 0; /* all are judged; the kernel refuses an incomplete address */
	if (bpf_probe_read_kernel(&address, SOCKADDR_IN_LEN, (void *)at))
		return refuse_kind(HOOK_SCTP, generation);
	ip.w[3] = address.v4;
	if (address.family == AF_INET6) {
		size = SOCKADDR_IN6_FULL;
		if (len < size)
			return 0; /* the kernel refuses it */
		if (bpf_probe_read_kernel(&ip, sizeof(ip), (void *)at + 8))
			return refuse_kind(HOOK_SCTP, generation);
	} else if (address.family != AF_INET) {
		return -EINVAL; /* as sctp_connectx() does */
	}
	ret = judge_ip(&ip, peer_call(address.port, generation), HOOK_SCTP);
	return ret ? ret : (int)size;
}

#define MAX_PEERS 16 /* in one connectx; more are refused */

/* Judges the addresses of one connectx. The verifier checks one step of the loop, a function of its own, once. */
static __always_inline int judge_peers(__u64 at, __u32 len, __u32 generation)
{
	for (int i = 0; i < MAX_PEERS; i++) {
		int size = judge_peer_at(at, len, generation);

		if (size <= 0)
			return size;
		at += size;
		len -= size;
	}
	return len ? refuse_kind(HOOK_SCTP, generation) : 0;
}

/* Judges the addresses of sctp_connectx(3), which the kernel connects to on its own, and the peer of an SCTP send. */
SEC("lsm/sctp_bind_connect")
int BPF_PROG(sctp_bind_connect, struct sock *sk, int optname, struct sockaddr *addresses, int addrlen)
{
	const void *start = addresses;
	__u32 generation;
	__u64 at = 0;
	int ret;

	if (is_canary(addresses, addrlen))
		return -CANARY_ERRNO;
	if (shared.config.state != STATE_ON)
		return 0; /* not loaded */
	generation = generation_now();
	if (optname == SCTP_PARAM_ADD_IP || optname == SCTP_PARAM_SET_PRIMARY)
		/* Sent by the SCTP peer. Strict forbids new SCTP sockets; old ones lose added addresses. */
		return shared.config.settings[generation & 1].strict ? refuse_kind(HOOK_SCTP, generation) : 0;
	if (optname != SCTP_SOCKOPT_CONNECTX && optname != SCTP_SENDMSG_CONNECT)
		return 0; /* concerns the socket's own addresses, or a connected address of the peer */
	if (addrlen < 0)
		return -EINVAL; /* cannot be */

	bpf_probe_read_kernel(&at, sizeof(at), &start); /* as a number, which the verifier passes on */
	ret = judge_peers(at, addrlen, generation);
	return ret ? refuse((__u32)-ret & 0x7f) : 0;
}

/* The bytes of the address of a further peer in a control message; 0: it has none, or the kernel refuses it as too
 * short. */
static __always_inline __u32 peer_size(const struct cmsg_head *head, __u64 len)
{
	__u32 size = head->type == SCTP_DSTADDRV4 ? 4 : head->type == SCTP_DSTADDRV6 ? 16 : 0;

	return head->level == SOL_SCTP && head->len <= len && head->len - sizeof(*head) >= size ? size : 0;
}

/* Judges one of the peers of a send. A separate function, with numbers as arguments, like judge_peer_at(). */
__noinline int judge_sent_peer(__u64 ip_high, __u64 ip_low, __u32 call)
{
	const union ip ip = {.d = {ip_high, ip_low}};

	return judge_ip(&ip, call, HOOK_SENDMSG);
}

/*
 * Judges the further peers of a send, which control messages hold: sctp_sendmsg_new_asoc() adds them at the port of the
 * first. The kernel's copy of them does not change any more.
 */
static __always_inline int judge_sent_peers(__u64 control, __u64 len, __u32 call)
{
	struct cmsg_head head;

	for (int i = 0; i < MAX_CMSGS; i++) {
		union ip ip = {.w = {0, 0, MAPPED_PREFIX, 0}};
		__u32 size;
		int ret;

		if (len < sizeof(head))
			return 0; /* all are judged */
		if (bpf_probe_read_kernel(&head, sizeof(head), (void *)control) || head.len < sizeof(head))
			return -EINVAL; /* as sctp_msghdr_parse() */
		size = peer_size(&head, len);
		if (size && bpf_probe_read_kernel(&ip.b[16 - size], size, (void *)(control + sizeof(head))))
			return -EINVAL; /* cannot be: the kernel's copy of what the process sent */
		ret = size ? judge_sent_peer(ip.d[0], ip.d[1], call) : 0;
		if (ret)
			return ret;
		head.len = (head.len + 7) & ~7ul; /* CMSG_ALIGN() */
		if (head.len >= len)
			return 0;
		control += head.len;
		len -= head.len;
	}
	return refuse_kind(HOOK_SENDMSG, call_generation(call)); /* more than are looked at */
}

static __noinline int BPF_PROG(judge_further_peers, struct socket *sock, struct msghdr *msg)
{
	const struct sock *sk = sock->sk;
	__u64 control = 0;
	__be16 port = 0;
	int ret;

	if (!sk || sk->sk_protocol != IPPROTO_SCTP || !msg->msg_name || shared.config.state != STATE_ON)
		return 0; /* other protocols ignore them; so does SCTP without a first peer */
	bpf_core_read(&control, sizeof(control), &msg->msg_control); /* as a number: 7.x needs this here */
	bpf_probe_read_kernel(&port, sizeof(port), msg->msg_name + sizeof(__u16));
	ret = judge_sent_peers(control, msg->msg_controllen, peer_call(port, generation_now()));
	return ret ? refuse((__u32)-ret & 0x7f) : 0;
}

#endif
