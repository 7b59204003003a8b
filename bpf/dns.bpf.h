/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Learns which addresses a name has, from the answers that programs get, before they can use them. A program on the
 * root cgroup, and query.bpf.h, both attached only while some settings want names or some rule is for one. It lets
 * every packet pass. What it learns for rules decides calls: see ruled.h.
 *
 * An answer counts when the same socket has just sent that question, with that id, to that name server, and the server
 * is one of this host's. By loopback only a server with a loopback address counts, and only in the host's own network
 * namespace: elsewhere any user may be root and answer. Every other server counts only from a device, since
 * IPV6_FREEBIND lets any process send from its address. Network namespaces of user namespaces never count. An address
 * is learned for the network namespace in which the answer came. A datagram that came in fragments does not count: who
 * cannot see the query can put a fragment of his own into it.
 *
 * Not seen: names in messages by TCP, TLS and HTTPS, in /etc/hosts, and in answers that another process keeps. Only
 * lsmctl.bpf.c includes this.
 */
#ifndef LSMCTL_DNS_BPF_H
#define LSMCTL_DNS_BPF_H

#include "suffix.h"
#include "ruled.bpf.h"

struct queries_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* a command makes the one in use, of QUERIES_ROOM */
	__uint(key_size, sizeof(struct query_key));
	__uint(value_size, sizeof(__u64));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct queries_map);
} queries SEC(".maps");

struct names_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* NAMES_ROOM */
	__uint(key_size, sizeof(__u64));
	__uint(value_size, sizeof(struct name));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct names_map);
} names SEC(".maps");

/* A message, for one program. Not pinned: each load of a program makes its own. */
struct reading {
	struct dns dns;
	struct name name;     /* to be stored */
	struct ruled ruled;   /* to be stored for an address that has no names in rules yet: those of the question */
	volatile __u32 n_ids; /* in ruled */
	__u32 until;	      /* of the address at hand, s */
	__u32 least, most;    /* how long to keep an address, s */
	__u64 now;
	__u64 net;
	__u32 busy; /* 1: a run that this one interrupted is reading */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct reading));
} readings SEC(".maps");

static __always_inline struct reading *reading(void)
{
	const __u32 slot = 0;

	return bpf_map_lookup_elem(&readings, &slot);
}

static __always_inline struct dns *dns_message(void)
{
	struct reading *r = reading();

	return r ? &r->dns : NULL;
}

static __always_inline __u32 keep(const struct reading *r, __u32 ttl)
{
	return dns_keep(ttl, r->least, r->most);
}

#include "learn_ids.bpf.h"

__noinline int name_address(__u64 ip_high, __u64 ip_low, __u32 ttl)
{
	const struct reading *r = reading();
	const __u32 slot = 0;
	void *map = bpf_map_lookup_elem(&named, &slot);
	struct naming *there, now;
	struct named key = {.ip = {.d = {ip_high, ip_low}}};

	if (!r || !map)
		return 0;
	key.net = r->net;
	now = (struct naming){.name = r->dns.name, .asked = r->now, .expires = r->now + keep(r, ttl) * 1000000000ull};
	there = bpf_map_lookup_elem(map, &key);
	if (!there) {
		bpf_map_update_elem(map, &key, &now, BPF_ANY);
		return 0;
	}
	/* In place, which takes a third of the time. Who reads it meanwhile may see parts of both. */
	there->name = now.name;
	there->asked = now.asked;
	if (there->expires < now.expires)
		there->expires = now.expires;
	return 0;
}

static __always_inline void dns_found(const struct dns *dns, const union ip *ip, __u32 ttl)
{
	name_address(ip->d[0], ip->d[1], ttl);
	if (is_ruled())
		rule_by_name(ip->d[0], ip->d[1], ttl);
}

static __always_inline bool is_dns_port(const __u8 *at)
{
	return *(const __u16 *)at == __builtin_bswap16(DNS_PORT);
}

/*
 * Returns where the UDP header starts of a datagram from the port of name servers; 0: it is none. Sees usual headers
 * only: name servers send no others; and shorter packets have no name of two parts. Every packet that comes to the host
 * comes here, so what nearly none has is asked first.
 */
static __always_inline __u32 find_dns(const struct __sk_buff *skb)
{
	const __u8 *head = (const void *)(long)skb->data, *end = (const void *)(long)skb->data_end;

	if (head + 48 > end)
		return 0;
	if (head[0] != 0x45)
		return is_dns_port(head + 40) && head[0] >> 4 == 6 && head[6] == IPPROTO_UDP ? 40 : 0;
	/* No fragment: the flag that more follow, and the offset. */
	return is_dns_port(head + 20) && head[9] == IPPROTO_UDP && !(head[6] & 0x3f) && !head[7] ? 20 : 0;
}

static __always_inline bool is_loopback(const union ip *ip)
{
	return ip_is_v4(ip) ? ip->b[12] == 127 : !ip->d[0] && ip->d[1] == be64(1);
}

/* True while the programs may look at messages. */
static __always_inline bool are_names_wanted(void)
{
	return shared.config.state == STATE_ON && (is_ruled() || shared.config.settings[generation_now() & 1].names);
}

static __always_inline bool counts(const union ip *server)
{
	return is_resolver(server->d[0], server->d[1], generation_now());
}

/* Returns the network namespace of a socket, as in struct named. 0: it belongs to a user namespace. */
static __always_inline __u64 net_that_counts(const struct sock *sk)
{
	const struct net *net = BPF_CORE_READ(sk, __sk_common.skc_net.net);

	return BPF_CORE_READ(net, user_ns, level) ? 0 : net_of(net);
}

