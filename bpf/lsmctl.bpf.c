// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs that decide. Two hooks see every destination that connect(2) and the send calls name:
 *
 *   socket_connect  connect(2) and io_uring's connect, on any socket: one caller in the kernel, __sys_connect_file()
 *   socket_sendmsg  an address given to sendto, sendmsg, sendmmsg or io_uring's send, TCP Fast Open among them
 *
 * Both get a kernel copy of the address, which the process cannot change any more. The family is the address's, never
 * the socket's: an IPv6 UDP socket takes an IPv4 address.
 *
 * A call that another security module denied never gets here (call_int_hook() stops at the first), and a denial by a
 * BPF program that runs before these jumps past them, so nothing here can turn a denial round.
 *
 * The rules are compiled by the commands into tables that are only walked here: see abi.h and walk.h. A generation of
 * them is three inner maps, and config.generation says which is in force; a call reads it once. The programs write
 * nothing but counters, and what watchers are told (watch.h).
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "kernel.h"
#include "lookup.h"
#include "watch.h"

char LICENSE[] SEC("license") = "GPL";

/* Carries out a decision: counts it, tells of it, and gives what the hook returns. */
static __always_inline int settle(const struct decision *d)
{
	__u32 verdict = verdict_of(d);

	count_total(d->hook, verdict);
	count_hit(d);
	if (is_watched(verdict))
		tell(d, verdict);
	return outcome(d, verdict);
}

/* What rules call a protocol. */
static __always_inline __u32 proto_of(__u32 proto)
{
	switch (proto) {
	case IPPROTO_MPTCP:
	case IPPROTO_SMC:
		return IPPROTO_TCP;
	case IPPROTO_UDPLITE:
		return IPPROTO_UDP;
	case IPPROTO_ICMPV6:
		return IPPROTO_ICMP;
	}
	return proto & 0xff;
}

static __always_inline bool has_ports(__u32 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP || proto == IPPROTO_DCCP;
}

/* What rules call the socket's protocol, and its port, if it has one. */
static __always_inline struct decision begin(enum hook hook, const struct socket *sock, const struct sock *sk,
					     __be16 port)
{
	struct decision d = {.generation = generation_now(), .port = NO_PORT, .hook = hook};

	d.proto = sk->__sk_common.skc_family == AF_SMC ? IPPROTO_TCP : sk->sk_protocol;
	d.proto = proto_of(d.proto);
	/* A raw socket's ports are in what it sends, and nobody's affair but its own. */
	if (sock->type == SOCK_RAW)
		d.raw = 1;
	else if (has_ports(d.proto))
		d.port = __builtin_bswap16(port);
	return d;
}

/* Whether anything may be refused at all, by the default or by a rule. */
static __always_inline bool anything_blocks(__u32 generation)
{
	struct generation g;
	const struct header *header;

	if (shared.config.settings[generation & 1].default_verdict != VERDICT_ALLOW)
		return true;
	header = generation_open(&g, generation);
	return !header || header->blocking;
}

/* What is refused for what it is, whatever the destination. */
static __always_inline int refuse_kind(enum hook hook, __u32 generation)
{
	const struct decision d = {.generation = generation,
				   .slot = NO_SLOT,
				   .proto = PROTO_ANY,
				   .port = NO_PORT,
				   .hook = hook,
				   .action = action_make(VERDICT_BLOCK, EPERM, 0, PROTO_ANY, 0)};

	return settle(&d);
}

/* Before load has published the rules: refuse its own test call, which shows that the hook is called; no other. */
static __always_inline int canary(const void *address)
{
	__u64 head = 0;

	if (shared.config.state != STATE_CANARY)
		return 0; /* not loaded yet, or no more: nothing is to be denied */
	bpf_probe_read_kernel(&head, sizeof(head), address);
	return head == shared.config.canary ? -CANARY_ERRNO : 0;
}

