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
 * nothing but counters.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "kernel.h"
#include "walk.h"
#include "decide.h"

char LICENSE[] SEC("license") = "GPL";

/* In .bss, which is one memory-mapped array: programs read it without a lookup, commands store single words. */
struct shared shared;

/* The tables: each outer map has a slot for the generation in force and one for the next. */
struct arena_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct line)); /* by size: clang leaves the type out */
};

struct rules_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct rule)); /* by size: clang leaves the type out */
};

struct counters_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct counter)); /* by size: clang leaves the type out */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct arena_map);
} arenas SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct rules_map);
} rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct counters_map);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VERDICTS);
	__type(key, __u32);
	__type(value, __u64);
} totals SEC(".maps");

struct generation {
	void *arena;
	void *rules;
};

static __always_inline const struct line *line_at(const struct generation *g, __u32 line)
{
	return bpf_map_lookup_elem(g->arena, &line);
}

static __always_inline const struct rule *rule_at(const struct generation *g, __u32 slot)
{
	return bpf_map_lookup_elem(g->rules, &slot);
}

static __always_inline __u64 clock_of(const struct generation *g)
{
	return bpf_ktime_get_boot_ns();
}

/* A call, in as few numbers as a function of its own may have. */
struct asked {
	__u64 ip_high, ip_low;
	__u32 sought; /* port | proto << 17 | raw << 26 */
	__u32 generation;
};

static __always_inline struct asked ask_for(const struct decision *d, const union ip *ip)
{
	return (struct asked){
		.ip_high = (__u64)ip->w[0] << 32 | ip->w[1],
		.ip_low = (__u64)ip->w[2] << 32 | ip->w[3],
		.sought = d->port | d->proto << 17 | d->raw << 26,
		.generation = d->generation,
	};
}

/*
 * The ref of the rule that decides for one subject, 0 for none. A function of its own, of numbers only, so that the
 * verifier looks at it once however often it is called; 5.10 knows no pointers here. sought: see struct asked.
 */
__noinline __u32 subject_rule(__u64 ip_high, __u64 ip_low, __u32 root, __u32 sought, __u32 generation)
{
	struct query q = {.port = sought & 0x1ffff, .proto = sought >> 17 & 0x1ff, .raw = sought >> 26 & 1};
	__u32 slot = generation & 1;
	struct generation g = {.arena = bpf_map_lookup_elem(&arenas, &slot),
			       .rules = bpf_map_lookup_elem(&rules, &slot)};

	if (!g.arena || !g.rules)
		return REF_BROKEN;
	q.ip.w[0] = (__u32)(ip_high >> 32);
	q.ip.w[1] = (__u32)ip_high;
	q.ip.w[2] = (__u32)(ip_low >> 32);
	q.ip.w[3] = (__u32)ip_low;
	return walk(&g, trie_leaf(&g, root, &q.ip), &q);
}

/* The root of a subject's rules: 0 when it has none. */
__noinline __u32 subject_root_of(__u32 kind, __u64 id, __u32 family, __u32 generation)
{
	__u32 slot = generation & 1;
	struct generation g = {.arena = bpf_map_lookup_elem(&arenas, &slot)};
	const struct header *header = g.arena ? (const struct header *)line_at(&g, 0) : NULL;

	return header ? subject_root(&g, header, kind, id, family) : REF_BROKEN;
}

/* One subject's say. */
static __always_inline __u32 ask_subject(const struct asked *a, __u32 kind, __u64 id)
{
	bool v6 = a->ip_high || (__u32)(a->ip_low >> 32) != MAPPED_PREFIX;
	__u32 root = subject_root_of(kind, id, v6, a->generation);

	return root ? subject_rule(a->ip_high, a->ip_low, root, a->sought, a->generation) : 0;
}

/* The id of an ancestor. Functions of their own, so that no part of the one that does not fit this kernel is executed.
 */
static __noinline __u64 ancestor_id(const struct cgroup *cgroup, __u32 level)
{
	struct cgroup *ancestor = NULL;

	bpf_probe_read_kernel(&ancestor, sizeof(ancestor), &cgroup->ancestors[level]);
	return BPF_CORE_READ(ancestor, kn, id);
}

