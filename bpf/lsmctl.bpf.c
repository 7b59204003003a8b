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
	__uint(value_size, sizeof(struct counters)); /* by size: clang leaves the type out */
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

/* Once a call, so that no call sees two rulesets. The clock is looked at only while there is a trial. */
static __always_inline __u32 generation_now(void)
{
	return shared.config.trial_until ? generation_at(&shared.config, bpf_ktime_get_boot_ns())
					 : shared.config.generation;
}

struct generation {
	void *arena;
	void *rules;
	__u32 number;
};

static __always_inline const struct line *line_at(const struct generation *g, __u32 line)
{
	return bpf_map_lookup_elem(g->arena, &line);
}

static __always_inline const struct rule *rule_at(const struct generation *g, __u32 slot)
{
	return bpf_map_lookup_elem(g->rules, &slot);
}

/* Port, protocol and whether it is a raw socket, in 27 bits. */
static __always_inline __u32 sought_by(const struct decision *d)
{
	return d->port | d->proto << 17 | d->raw << 26;
}

static __always_inline union ip ip_of(__u64 high, __u64 low)
{
	union ip ip = {.w = {(__u32)(high >> 32), (__u32)high, (__u32)(low >> 32), (__u32)low}};

	return ip;
}

/*
 * The two halves of the walk. Functions of their own, of numbers only, so that the verifier looks at each once, however
 * often it is called and whatever it was called with; 5.10 knows no pointers here.
 */
__noinline __u32 leaf_under(__u64 ip_high, __u64 ip_low, __u32 root, __u32 generation)
{
	__u32 slot = generation & 1;
	struct generation g = {.arena = bpf_map_lookup_elem(&arenas, &slot)};
	const union ip ip = ip_of(ip_high, ip_low);

	return g.arena ? trie_leaf(&g, root, &ip) : REF_BROKEN;
}

/* Apart from the loop that calls it, whose ways would be many for the verifier. */
__noinline int extra_over(__u32 extra, __u32 generation)
{
	__u32 slot = generation & 1;
	void *arena = bpf_map_lookup_elem(&arenas, &slot);
	const struct extra *e = arena ? bpf_map_lookup_elem(arena, &extra) : NULL;

	return e && extra_is_over(e, bpf_ktime_get_boot_ns());
}

static __always_inline int is_over(const struct generation *g, __u32 extra)
{
	return extra_over(extra, g->number);
}

/* The ref of the rule that decides, from a leaf on, 0 for none. sought: see sought_by(). */
__noinline __u32 rule_behind(__u64 ip_high, __u64 ip_low, __u32 leaf, __u32 sought, __u32 generation)
{
	const struct query q = {.ip = ip_of(ip_high, ip_low),
				.port = sought & 0x1ffff,
				.proto = sought >> 17 & 0x1ff,
				.raw = sought >> 26 & 1};
	__u32 slot = generation & 1;
	struct generation g = {.arena = bpf_map_lookup_elem(&arenas, &slot),
			       .rules = bpf_map_lookup_elem(&rules, &slot),
			       .number = generation};

	return g.arena && g.rules ? walk(&g, leaf, &q) : REF_BROKEN;
}

/* The root of a subject's rules: 0 when it has none. */
__noinline __u32 subject_root_of(__u32 kind, __u64 id, __u32 family, __u32 generation)
{
	__u32 slot = generation & 1;
	struct generation g = {.arena = bpf_map_lookup_elem(&arenas, &slot)};
	const struct header *header = g.arena ? (const struct header *)line_at(&g, 0) : NULL;

	return header ? subject_root(&g, header, kind, id, family) : REF_BROKEN;
}

/* A call, in as few numbers as a function of its own may have. */
struct asked {
	__u64 ip_high, ip_low;
	__u32 sought;
	__u32 generation;
};

/* One subject's say. */
static __always_inline __u32 ask_subject(const struct asked *a, __u32 kind, __u64 id)
{
	bool v6 = a->ip_high || (__u32)(a->ip_low >> 32) != MAPPED_PREFIX;
	__u32 root = subject_root_of(kind, id, v6, a->generation);

	__u32 leaf = root ? leaf_under(a->ip_high, a->ip_low, root, a->generation) : 0;

	return leaf ? rule_behind(a->ip_high, a->ip_low, leaf, a->sought, a->generation) : 0;
}

#define CGROUP_DEPTH 32 /* a process deeper down is refused while there are rules for cgroups: see below */

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

static __always_inline __u64 default_action(const struct decision *d)
{
	return action_make(shared.config.settings[d->generation & 1].default_verdict, EPERM, 0, PROTO_ANY, 0);
}

