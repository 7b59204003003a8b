// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs that decide. Two hooks see every destination that connect(2) and the send calls name:
 *
 *   socket_connect  connect(2) and io_uring's connect, on any socket: one caller in the kernel, __sys_connect_file()
 *   socket_sendmsg  an address given to sendto, sendmsg, sendmmsg or io_uring's send, TCP Fast Open among them
 *
 * Both get a kernel copy of the address, which the process cannot change any more. The family is the address's, never
 * the socket's: an IPv6 UDP socket accepts an IPv4 address. The other hooks refuse what these two cannot judge.
 *
 * The order of a decision:
 *
 * 1. A bit of a filter tells whether any rule is near the address. If not, and the default is allow and nobody watches,
 *    the call passes at once: special4(), special6(). So it does when the rules near it are for other ports.
 * 2. judge_connect(), judge_send(): not loaded: pass. A canary: refuse. A control message that leads elsewhere, or
 *    0.0.0.0 when the socket may have another source: refuse while anything blocks.
 * 3. decide.h: the address becomes one or more destinations. Their strictest verdict counts.
 * 4. lookup.bpf.h: asks subjects for each destination, narrow to wide: those of the process's cgroup and of the cgroups
 *    above it (place.bpf.h), uid, gid, program, everyone. The first with a matching rule decides.
 * 5. walk.h: tries a subject's rules, the longest prefix first; within a prefix the narrowest ports, then a named
 *    protocol, then block before audit before allow. The first that matches the call decides. subject.bpf.h: so do
 *    rules for the names of the address, as ruled.h has it.
 * 6. No rule: the default, or an answer (answer.bpf.h). A process of a run: what its run allows (run.bpf.h), besides.
 *    settle(): the mode, counters, watchers; returns the errno.
 *
 * A call that another security module denied never gets here (call_int_hook() stops at the first), and a denial by a
 * BPF program that runs before these jumps past them, so nothing here can cancel a denial.
 *
 * Commands compile the rules into tables that the programs only walk: see abi.h. A call reads once, from
 * config.generation, which three inner maps are in force. The programs write counters, senders and reports to watchers.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "kernel.bpf.h"
#include "message.bpf.h"
#include "lookup.bpf.h"
#include "fast.bpf.h"
#include "count.bpf.h"
#include "watch.bpf.h"
#include "canary.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* Carries out a decision: counts it, reports it, and returns the hook's value. */
static __always_inline int settle(const struct decision *d)
{
	__u32 verdict = verdict_of(d);

	count_total(d->hook, verdict);
	count_hit(d);
	if (is_watched(verdict))
		tell(d, verdict);
	if (is_running())
		note_decision(d, verdict);
	return outcome(d, verdict);
}

/* Returns the protocol as rules name it. */
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

static __always_inline __u32 call_of(__u32 family, __u32 type, __u32 protocol, __u32 port, __u32 generation)
{
	__u32 proto = proto_of(family == AF_SMC ? IPPROTO_TCP : protocol);
	/* A raw socket's ports are part of its payload, and no concern of rules. */
	bool raw = type == SOCK_RAW, ports = !raw && has_ports(proto);

	return call_make(ports ? port & 0xffff : NO_PORT, proto, raw, generation);
}

/* Starts a decision with the socket's protocol as rules name it, and its port, if it has one. */
static __always_inline struct decision begin(enum hook hook, const struct socket *sock, const struct sock *sk,
					     __be16 port)
{
	__u32 protocol = sk->sk_protocol, type = sock->type, generation = generation_now(), call;

	port = __builtin_bswap16(port);
	/* Nearly all sockets: their family does not matter, and its load takes many instructions. */
	if ((protocol == IPPROTO_UDP || protocol == IPPROTO_TCP) && type != SOCK_RAW)
		call = call_make(port, protocol, 0, generation);
	else
		call = call_of(sk->__sk_common.skc_family, type, protocol, port, generation);
	return (struct decision){.call = call, .hook = hook, .socket = names_socket(sk)};
}

/* A separate function for judge_send(), whose many cases its own would multiply. */
__noinline __u32 send_of(__u32 family, __u32 type, __u32 protocol, __u32 port, __u32 generation)
{
	return call_of(family, type, protocol, port, generation);
}

#include "refuse.bpf.h"
#include "source.bpf.h"
#include "answer.bpf.h"

/* An unreadable address gets the default: blocked when the default is block. */
static __always_inline void judge_unreadable(struct decision *d)
{
	d->action = current_run() ? by_run(VERDICT_BLOCK) : default_action(d);
	d->slot = NO_SLOT;
}