static __noinline __u64 ancestor_id_before_6_1(const struct cgroup___before_6_1 *cgroup, __u32 level)
{
	__u64 id = 0;

	bpf_probe_read_kernel(&id, sizeof(id), &cgroup->ancestor_ids[level]);
	return id;
}

/* The process's cgroup first, then those around it. Up to the root: a process cannot leave them by going deeper. */
static __always_inline __u32 ask_cgroups(const struct asked *a)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	int depth = BPF_CORE_READ(cgroup, level);

	if (depth >= CGROUP_DEPTH)
		return REF_BROKEN;
	for (int up = 0; up < CGROUP_DEPTH; up++) {
		__u32 level = (__u32)(depth - up), ref;
		__u64 id;

		if (level >= CGROUP_DEPTH)
			break;
		if (bpf_core_field_exists(cgroup->ancestors))
			id = ancestor_id(cgroup, level);
		else
			id = ancestor_id_before_6_1((const void *)cgroup, level);
		ref = ask_subject(a, SUBJECT_CGROUP, id);
		if (ref)
			return ref;
	}
	return 0;
}

/* The ref of the rule for a destination that some rule mentions, 0 for none: subjects from narrow to wide. */
__noinline __u32 rule_in_tables(__u64 ip_high, __u64 ip_low, __u32 sought, __u32 generation)
{
	const struct asked a = {ip_high, ip_low, sought, generation};
	__u32 slot = generation & 1, ref = 0;
	struct generation g = {.arena = bpf_map_lookup_elem(&arenas, &slot)};
	const struct header *header = g.arena ? (const struct header *)line_at(&g, 0) : NULL;

	if (!header)
		return REF_BROKEN;
	if (header->cgroups)
		ref = ask_cgroups(&a);
	if (!ref && header->uids)
		ref = ask_subject(&a, SUBJECT_UID, (__u32)bpf_get_current_uid_gid());
	return ref ? ref : ask_subject(&a, SUBJECT_EVERYONE, 0);
}

/* Whether any rule mentions the destination: nearly every call ends here. */
static __always_inline bool is_mentioned(const union ip *ip)
{
	__u32 bit, word;

	if (ip_is_v4(ip)) {
		bit = be32(ip->w[3]) >> (shared.config.filter_shift[0] & 31);
		word = shared.filter4[bit / 32 % FILTER_WORDS(FILTER4_BITS)];
	} else {
		bit = be32(ip->w[0]) >> (shared.config.filter_shift[1] & 31);
		word = shared.filter6[bit / 32 % FILTER_WORDS(FILTER6_BITS)];
	}
	return word >> bit % 32 & 1;
}

static __always_inline __u64 default_action(void)
{
	return action_make(shared.config.default_verdict, EPERM, 0, PROTO_ANY, 0);
}

/* A ref that is not 0 to the slot and action of its rule. */
static __always_inline __u32 rule_of(const struct decision *d, __u32 ref, __u64 *action)
{
	__u32 slot = d->generation & 1;
	void *inner = bpf_map_lookup_elem(&rules, &slot);
	const struct rule *rule = NULL;

	slot = ref & ~REF_LEAF;
	if (inner && ref != REF_BROKEN)
		rule = bpf_map_lookup_elem(inner, &slot);
	if (!rule) {
		/* The tables are not what they must be, or a cgroup is too deep: closed. */
		*action = action_make(VERDICT_BLOCK, EPERM, 0, PROTO_ANY, 0);
		return NO_SLOT;
	}
	*action = rule->action;
	return slot;
}

static __u32 rule_for(const struct decision *d, const union ip *ip, __u64 *action)
{
	struct asked a;
	__u32 ref;

	*action = default_action();
	if (!is_mentioned(ip))
		return NO_SLOT;
	a = ask_for(d, ip);
	ref = rule_in_tables(a.ip_high, a.ip_low, a.sought, a.generation);
	return ref ? rule_of(d, ref, action) : NO_SLOT;
}

