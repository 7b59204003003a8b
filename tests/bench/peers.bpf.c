// SPDX-License-Identifier: GPL-2.0-only
/*
 * What lsmctl's programs are held against: nothing at all behind the same hook, the same policy behind another hook,
 * and the same program with the kernel's own LPM trie in the place of the tables. tests/bench/attach puts one of them
 * in force, on the maps that lsmctl has pinned.
 */
#include "bpf/lsmctl.bpf.c"
#include "lpm.bpf.h"

SEC("lsm/socket_connect")
int BPF_PROG(empty, struct socket *sock, struct sockaddr *address, int addrlen)
{
	return 0;
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(empty_send, struct socket *sock, struct msghdr *msg)
{
	return 0;
}

/* True when the default is allow and nothing else matters: as in socket_connect. */
static __always_inline bool passes(void)
{
	if (shared.config.settings[shared.config.generation & 1].default_verdict != VERDICT_ALLOW)
		return false;
	count_total(HOOK_CONNECT, VERDICT_ALLOW);
	return true;
}

/* The value is the rule's slot. */
SEC("lsm/socket_connect")
int BPF_PROG(on_lpm, struct socket *sock, struct sockaddr *address, int addrlen)
{
	struct lpm_key key = {.len = 32};
	struct decision d;
	__u32 *slot;

	if (shared.config.state != STATE_ON)
		return is_canary(address, addrlen) ? -CANARY_ERRNO : 0;
	if (address->sa_family != AF_INET || addrlen < SOCKADDR_IN_LEN || !sock->sk)
		return 0;
	key.addr = *(__be32 *)((void *)address + 4);
	slot = bpf_map_lookup_elem(&lpm4, &key);
	if (!slot && passes())
		return 0;
	d = begin(HOOK_CONNECT, sock, sock->sk, *(__be16 *)((void *)address + 2));
	d.action = slot ? action_make(VERDICT_BLOCK, EPERM, 0, PROTO_ANY, 0) : default_action(&d);
	d.slot = slot ? *slot : NO_SLOT;
	return settle(&d);
}

SEC("cgroup/connect4")
int on_cgroup(struct bpf_sock_addr *ctx)
{
	struct decision d = {};

	if (shared.config.state != STATE_ON)
		return 1;
	if (ctx->user_ip4 && !is_mentioned4(ctx->user_ip4, __builtin_bswap16(ctx->user_port)) && passes())
		return 1;
	d.call = call_make(__builtin_bswap16(ctx->user_port), ctx->protocol & 0xff, 0, shared.config.generation);
	judge_v4(&d, ctx->user_ip4);
	return !settle(&d);
}

/* What it costs that any program sees packets. */
SEC("cgroup_skb/ingress")
int empty_ingress(struct __sk_buff *skb)
{
	return PASS;
}