static __always_inline void judge_in(struct decision *d, const struct sock *sk, __be32 addr)
{
	judge_v4(d, addr, addr ? 0 : sk->__sk_common.skc_rcv_saddr);
}

static __always_inline void judge_in6(struct decision *d, const struct sock *sk, const union ip *addr)
{
	union ip bound = {};

	if (ip_is_any6(addr))
		bpf_probe_read_kernel(&bound, sizeof(bound), &sk->__sk_common.skc_v6_rcv_saddr);
	judge_v6(d, addr, &bound, ip_is_v4(addr) && !addr->w[3] ? sk->__sk_common.skc_rcv_saddr : 0);
}

/* An address that cannot be read is decided by the default: blocked when the default is block. */
static __always_inline void judge_unreadable(struct decision *d)
{
	d->action = default_action(d);
	d->slot = NO_SLOT;
}

/*
 * 0 where what no rule mentions is let through, and nothing else of it needs to be known. Where one of the generations
 * says block it is looked at more closely which of them is in force.
 */
static __always_inline __u64 anything_special(void)
{
	const struct config *c = &shared.config;

	return (c->state ^ STATE_ON) | c->watching | c->trial_until | (c->settings[0].default_verdict ^ VERDICT_ALLOW) |
	       (c->settings[1].default_verdict ^ VERDICT_ALLOW);
}

/*
 * An IPv4 address that no rule mentions, where the default is to allow and nobody watches: what nearly every call is,
 * and nothing else of it needs to be known. 0.0.0.0 is another address, which one depends on the socket.
 */
static __always_inline bool passes_at_once(__be32 addr)
{
	return addr && !(is_mentioned4(addr) | anything_special());
}

/* All that is not decided at once. A function of its own, since that is quick for having next to nothing in it. */
static __noinline int BPF_PROG(judge_connect, struct socket *sock, struct sockaddr *address, int addrlen)
{
	const struct sock *sk;
	struct decision d;
	union ip ip;

	if (shared.config.state != STATE_ON)
		return canary(address);
	sk = sock->sk;
	if (!sk)
		return -EINVAL; /* reaches nothing; the verifier (from 6.12 on) wants to see that it is there */
	if (addrlen < (int)sizeof(address->sa_family))
		return -EINVAL; /* as inet_stream_connect() and inet_dgram_connect() would */
	/* The port is at the same place in both. For other families it is some bytes that nobody looks at. */
	d = begin(HOOK_CONNECT, sock, sk, *(__be16 *)((void *)address + 2));
	switch (address->sa_family) {
	case AF_INET:
		if (addrlen < SOCKADDR_IN_LEN)
			return -EINVAL; /* as every IPv4 protocol would; the bytes past addrlen are not the caller's */
		judge_in(&d, sk, *(__be32 *)((void *)address + 4));
		break;
	case AF_INET6:
		if (addrlen < SOCKADDR_IN6_LEN)
			return -EINVAL; /* as every IPv6 protocol would */
		if (bpf_probe_read_kernel(&ip, sizeof(ip), (void *)address + 8))
			judge_unreadable(&d);
		else
			judge_in6(&d, sk, &ip);
		break;
	default:
		/* AF_UNSPEC disconnects (or is refused by the protocol); no other family names an IP address. */
		return 0;
	}
	return settle(&d);
}

SEC("lsm/socket_connect")
int BPF_PROG(socket_connect, struct socket *sock, struct sockaddr *address, int addrlen)
{
	if (addrlen < SOCKADDR_IN_LEN || address->sa_family != AF_INET ||
	    !passes_at_once(*(__be32 *)((void *)address + 4)))
		return judge_connect(ctx);
	count_total(HOOK_CONNECT, VERDICT_ALLOW);
	return 0;
}

