/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of addresses in rules, for BPF only: dns.bpf.h learns them, lookup.bpf.h asks for them. */
#ifndef LSMCTL_RULED_BPF_H
#define LSMCTL_RULED_BPF_H

#include "named.bpf.h"
#include "ruled.h"

struct ruled_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* a command makes the one in use, of max_addresses */
	__uint(key_size, sizeof(struct named));
	__uint(value_size, sizeof(struct ruled));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct ruled_map);
} ruled SEC(".maps");

/* A separate function, whose stack is free again. */
static __noinline struct ruled *find_ruled(__u64 ip_high, __u64 ip_low, __u64 net)
{
	const struct named key = {.ip = {.d = {ip_high, ip_low}}, .net = net};
	const __u32 slot = 0;
	void *map = bpf_map_lookup_elem(&ruled, &slot);

	return map ? bpf_map_lookup_elem(map, &key) : NULL;
}

static __always_inline __u32 seconds_now(void)
{
	return bpf_ktime_get_boot_ns() / 1000000000u;
}

/* True when some rule is for a name. */
static __always_inline bool is_ruled(void)
{
	return shared.config.special.ruled & RULED;
}

/* may_have_name() where is_ruled(). */
static __always_inline bool has_name_bit(const union ip *ip)
{
	return shared.ruled[ruled_hash(ip) & ((1u << FILTER_RULED_BITS) - 1)];
}

/*
 * False: no rule is for a name of this address. The programs set it as they learn: one that is not in the map is rare.
 */
static __always_inline bool may_have_name(const union ip *ip)
{
	return is_ruled() && has_name_bit(ip);
}

/* A separate function, so that the verifier checks the loop once. */
__noinline int is_resolver(__u64 ip_high, __u64 ip_low, __u32 generation)
{
	const struct resolvers *list = config_resolvers(&shared.config, &shared.config.settings[generation & 1]);

#pragma clang loop unroll(full)
	for (__u32 i = 0; i < RESOLVERS; i++) {
		if (i >= list->n)
			break;
		if (list->at[i].d[0] == ip_high && list->at[i].d[1] == ip_low)
			return true;
	}
	return false;
}

/* True when rules for the word "resolvers" are for this address. */
static __always_inline bool is_ruled_resolver(const union ip *ip, __u32 generation)
{
	return shared.config.special.ruled & RULED_RESOLVERS && is_resolver(ip->d[0], ip->d[1], generation);
}

/* Where "resolvers" has rules, true for every address: the stack of 5.10 has no room for more. */
static __always_inline bool may_be_ruled(const union ip *ip)
{
	return may_have_name(ip) || shared.config.special.ruled & RULED_RESOLVERS;
}

/*
 * True for what stands for a name or a word, and is no destination: such a call is refused, so that no rule for the
 * name lets it through.
 */
static __always_inline bool stands_for_name(const union ip *ip)
{
	return shared.config.special.ruled && ip_is_name(ip);
}

/* Returns a socket as a number, which the verifier passes on to functions; 0: no rule is for a name. */
static __always_inline __u64 names_socket(const struct sock *sk)
{
	const struct sock *at = sk;
	__u64 number = 0;

	if (is_ruled())
		bpf_probe_read_kernel(&number, sizeof(number), &at);
	return number;
}

/* Return the network namespace of a socket, or of the current process, as in struct named. */
__noinline __u64 net_of_socket(__u64 socket)
{
	const struct sock *sk = (const void *)socket;

	return net_of(BPF_CORE_READ(sk, __sk_common.skc_net.net));
}

static __always_inline __u64 current_net(void)
{
	const struct task_struct *task = (const void *)bpf_get_current_task();

	return net_of(BPF_CORE_READ(task, nsproxy, net_ns));
}

#endif
