// SPDX-License-Identifier: GPL-2.0-only
/*
 * How one would block destinations with what the kernel has and no tables of one's own: an LPM trie, asked from a
 * cgroup's connect and sendmsg hooks. IPv4 only, no ports, no counters, no events, no subjects. tests/bench/lpm makes
 * and fills the trie.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "lpm.bpf.h"

static __always_inline int allowed(__u32 addr)
{
	const struct lpm_key key = {.len = 32, .addr = addr};

	return !bpf_map_lookup_elem(&lpm4, &key);
}

SEC("cgroup/connect4")
int on_connect(struct bpf_sock_addr *ctx)
{
	return allowed(ctx->user_ip4);
}

SEC("cgroup/sendmsg4")
int on_sendmsg(struct bpf_sock_addr *ctx)
{
	return allowed(ctx->user_ip4);
}