static __always_inline void count_hit(const struct decision *d)
{
	__u32 slot = d->generation & 1;
	struct counter *counter;
	void *inner;

	if (d->slot == NO_SLOT)
		return;
	inner = bpf_map_lookup_elem(&counters, &slot);
	counter = inner ? bpf_map_lookup_elem(inner, &d->slot) : NULL;
	if (!counter)
		return;
	__sync_fetch_and_add(&counter->hits, 1);
	counter->last_hit = bpf_ktime_get_boot_ns();
}

/* Subtracts, and does not negate: the verifier of 6.12 keeps the bounds of the one and not of the other. */
static __always_inline int refuse(__u32 error)
{
	__s64 ret = 0;

	asm volatile("%0 -= %1" : "+r"(ret) : "r"((__u64)error));
	return (int)ret;
}

/* What the mode makes of a decision. */
static __always_inline __u32 verdict_of(const struct decision *d)
{
	__u32 verdict = action_verdict(d->action);

	return verdict == VERDICT_BLOCK && shared.config.mode == MODE_AUDIT ? VERDICT_AUDIT : verdict;
}

/* What the hook returns. */
static __always_inline int outcome(const struct decision *d, __u32 verdict)
{
	__u32 error = action_errno(d->action);

	if (verdict == VERDICT_ALLOW || verdict == VERDICT_AUDIT)
		return 0; /* a rule or the default says allow, or says only to take note */
	return error ? refuse(error) : -EPERM;
}

/* Carries out a decision: counts it, and gives what the hook returns. */
static __always_inline int settle(const struct decision *d)
{
	__u32 verdict = verdict_of(d);
	__u64 *total = bpf_map_lookup_elem(&totals, &verdict);

	if (total)
		*total += 1;
	count_hit(d);
	return outcome(d, verdict);
}

/* What rules call the socket's protocol, and whether it has ports. */
static __always_inline struct decision begin(const struct socket *sock, const struct sock *sk, __be16 port)
{
	struct decision d = {.generation = shared.config.generation, .port = NO_PORT};

	d.proto = sk->__sk_common.skc_family == AF_SMC ? IPPROTO_TCP : sk->sk_protocol;
	switch (d.proto) {
	case IPPROTO_MPTCP:
	case IPPROTO_SMC:
		d.proto = IPPROTO_TCP;
		break;
	case IPPROTO_UDPLITE:
		d.proto = IPPROTO_UDP;
		break;
	case IPPROTO_ICMPV6:
		d.proto = IPPROTO_ICMP;
		break;
	}
	/* A raw socket's ports are in what it sends, and nobody's affair but its own. */
	if (sock->type == SOCK_RAW)
		d.raw = 1;
	else if (d.proto == IPPROTO_TCP || d.proto == IPPROTO_UDP || d.proto == IPPROTO_SCTP || d.proto == IPPROTO_DCCP)
		d.port = __builtin_bswap16(port);
	d.proto &= 0xff;
	return d;
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
	d->action = default_action();
	d->slot = NO_SLOT;
}

SEC("lsm/socket_connect")
int BPF_PROG(socket_connect, struct socket *sock, struct sockaddr *address, int addrlen)
{
	const struct sock *sk = sock->sk;
	struct decision d;
	union ip ip;

	if (shared.config.state != STATE_ON)
		return canary(address);
	if (!sk)
		return -EINVAL; /* reaches nothing; the verifier (from 6.12 on) wants to see that it is there */
	if (addrlen < (int)sizeof(address->sa_family))
		return -EINVAL; /* as inet_stream_connect() and inet_dgram_connect() would */
	/* The port is at the same place in both. For other families it is some bytes that nobody looks at. */
	d = begin(sock, sk, *(__be16 *)((void *)address + 2));
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
		__be16 port;
		__be32 v4;
		union ip v6;
	} address = {}; /* sockaddr_in, or the first 24 bytes of sockaddr_in6 */
	struct decision d;
	const struct sock *sk = sock->sk;
	const void *name = msg->msg_name;
	int len = msg->msg_namelen;
	long unread;

	if (!name)
		return 0; /* goes to the socket's peer, which was judged when it connected */
	if (shared.config.state != STATE_ON)
		return canary(name);
	if (!sk)
		return -EINVAL; /* as in socket_connect */
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
	d = begin(sock, sk, address.port);
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

/* Last, since it uses what is above. */
#include "test.h"