static __u32 rule_for(const struct decision *d, const union ip *ip, __u64 *action)
{
	__u32 slot = d->generation & 1, ref;
	const struct rule *rule = NULL;
	void *inner;

	*action = default_action(d);
	if (!is_mentioned(ip))
		return NO_SLOT;
	ref = rule_in_tables((__u64)ip->w[0] << 32 | ip->w[1], (__u64)ip->w[2] << 32 | ip->w[3], sought_by(d),
			     d->generation);
	if (!ref)
		return NO_SLOT;
	inner = bpf_map_lookup_elem(&rules, &slot);
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

static __always_inline void count_hit(const struct decision *d)
{
	__u32 slot = d->generation & 1, pair = d->slot / 2, which = d->slot % 2;
	struct counters *found;
	void *inner;

	if (d->slot == NO_SLOT)
		return;
	inner = bpf_map_lookup_elem(&counters, &slot);
	found = inner ? bpf_map_lookup_elem(inner, &pair) : NULL;
	if (!found)
		return;
	__sync_fetch_and_add(&found->hits[which], 1);
	found->last_hit[which] = last_hit_of(bpf_ktime_get_boot_ns());
}

/* Subtracts, and does not negate: the verifier of 6.12 keeps the bounds of the one and not of the other. */
static __always_inline int refuse(__u32 error)
{
	__s64 ret = 0;

	asm volatile("%0 -= %1" : "+r"(ret) : "r"((__u64)error));
	return (int)ret;
}

/* Carries out a decision: counts it, and gives what the hook returns. */
static __always_inline int settle(const struct decision *d)
{
	__u32 verdict = action_verdict(d->action), error;
	__u64 *total;

	if (verdict == VERDICT_BLOCK && shared.config.settings[d->generation & 1].mode == MODE_AUDIT)
		verdict = VERDICT_AUDIT;
	total = bpf_map_lookup_elem(&totals, &verdict);
	if (total)
		*total += 1;
	count_hit(d);
	if (verdict == VERDICT_ALLOW || verdict == VERDICT_AUDIT)
		return 0; /* a rule or the default says allow, or says only to take note */
	error = action_errno(d->action);
	return error ? refuse(error) : -EPERM;
}

/* What rules call the socket's protocol, and whether it has ports. */
static __always_inline struct decision begin(const struct socket *sock, const struct sock *sk, __be16 port)
{
	struct decision d = {.generation = generation_now(), .port = NO_PORT};

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

/* Whether anything may be refused at all, by the default or by a rule. */
static __always_inline bool anything_blocks(__u32 generation)
{
	__u32 slot = generation & 1;
	struct generation g = {};
	const struct header *header;

	if (shared.config.settings[generation & 1].default_verdict != VERDICT_ALLOW)
		return true;
	g.arena = bpf_map_lookup_elem(&arenas, &slot);
	header = g.arena ? (const struct header *)line_at(&g, 0) : NULL;
	return !header || header->blocking;
}

/* What is refused for what it is, whatever the destination. */
static __always_inline int refuse_kind(__u32 generation)
{
	const struct decision d = {.generation = generation,
				   .slot = NO_SLOT,
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
	return cmsgs_lead_elsewhere(control, msg->msg_controllen) ? refuse_kind(generation) : 0;
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
	int len = msg->msg_namelen, refused;
	long unread;

	if (!name && !msg->msg_controllen)
		return 0; /* goes to the socket's peer, which was judged when it connected */
	if (shared.config.state != STATE_ON)
		return name ? canary(name) : 0;
	if (!sk)
		return -EINVAL; /* as in socket_connect */
	if (BPF_CORE_READ_BITFIELD(sk, sk_kern_sock))
		return 0; /* the kernel's own (NFS, CIFS): `current` is not who asked */
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
	return refuse_kind(generation);
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
	return refuse_kind(generation);
}

/* What becomes of one of several peers. A function of its own, of numbers only: see leaf_under(). */
__noinline int judge_peer(__u64 ip_high, __u64 ip_low, __u32 port, __u32 generation)
{
	struct decision d = {.generation = generation, .proto = IPPROTO_SCTP, .port = port & 0xffff};
	const union ip ip = ip_of(ip_high, ip_low), unbound = {};

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
		return shared.config.settings[generation & 1].strict ? refuse_kind(generation) : 0;
	if (optname != SCTP_SOCKOPT_CONNECTX && optname != SCTP_SENDMSG_CONNECT)
		return 0; /* about the socket's own addresses, or one of the peer's that is connected already */
	for (int i = 0; i < MAX_PEERS; i++) {
		union ip ip = {.w = {0, 0, MAPPED_PREFIX, 0}};
		int size = SOCKADDR_IN_LEN, ret;

		if (addrlen < SOCKADDR_IN_LEN)
			return 0; /* all are judged; less than an address is refused by the kernel */
		if (bpf_probe_read_kernel(&address, SOCKADDR_IN_LEN, at))
			return refuse_kind(generation);
		ip.w[3] = address.v4;
		if (address.family == AF_INET6) {
			size = SOCKADDR_IN6_FULL;
			if (addrlen < size)
				return 0; /* the kernel refuses it */
			if (bpf_probe_read_kernel(&ip, sizeof(ip), at + 8))
				return refuse_kind(generation);
		} else if (address.family != AF_INET) {
			return -EINVAL; /* as sctp_connectx() does */
		}
		ret = judge_peer((__u64)ip.w[0] << 32 | ip.w[1], (__u64)ip.w[2] << 32 | ip.w[3],
				 __builtin_bswap16(address.port), generation);
		if (ret)
			return refuse((__u32)-ret & 0x7f);
		at += size;
		addrlen -= size;
	}
	return addrlen > 0 ? refuse_kind(generation) : 0;
}