#include "connect.bpf.h"

/* TCP and its equivalents take an address in a send call only with MSG_FASTOPEN, which connects. */
static __always_inline bool is_tcp(const struct socket *sock, const struct sock *sk)
{
	return sock->type == SOCK_STREAM && (sk->sk_protocol == IPPROTO_TCP || sk->sk_protocol == IPPROTO_MPTCP ||
					     sk->sk_protocol == IPPROTO_SMC || sk->__sk_common.skc_family == AF_SMC);
}

#define MAX_CMSGS 16 /* in one call, while anything blocks; more are refused, since no program sends so many */

/* How control messages change where a packet goes. */
#define CMSG_ELSEWHERE 1 /* to another address than the judged one */
#define CMSG_SOURCE    2 /* they set a source: 0.0.0.0 then stands for it; see source.bpf.h */

/* What else judge_send() knows of a send, in the same number: the stack is full. */
#define SEND_ANY     4	/* names 0.0.0.0 or :: */
#define SEND_ANY6    8	/* names :: */
#define SEND_TO_PEER 16 /* may go to the socket's peer */
#define SEND_ALSO_V6 32 /* may be taken for IPv6 too */

static __always_inline int effect_of(const struct cmsg_head *head)
{
	switch (head->level) {
	case SOL_IP:
		return head->type == IP_RETOPTS ? CMSG_ELSEWHERE : head->type == IP_PKTINFO ? CMSG_SOURCE : 0;
	case SOL_IPV6:
		if (head->type == IPV6_RTHDR || head->type == IPV6_2292RTHDR)
			return CMSG_ELSEWHERE;
		return head->type == IPV6_PKTINFO || head->type == IPV6_2292PKTINFO ? CMSG_SOURCE : 0;
	}
	return 0;
}

/* A separate function, so that the verifier checks the loop once. An unreadable one counts as both. */
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

/* Returns the effect of the control messages of a send by IP; it matters only while something blocks. */
static __always_inline int read_cmsgs(const struct sock *sk, const struct msghdr *msg, __u32 generation)
{
	__u16 family = sk->__sk_common.skc_family;
	__u64 control = 0;

	if (!msg->msg_controllen || (family != AF_INET && family != AF_INET6 && family != AF_SMC) ||
	    !anything_blocks(generation))
		return 0; /* none; or not by IP; or every destination is allowed, and so is theirs */
	bpf_core_read(&control, sizeof(control), &msg->msg_control); /* as a number: 7.x needs this here */
	return cmsgs_effect(control, msg->msg_controllen);
}

/*
 * Judges a send that names 0.0.0.0 or ::. The kernel calls no hook for a later message of one sendmmsg(2) with the same
 * address, whatever its control messages; each but the last announces that more follow.
 */
static __always_inline int refuse_any_sent(const struct socket *sock, const struct sock *sk, const struct msghdr *msg,
					   __u32 generation, int send)
{
	bool to_peer = send & SEND_TO_PEER;

	if (!to_peer && (send & CMSG_SOURCE || msg->msg_flags & MSG_BATCH) && anything_blocks(generation))
		return refuse_kind(HOOK_SENDMSG, generation);
	return refuse_any(HOOK_SENDMSG, sock, sk, to_peer, send & SEND_ANY6);
}