/* TCP and what stands for it take an address in a send call only with MSG_FASTOPEN, which connects. */
static __always_inline bool is_tcp(const struct socket *sock, const struct sock *sk)
{
	return sock->type == SOCK_STREAM && (sk->sk_protocol == IPPROTO_TCP || sk->sk_protocol == IPPROTO_MPTCP ||
					     sk->sk_protocol == IPPROTO_SMC || sk->__sk_common.skc_family == AF_SMC);
}

#define MAX_CMSGS 16 /* in one call, if anything blocks: more are refused, for nobody sends so many */

/* Whether a control message takes the packet somewhere else than to the address that was judged. */
static __always_inline bool leads_elsewhere(const struct cmsg_head *head)
{
	switch (head->level) {
	case SOL_IP:
		return head->type == IP_RETOPTS;
	case SOL_IPV6:
		return head->type == IPV6_RTHDR || head->type == IPV6_2292RTHDR;
	case SOL_SCTP:
		return head->type == SCTP_DSTADDRV4 || head->type == SCTP_DSTADDRV6;
	}
	return false;
}

/* A function of its own, so that the verifier looks at the loop once. 1: some message does, or cannot be read. */
__noinline int cmsgs_lead_elsewhere(__u64 control, __u64 len)
{
	struct cmsg_head head;

	for (int i = 0; i < MAX_CMSGS; i++) {
		if (len < sizeof(head))
			return 0;
		if (bpf_probe_read_kernel(&head, sizeof(head), (void *)control) || head.len < sizeof(head) ||
		    leads_elsewhere(&head))
			return 1;
		head.len = (head.len + 7) & ~7ul; /* CMSG_ALIGN() */
		if (head.len >= len)
			return 0;
		control += head.len;
		len -= head.len;
	}
	return 1;
}

/* Control messages of a send by which an IP packet leaves: 0, or what refuses it. */
static __always_inline int check_cmsgs(const struct sock *sk, const struct msghdr *msg)
{
	__u32 generation = generation_now();
	__u16 family = sk->__sk_common.skc_family;
	__u64 control = 0;

	if (!msg->msg_controllen || (family != AF_INET && family != AF_INET6 && family != AF_SMC) ||
	    !anything_blocks(generation))
		return 0; /* none; or not by IP; or every destination is allowed, and the one they lead to as well */
	bpf_core_read(&control, sizeof(control), &msg->msg_control); /* as a number, which 7.x wants here */
	return cmsgs_lead_elsewhere(control, msg->msg_controllen) ? refuse_kind(HOOK_SENDMSG, generation) : 0;
}

