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

#include "source.bpf.h"

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

/* Whether there is more to know of a socket than its address: it has marks, or the kernel made it. */
static __always_inline bool is_ordinary(const struct sock *sk)
{
	return sk && !sk->sk_bpf_storage && !BPF_CORE_READ_BITFIELD(sk, sk_kern_sock);
}

/* All that is not decided at once. A function of its own, since that is quick for having next to nothing in it. */
static __noinline int BPF_PROG(judge_connect, struct socket *sock, struct sockaddr *address, int addrlen)
{
	const struct sock *sk;
	struct decision d;
	int refused = 0;
	__be32 addr;
	union ip ip;

	if (shared.config.state != STATE_ON)
		return canary(address);
	sk = sock->sk;
	if (!sk)
		return -EINVAL; /* reaches nothing; the verifier (from 6.12 on) wants to see that it is there */
	if (addrlen < (int)sizeof(address->sa_family))
		return -EINVAL; /* as inet_stream_connect() and inet_dgram_connect() would */
	mark_held(sk);
	/* The port is at the same place in both. For other families it is some bytes that nobody looks at. */
	d = begin(HOOK_CONNECT, sock, sk, *(__be16 *)((void *)address + 2));
	switch (address->sa_family) {
	case AF_INET:
		if (addrlen < SOCKADDR_IN_LEN)
			return -EINVAL; /* as every IPv4 protocol would; the bytes past addrlen are not the caller's */
		addr = *(__be32 *)((void *)address + 4);
		refused = addr ? check_join(sock, sk) : refuse_any(HOOK_CONNECT, sock, sk, false);
		if (!refused)
			judge_v4(&d, addr);
		break;
	case AF_INET6:
		if (addrlen < SOCKADDR_IN6_LEN)
			return -EINVAL; /* as every IPv6 protocol would */
		if (bpf_probe_read_kernel(&ip, sizeof(ip), (void *)address + 8)) {
			judge_unreadable(&d);
			break;
		}
		if (ip_is_any(&ip))
			refused = refuse_any(HOOK_CONNECT, sock, sk, false);
		else if (ip_is_link_local(&ip))
			refused = give_source(HOOK_CONNECT, sock, sk);
		else
			refused = check_join(sock, sk);
		if (!refused)
			judge_v6(&d, &ip);
		break;
	default:
		/* AF_UNSPEC disconnects (or is refused by the protocol); no other family names an IP address. */
		return 0;
	}
	return refused ? refused : settle(&d);
}

SEC("lsm/socket_connect")
int BPF_PROG(socket_connect, struct socket *sock, struct sockaddr *address, int addrlen)
{
	if (addrlen < SOCKADDR_IN_LEN || address->sa_family != AF_INET ||
	    !passes_at_once(*(__be32 *)((void *)address + 4)) || !is_ordinary(sock->sk))
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

/* What control messages do to where a packet goes. */
#define CMSG_ELSEWHERE 1 /* to another address than the one that was judged */
#define CMSG_SOURCE    2 /* they name a source, which 0.0.0.0 then stands for: see source.bpf.h */

static __always_inline int effect_of(const struct cmsg_head *head)
{
	switch (head->level) {
	case SOL_IP:
		return head->type == IP_RETOPTS ? CMSG_ELSEWHERE : head->type == IP_PKTINFO ? CMSG_SOURCE : 0;
	case SOL_IPV6:
		if (head->type == IPV6_RTHDR || head->type == IPV6_2292RTHDR)
			return CMSG_ELSEWHERE;
		return head->type == IPV6_PKTINFO || head->type == IPV6_2292PKTINFO ? CMSG_SOURCE : 0;
	case SOL_SCTP:
		return head->type == SCTP_DSTADDRV4 || head->type == SCTP_DSTADDRV6 ? CMSG_ELSEWHERE : 0;
	}
	return 0;
}

/* A function of its own, so that the verifier looks at the loop once. Both, where one cannot be read. */
__noinline int cmsgs_effect(__u64 control, __u64 len)
{
	struct cmsg_head head;
	int effect = 0;

	for (int i = 0; i < MAX_CMSGS; i++) {
		if (len < sizeof(head))
			return effect;
		if (bpf_probe_read_kernel(&head, sizeof(head), (void *)control) || head.len < sizeof(head))
			return CMSG_ELSEWHERE | CMSG_SOURCE;
		effect |= effect_of(&head);
		head.len = (head.len + 7) & ~7ul; /* CMSG_ALIGN() */
		if (head.len >= len)
			return effect;
		control += head.len;
		len -= head.len;
	}
	return CMSG_ELSEWHERE | CMSG_SOURCE;
}

/* Control messages of a send by which an IP packet leaves: their effect, of which nothing matters unless it blocks. */
static __always_inline int read_cmsgs(const struct sock *sk, const struct msghdr *msg, __u32 generation)
{
	__u16 family = sk->__sk_common.skc_family;
	__u64 control = 0;

	if (!msg->msg_controllen || (family != AF_INET && family != AF_INET6 && family != AF_SMC) ||
	    !anything_blocks(generation))
		return 0; /* none; or not by IP; or every destination is allowed, and the one they lead to as well */
	bpf_core_read(&control, sizeof(control), &msg->msg_control); /* as a number, which 7.x wants here */
	return cmsgs_effect(control, msg->msg_controllen);
}

/*
 * Of a send that names 0.0.0.0 or ::. For a later message of one sendmmsg(2) with the same address no hook is called,
 * whatever control messages it has; each but the last says that more are to come.
 */
static __always_inline int refuse_any_sent(const struct socket *sock, const struct sock *sk, const struct msghdr *msg,
					   __u32 generation, int effect, bool to_peer)
{
	if (!to_peer && (effect & CMSG_SOURCE || msg->msg_flags & MSG_BATCH) && anything_blocks(generation))
		return refuse_kind(HOOK_SENDMSG, generation);
	return refuse_any(HOOK_SENDMSG, sock, sk, to_peer);
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
	__u32 generation;
	int len = msg->msg_namelen, effect;
	bool any = false, to_peer = false;
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
	generation = generation_now();
	effect = read_cmsgs(sk, msg, generation);
	if (effect & CMSG_ELSEWHERE)
		return refuse_kind(HOOK_SENDMSG, generation);
	if (!name)
		return 0; /* it goes to the socket's peer */
	if (len < (int)sizeof(address.family))
		return 0; /* no protocol reads a destination from less: an error, or the socket's peer */
	if (is_tcp(sock, sk) && !(msg->msg_flags & MSG_FASTOPEN))
		return 0; /* the address is ignored: tcp_sendmsg_locked() */
	mark_held(sk);

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
		any = !address.v4;
		judge_v4(&d, address.v4);
		break;
	case AF_INET6:
		if (len < SOCKADDR_IN6_LEN)
			return -EINVAL;
		any = ip_is_any(&address.v6);
		judge_v6(&d, &address.v6);
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
		any = !address.v4;
		judge_v4(&d, address.v4);
		if (sk->__sk_common.skc_family != AF_INET6)
			break;
		to_peer = true; /* raw ones go to ::1 for ::, whatever their source */
		if (len >= SOCKADDR_IN6_LEN)
			judge_v6(&d, &address.v6);
		break;
	default:
		return 0; /* no IP address in it */
	}
	if (any) {
		int refused = refuse_any_sent(sock, sk, msg, generation, effect, to_peer);

		if (refused)
			return refused;
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

/* Last, since they use what is above. */
#include "options.bpf.h"
#include "create.bpf.h"
#include "sctp.bpf.h"
#include "egress.h"
#include "test.h"
