/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Socket options that change where packets go. The hook does not see the value, so removing such an option counts as
 * setting it. Only lsmctl.bpf.c includes this.
 */
#ifndef LSMCTL_OPTIONS_H
#define LSMCTL_OPTIONS_H

/*
 * True for options that lead to another address than the judged one: an IPv6 routing header (three spellings), an IPv4
 * route.
 */
static __always_inline bool leads_elsewhere(int level, int optname)
{
	return (level == SOL_IP && optname == IP_OPTIONS) ||
	       (level == SOL_IPV6 &&
		(optname == IPV6_RTHDR || optname == IPV6_2292PKTOPTIONS || optname == IPV6_FLOWLABEL_MGR));
}

/* True for options that set a source. 0.0.0.0 then stands for it. */
static __always_inline bool names_source(int level, int optname)
{
	return (level == SOL_SOCKET && (optname == SO_BINDTODEVICE || optname == SO_BINDTOIFINDEX)) ||
	       (level == SOL_IP && optname == IP_UNICAST_IF) ||
	       (level == SOL_IPV6 &&
		(optname == IPV6_UNICAST_IF || optname == IPV6_PKTINFO || optname == IPV6_ADDRFORM));
}

SEC("lsm/socket_setsockopt")
int BPF_PROG(socket_setsockopt, struct socket *sock, int level, int optname)
{
	const struct sock *sk = sock->sk;
	__u32 generation;

	if (level == CANARY_LEVEL && is_canary_word(optname))
		return -CANARY_ERRNO;
	if (shared.config.state != STATE_ON)
		return 0; /* not loaded */
	if (names_source(level, optname))
		/* Sockets of other families have no such source; SMC fails with 0.0.0.0 anyway. */
		return sk && has_ip_source(sk) ? give_source(HOOK_SETSOCKOPT, sock, sk) : 0;
	if (!leads_elsewhere(level, optname))
		return 0; /* every other option keeps the destination */
	generation = generation_now();
	if (!anything_blocks(generation))
		return 0; /* every destination is allowed, and so is the new one */
	return refuse_kind(HOOK_SETSOCKOPT, generation);
}

#endif
