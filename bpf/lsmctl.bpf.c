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
 * The maps: "trie" finds the longest prefix and names a slot; "rules" has the action there, "counters" counts there.
 * When the trie is full a command refuses to add; the programs write nothing but counters.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "kernel.h"
#include "decide.h"

char LICENSE[] SEC("license") = "GPL";

/* In .bss, which is one memory-mapped array: programs read it without a lookup, commands store single words. */
struct config config;

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1); /* sizes are set by load */
	__type(key, struct trie_key);
	__type(value, __u32);
} trie SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct rule);
} rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counter);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, char[COMMENT_SIZE]);
} comments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VERDICTS);
	__type(key, __u32);
	__type(value, __u64);
} totals SEC(".maps");

static __always_inline __u32 default_action(void)
{
	return action_make(config.default_verdict, EPERM);
}

static __u32 rule_for(const union ip *ip, __u32 *action)
{
	struct trie_key key = {.len = 128, .ip = *ip};
	const struct rule *rule;
	__u32 *slot;

	*action = default_action();
	slot = bpf_map_lookup_elem(&trie, &key);
	if (!slot)
		return NO_SLOT;
	rule = bpf_map_lookup_elem(&rules, slot);
	if (!rule) {
		/* Cannot be: the trie holds slots of this array. Closed, all the same. */
		*action = action_make(VERDICT_BLOCK, EPERM);
		return NO_SLOT;
	}
	/* The longest prefix of an IPv4 address is an IPv6 one, such as ::/0: no rule mentions the address. */
	if (ip_is_v4(ip) && rule->len < 96)
		return NO_SLOT;
	*action = rule->action;
	return *slot;
}

/* Carries out a decision: counts it, and gives what the hook returns. */
static __always_inline int settle(const struct decision *d)
{
	__u32 verdict = action_verdict(d->action);
	struct counter *counter;
	__u64 *total;
	long ret = 0;

	if (verdict == VERDICT_BLOCK && config.mode == MODE_AUDIT)
		verdict = VERDICT_AUDIT;
	total = bpf_map_lookup_elem(&totals, &verdict);
	if (total)
		*total += 1;
	if (d->slot != NO_SLOT) {
		counter = bpf_map_lookup_elem(&counters, &d->slot);
		if (counter) {
			__sync_fetch_and_add(&counter->hits, 1);
			counter->last_hit = bpf_ktime_get_boot_ns();
		}
	}
	if (verdict == VERDICT_ALLOW || verdict == VERDICT_AUDIT)
		return 0; /* a rule or the default says allow, or says only to take note */
	/* ret = -errno. From 6.12 on the verifier wants to know its range, and it loses it at a negation. */
	asm("%0 -= %1" : "+r"(ret) : "r"((long)action_errno(d->action)));
	return ret ? ret : -EPERM;
}

/* Before load has published the rules: refuse its own test call, which shows that the hook is called; no other. */
static __always_inline int canary(const void *address)
{
	__u64 head = 0;

	if (config.state != STATE_CANARY)
		return 0; /* not loaded yet, or no more: nothing is to be denied */
	bpf_probe_read_kernel(&head, sizeof(head), address);
	return head == config.canary ? -CANARY_ERRNO : 0;
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
	d->action = default_action();
	d->slot = NO_SLOT;
}

SEC("lsm/socket_connect")
int BPF_PROG(socket_connect, struct socket *sock, struct sockaddr *address, int addrlen)
{
	const struct sock *sk = sock->sk;
	struct decision d = {};
	union ip ip;

	if (config.state != STATE_ON)
		return canary(address);
	if (!sk)
		return -EINVAL; /* reaches nothing; the verifier (from 6.12 on) wants to see that it is there */
	if (addrlen < (int)sizeof(address->sa_family))
		return -EINVAL; /* as inet_stream_connect() and inet_dgram_connect() would */
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

/* TCP and what stands for it take an address in a send call only with MSG_FASTOPEN, which connects. */
static __always_inline bool is_tcp(const struct socket *sock, const struct sock *sk)
{
	return sock->type == SOCK_STREAM && (sk->sk_protocol == IPPROTO_TCP || sk->sk_protocol == IPPROTO_MPTCP ||
					     sk->sk_protocol == IPPROTO_SMC || sk->__sk_common.skc_family == AF_SMC);
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(socket_sendmsg, struct socket *sock, struct msghdr *msg)
{
	struct {
		__u16 family;
		__u16 port;
		__be32 v4;
		union ip v6;
	} address = {}; /* sockaddr_in, or the first 24 bytes of sockaddr_in6 */
	struct decision d = {};
	const struct sock *sk = sock->sk;
	const void *name = msg->msg_name;
	int len = msg->msg_namelen;
	long unread;

	if (!name)
		return 0; /* goes to the socket's peer, which was judged when it connected */
	if (config.state != STATE_ON)
		return canary(name);
	if (!sk)
		return -EINVAL;
	if (BPF_CORE_READ_BITFIELD(sk, sk_kern_sock))
		return 0; /* the kernel's own (NFS, CIFS): `current` is not who asked */
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