/* True for an answer of that server, for a socket that may have asked. */
static __always_inline bool is_for_asker(struct __sk_buff *skb, const union ip *server)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk || !are_names_wanted())
		return false;
	sk = bpf_sk_fullsock(sk);
	return sk && sk->type == SOCK_DGRAM && sk->protocol == IPPROTO_UDP && counts(server);
}

/* True for a datagram that came in fragments. The kernel notes their size. */
static __always_inline bool was_fragmented(const struct __sk_buff *skb)
{
	const struct sk_buff *kernel_skb = (const void *)skb;
	const struct inet_skb_parm *parm4 = (const void *)&kernel_skb->cb;
	const struct inet6_skb_parm *parm6 = (const void *)&kernel_skb->cb;

	return is_ipv4(skb) ? BPF_CORE_READ(parm4, frag_max_size) : BPF_CORE_READ(parm6, frag_max_size);
}

/* Reads the message behind the UDP header. NULL: too long, or a run that this one interrupted reads one now. */
static __always_inline struct reading *read_message(struct __sk_buff *skb, __u32 at)
{
	struct reading *r = reading();
	__u32 len = skb->len - at - 8;
	const struct settings *settings;

	if (!r || r->busy || len < DNS_HEAD || len > DNS_SIZE)
		return NULL;
	r->busy = 1;
	r->dns.len = len;
	/* The verifier of 5.10 forgets the range; the mask says it again. */
	len -= DNS_HEAD;
	asm volatile("%0 &= 4095" : "+r"(len));
	if (len > DNS_SIZE - DNS_HEAD || bpf_skb_load_bytes(skb, at + 8, r->dns.bytes, len + DNS_HEAD))
		r->dns.len = 0; /* then it has no question */
	r->dns.seed = shared.config.names_seed;
	r->now = bpf_ktime_get_boot_ns();
	settings = &shared.config.settings[generation_now() & 1];
	r->least = settings_keep_least(settings);
	r->most = settings_keep_most(settings);
	return r;
}

/* Takes the query of an answer off the record. False: nobody has asked. */
static __always_inline bool was_asked(const struct sock *sk, const struct reading *r, const union ip *server)
{
	const struct query_key key = {
		.socket = (__u64)sk, .question = r->dns.question, .resolver = *server, .id = r->dns.id};
	const __u32 slot = 0;
	void *map = bpf_map_lookup_elem(&queries, &slot);
	const __u64 *sent = map ? bpf_map_lookup_elem(map, &key) : NULL;
	bool recent = sent && (__s64)(r->now - *sent) < QUERY_TIME; /* clocks may differ a little */

	if (sent)
		bpf_map_delete_elem(map, &key);
	return recent;
}

/* Tells watchers of an answer that was cut short. */
static __always_inline void tell_truncated(struct __sk_buff *skb, const struct reading *r, const union ip *server)
{
	const struct event event = {.time = r->now,
				    .ip = *server,
				    .uid = bpf_get_socket_uid(skb),
				    .gid = NO_GID,
				    .port = DNS_PORT,
				    .proto = IPPROTO_UDP,
				    .verdict = VERDICT_ALLOW,
				    .hook = HOOK_NAMES_LEARN,
				    .truncated = 1,
				    .name = r->dns.name};

	tell_watchers(&event);
}

/* Keeps the name itself. Returns whether this is the first answer to it that was cut short. */
static __always_inline bool keep_name(struct reading *r)
{
	const __u32 slot = 0;
	void *map = bpf_map_lookup_elem(&names, &slot);
	struct name *there;

	if (!map)
		return false;
	there = bpf_map_lookup_elem(map, &r->dns.name);
	if (there) {
		there->asked = r->now;
		there->truncated += r->dns.truncated; /* two at once may count as one */
		return there->truncated == 1;
	}
	r->name.asked = r->now;
	r->name.truncated = r->dns.truncated;
	__builtin_memcpy(r->name.wire, &r->dns.bytes[DNS_HEAD], WIRE_SIZE); /* and what follows it */
	bpf_map_update_elem(map, &r->dns.name, &r->name, BPF_ANY);
	return r->dns.truncated;
}

static __always_inline void learn(struct __sk_buff *skb, const struct sock *sk, struct reading *r,
				  const union ip *server)
{
	__u32 records = dns_question(true);

	if (!records || !was_asked(sk, r, server))
		return;
	if (r->dns.truncated) {
		__sync_fetch_and_add(&shared.config.truncated, 1);
		if (keep_name(r) && is_watched(VERDICT_ALLOW))
			tell_truncated(skb, r, server);
	} else if (r->dns.records) {
		keep_name(r);
		find_ids(r);
		dns_records(records);
	}
}

static __noinline void learn_from(struct __sk_buff *skb, __u32 at)
{
	const struct sk_buff *kernel_skb = (const void *)skb;
	const struct sock *sk;
	struct reading *r;
	union ip server;
	__u64 net;

	if (!read_address(skb, PACKET_SOURCE, &server) || !is_for_asker(skb, &server) || was_fragmented(skb))
		return;
	sk = BPF_CORE_READ(kernel_skb, sk);
	net = net_that_counts(sk);
	if (!net)
		return;
	if (is_loopback(&server) ? skb->ifindex != LOOPBACK_IFINDEX || (__u32)net != shared.config.host_net
				 : may_be_our_own(skb))
		return;
	r = read_message(skb, at);
	if (!r)
		return;
	r->net = net;
	learn(skb, sk, r, &server);
	r->busy = 0;
}

SEC("cgroup_skb/ingress")
int names_learn(struct __sk_buff *skb)
{
	__u32 at = find_dns(skb);

	if (at)
		learn_from(skb, at);
	return PASS;
}

#endif