/* All sends but those that go to the socket's peer. A function of its own, as judge_connect() is. */
static __noinline int BPF_PROG(judge_send, struct socket *sock, struct msghdr *msg)
{
	struct {
		__u16 family;
		__be16 port;
		__be32 v4;
		union ip v6;
	} address = {}; /* sockaddr_in, or the first 24 bytes of sockaddr_in6 */
	struct decision d;
	const struct sock *sk = sock->sk;
	const void *name = msg->msg_name;
	int len = msg->msg_namelen, refused;
	long unread;

	if (shared.config.state != STATE_ON)
		return name ? canary(name) : 0;
	if (!sk)
		return -EINVAL; /* as in socket_connect */
	/*
	 * RPC over UDP and RxRPC, for NFS and AFS: the kernel names the peer, and `current` is whoever waits, or a
	 * kernel thread. No process can ask for it: the kernel hands a socket that it made to a process only where SMC
	 * or MPTCP fall back to TCP, by connect or accept. For TCP nothing is exempt: no kernel code opens fast here.
	 */
	if (!is_tcp(sock, sk) && BPF_CORE_READ_BITFIELD(sk, sk_kern_sock))
		return 0;
	refused = check_cmsgs(sk, msg);
	if (refused || !name)
		return refused; /* without a name it goes to the socket's peer */
	if (len < (int)sizeof(address.family))
		return 0; /* no protocol reads a destination from less: an error, or the socket's peer */
	if (is_tcp(sock, sk) && !(msg->msg_flags & MSG_FASTOPEN))
		return 0; /* the address is ignored: tcp_sendmsg_locked() */

	/* Bytes past len are not the caller's: read no more than are whole. */
	if (len >= SOCKADDR_IN6_LEN)
		unread = bpf_probe_read_kernel(&address, SOCKADDR_IN6_LEN, name);
	else if (len >= SOCKADDR_IN_LEN)
		unread = bpf_probe_read_kernel(&address, SOCKADDR_IN_LEN, name);
	else
		unread = bpf_probe_read_kernel(&address.family, sizeof(address.family), name);
	d = begin(HOOK_SENDMSG, sock, sk, address.port);
	if (unread) {
		judge_unreadable(&d);
		return settle(&d);
	}
	switch (address.family) {
	case AF_INET:
		if (len < SOCKADDR_IN_LEN)
			return -EINVAL;
		judge_in(&d, sk, address.v4);
		break;
	case AF_INET6:
		if (len < SOCKADDR_IN6_LEN)
			return -EINVAL;
		judge_in6(&d, sk, &address.v6);
		break;
	case AF_UNSPEC:
		if (is_tcp(sock, sk))
			return 0; /* tcp_sendmsg_fastopen() refuses it */
		if (len < SOCKADDR_IN_LEN)
			return 0; /* refused where it is taken for IPv4, and else it means the socket's peer */
		/*
		 * IPv4 to UDP, raw and L2TP sockets; IPv6 to raw IPv6 ones; the peer to UDP IPv6 ones, unless
		 * IPV6_ADDRFORM turns the socket into an IPv4 one after this look. So both, and the strictest counts.
		 */
		judge_in(&d, sk, address.v4);
		if (len >= SOCKADDR_IN6_LEN && sk->__sk_common.skc_family == AF_INET6)
			judge_in6(&d, sk, &address.v6);
		break;
	default:
		return 0; /* no IP address in it */
	}
	return settle(&d);
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(socket_sendmsg, struct socket *sock, struct msghdr *msg)
{
	if (!msg->msg_name && !msg->msg_controllen)
		return 0; /* goes to the socket's peer, which was judged when it connected */
	return judge_send(ctx);
}

/*
 * Options that make the kernel send to another address than the one that was judged: an IPv6 routing header, in its
 * three spellings, and IPv4 source routes. The hook does not see the value, so that taking them away is refused too.
 */
SEC("lsm/socket_setsockopt")
int BPF_PROG(socket_setsockopt, struct socket *sock, int level, int optname)
{
	__u32 generation = generation_now();

	if (shared.config.state != STATE_ON)
		return shared.config.state == STATE_CANARY && level == CANARY_LEVEL &&
				       (__u32)optname == (__u32)(shared.config.canary >> 32)
			       ? -CANARY_ERRNO
			       : 0; /* not loaded yet, or no more */
	if (!(level == SOL_IP && optname == IP_OPTIONS) &&
	    !(level == SOL_IPV6 &&
	      (optname == IPV6_RTHDR || optname == IPV6_2292PKTOPTIONS || optname == IPV6_FLOWLABEL_MGR)))
		return 0; /* every other option leaves the destination alone */
	if (!anything_blocks(generation))
		return 0; /* then every destination is allowed, and the one it leads to as well */
	return refuse_kind(HOOK_SETSOCKOPT, generation);
}

/* Sockets whose packets go where no hook can see. */
static __always_inline bool is_unjudged(int family, int type, int protocol)
{
	switch (family) {
	case AF_PACKET: /* whole frames */
	case AF_XDP:
	case AF_PPPOX: /* the address is in a form of its own */
	case AF_RDS:   /* the kernel connects later, by itself */
	case AF_RXRPC:
	case AF_TIPC:
		return true;
	case AF_INET:
	case AF_INET6:
		/* Raw ones may bring their own header; SCTP and MPTCP go to more addresses, which the peer names. */
		return type == SOCK_RAW || type == SOCK_PACKET || protocol == IPPROTO_SCTP || protocol == IPPROTO_MPTCP;
	}
	return false;
}

SEC("lsm/socket_create")
int BPF_PROG(socket_create, int family, int type, int protocol, int kern)
{
	__u32 generation = generation_now();

	if (shared.config.state != STATE_ON)
		return shared.config.state == STATE_CANARY && (__u32)protocol == (__u32)(shared.config.canary >> 32)
			       ? -CANARY_ERRNO
			       : 0; /* not loaded yet, or no more */
	if (kern || !shared.config.settings[generation & 1].strict || !is_unjudged(family, type, protocol))
		return 0; /* the kernel's own; or what it will ask for is judged when it does */
	return refuse_kind(HOOK_CREATE, generation);
}

/* What becomes of one of several peers. A function of its own, of numbers only: see struct asked. */
__noinline int judge_peer(__u64 ip_high, __u64 ip_low, __u32 port, __u32 generation)
{
	struct decision d = {.generation = generation, .proto = IPPROTO_SCTP, .port = port & 0xffff, .hook = HOOK_SCTP};
	const union ip ip = {.d = {ip_high, ip_low}}, unbound = {};

	judge_v6(&d, &ip, &unbound, 0);
	return settle(&d);
}

#define MAX_PEERS 16 /* in one connectx: more are refused */

/* The addresses of sctp_connectx(3), which the kernel connects to by itself, and the peer of an SCTP send. */
SEC("lsm/sctp_bind_connect")
int BPF_PROG(sctp_bind_connect, struct sock *sk, int optname, struct sockaddr *addresses, int addrlen)
{
	struct {
		__u16 family;
		__be16 port;
		__be32 v4;
		__u64 pad;
	} address;
	const void *at = addresses;
	__u32 generation;

	if (shared.config.state != STATE_ON)
		return 0; /* not loaded yet, or no more */
	generation = generation_now();
	if (optname == SCTP_PARAM_ADD_IP || optname == SCTP_PARAM_SET_PRIMARY)
		/* The peer asks, nobody here: strict keeps such sockets away, and those there were are cut off. */
		return shared.config.settings[generation & 1].strict ? refuse_kind(HOOK_SCTP, generation) : 0;
	if (optname != SCTP_SOCKOPT_CONNECTX && optname != SCTP_SENDMSG_CONNECT)
		return 0; /* about the socket's own addresses, or one of the peer's that is connected already */
	for (int i = 0; i < MAX_PEERS; i++) {
		union ip ip = {.w = {0, 0, MAPPED_PREFIX, 0}};
		int size = SOCKADDR_IN_LEN, ret;

		if (addrlen < SOCKADDR_IN_LEN)
			return 0; /* all are judged; less than an address is refused by the kernel */
		if (bpf_probe_read_kernel(&address, SOCKADDR_IN_LEN, at))
			return refuse_kind(HOOK_SCTP, generation);
		ip.w[3] = address.v4;
		if (address.family == AF_INET6) {
			size = SOCKADDR_IN6_FULL;
			if (addrlen < size)
				return 0; /* the kernel refuses it */
			if (bpf_probe_read_kernel(&ip, sizeof(ip), at + 8))
				return refuse_kind(HOOK_SCTP, generation);
		} else if (address.family != AF_INET) {
			return -EINVAL; /* as sctp_connectx() does */
		}
		ret = judge_peer(ip.d[0], ip.d[1], __builtin_bswap16(address.port), generation);
		if (ret)
			return refuse((__u32)-ret & 0x7f);
		at += size;
		addrlen -= size;
	}
	return addrlen > 0 ? refuse_kind(HOOK_SCTP, generation) : 0;
}

/* Last, since they use what is above. */
#include "egress.h"
#include "test.h"
