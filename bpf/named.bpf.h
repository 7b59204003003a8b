/* SPDX-License-Identifier: GPL-2.0-only */
/* The names that addresses were asked for by, for BPF only: dns.bpf.h learns them, reports of decisions show them. */
#ifndef LSMCTL_NAMED_H
#define LSMCTL_NAMED_H

#include "maps.bpf.h"

struct named_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* a command makes the one in use, of NAMED_ROOM */
	__uint(key_size, sizeof(struct named));
	__uint(value_size, sizeof(struct naming));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct named_map);
} named SEC(".maps");

/* Returns a network namespace as in struct named. */
static __always_inline __u64 net_of(const struct net *net)
{
	__u64 random = bpf_core_field_exists(net->hash_mix) ? BPF_CORE_READ(net, hash_mix) : 0;

	return BPF_CORE_READ(net, ns.inum) | random << 32;
}

static __always_inline __u64 name_in(__u64 ip_high, __u64 ip_low, const struct net *net, __u64 now)
{
	const struct named key = {.ip = {.d = {ip_high, ip_low}}, .net = net_of(net)};
	const __u32 slot = 0;
	void *map = bpf_map_lookup_elem(&named, &slot);
	const struct naming *naming = map ? bpf_map_lookup_elem(map, &key) : NULL;

	return naming && naming->expires > now ? naming->name : 0;
}

/*
 * Return the name by which an address was asked for in the network namespace of the current process, or of a socket; 0:
 * none is known. Separate functions, so that what follows is verified once, with a name and without.
 */
__noinline __u64 name_for_current(__u64 ip_high, __u64 ip_low, __u64 now)
{
	const struct task_struct *task = (void *)bpf_get_current_task();

	return shared.config.names[1] ? name_in(ip_high, ip_low, BPF_CORE_READ(task, nsproxy, net_ns), now) : 0;
}

__noinline __u64 name_for_socket(__u64 ip_high, __u64 ip_low, __u64 socket, __u64 now)
{
	const struct sock *sk = (const void *)socket;

	return shared.config.names[1] ? name_in(ip_high, ip_low, BPF_CORE_READ(sk, __sk_common.skc_net.net), now) : 0;
}

#endif