/* All sends except those to the socket's peer. A separate function, like judge_connect(). */
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
	union ip ip = {.w = {0, 0, MAPPED_PREFIX, 0}};
	int len = msg->msg_namelen, send, refused;
	long unread;

	if (shared.config.state != STATE_ON)
		return name && is_canary(name, len) ? -CANARY_ERRNO : 0; /* not loaded */
	if (!sk)
		return -EINVAL; /* as in socket_connect */
	/*
	 * RPC over UDP and RxRPC, for NFS and AFS: the kernel names the peer, and `current` is a waiting process or a
	 * kernel thread. No process can ask for it: the kernel hands a socket that it made to a process only where SMC
	 * or MPTCP fall back to TCP, by connect or accept. For TCP nothing is exempt: no kernel code uses fast open
	 * here.
	 */
	if (!is_tcp(sock, sk) && is_of_kernel(sk))
		return 0;
	generation = generation_now();
	send = read_cmsgs(sk, msg, generation);
	if (send & CMSG_ELSEWHERE)
		return refuse_kind(HOOK_SENDMSG, generation);
	if (!name)
		return 0; /* it goes to the socket's peer */
	if (len < (int)sizeof(address.family))
		return 0; /* no protocol reads a shorter destination: an error, or the socket's peer */
	if (is_tcp(sock, sk) && !(msg->msg_flags & MSG_FASTOPEN))
		return 0; /* the kernel ignores the address: tcp_sendmsg_locked() */
	mark_held(sk);
	/* Bytes past len are not the caller's: read only whole fields. */
	if (len >= SOCKADDR_IN6_LEN)
		unread = bpf_probe_read_kernel(&address, SOCKADDR_IN6_LEN, name);
	else if (len >= SOCKADDR_IN_LEN)
		unread = bpf_probe_read_kernel(&address, SOCKADDR_IN_LEN, name);
	else
		unread = bpf_probe_read_kernel(&address.family, sizeof(address.family), name);
	d = (struct decision){.call = send_of(sk->__sk_common.skc_family, sock->type, sk->sk_protocol,
					      __builtin_bswap16(address.port), generation),
			      .hook = HOOK_SENDMSG,
			      .socket = names_socket(sk)};
	if (unread) {
		judge_unreadable(&d);
		return settle(&d);
	}
	ip.w[3] = address.v4;
	switch (address.family) {
	case AF_INET:
		if (len < SOCKADDR_IN_LEN)
			return -EINVAL;
		/* address.v6 starts in sin_zero here, which the kernel ignores. */
		if (is_canary_mark(AF_INET, address.v4, address.v6.d[0], shared.config.canary))
			return -CANARY_ERRNO;
		send |= address.v4 ? 0 : SEND_ANY;
		break;
	case AF_INET6:
		if (len < SOCKADDR_IN6_LEN)
			return -EINVAL;
		ip = address.v6;
		send |= ip_is_any6(&ip) ? SEND_ANY | SEND_ANY6 : ip_is_any(&ip) ? SEND_ANY : 0;
		break;
	case AF_UNSPEC:
		if (is_tcp(sock, sk))
			return 0; /* tcp_sendmsg_fastopen() refuses it */
		if (len < SOCKADDR_IN_LEN)
			return 0; /* refused where taken for IPv4; elsewhere it means the socket's peer */
		/*
		 * UDP, raw and L2TP sockets read it as IPv4; raw IPv6 ones as IPv6; UDP IPv6 ones use the peer, unless
		 * IPV6_ADDRFORM makes an IPv4 socket after this check. So judges both, and the strictest counts.
		 */
		send |= address.v4 ? 0 : SEND_ANY;
		if (sk->__sk_common.skc_family == AF_INET6) /* raw ones go to ::1 for ::, whatever their source */
			send |= len >= SOCKADDR_IN6_LEN ? SEND_TO_PEER | SEND_ALSO_V6 : SEND_TO_PEER;
		break;
	default:
		return 0; /* has no IP address */
	}
	judge_v6(&d, &ip);
	if (send & SEND_ALSO_V6)
		judge_v6(&d, &address.v6);
	if (is_canary_mark(address.family, address.v4, address.v6.d[0], canary_packet(shared.config.canary)))
		return send & CMSG_SOURCE || outcome(&d, verdict_of(&d)) ? -CANARY_ERRNO
									 : 0; /* as decided, not counted */
	refused = send & SEND_ANY ? refuse_any_sent(sock, sk, msg, generation, send) : 0;
	if (refused)
		return refused;
	if (!(send & SEND_ANY) && is_answer(&d, sk->__sk_common.skc_cookie.counter))
		d.action = action_make(VERDICT_ALLOW, 0, 0, PROTO_ANY, 0);
	return settle(&d);
}

#include "sctp.bpf.h"
SEC("lsm/socket_sendmsg")
int BPF_PROG(socket_sendmsg, struct socket *sock, struct msghdr *msg)
{
	int ret;

	if (!msg->msg_name && !msg->msg_controllen)
		return 0; /* goes to the socket's peer, judged at its connect */
	ret = judge_send(ctx);
	return ret || !msg->msg_controllen ? ret : judge_further_peers(ctx);
}

#include "options.bpf.h" /* last, since they use the functions above */
#include "create.bpf.h"
#include "egress.bpf.h"
#include "ingress.bpf.h"
#include "run_hooks.bpf.h"
#include "dns.bpf.h"
#include "query.bpf.h"
#include "ask.bpf.h"
#include "cgroup.bpf.h"
#include "exe.bpf.h"
#include "holder.bpf.h"
