/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options that change where a socket's packets go. The hook does not see the value, so that taking such an option away
 * counts as setting it. Included by lsmctl.bpf.c alone.
 */
#ifndef LSMCTL_OPTIONS_H
#define LSMCTL_OPTIONS_H

/* To another address than the one that was judged: an IPv6 routing header, in its three spellings, an IPv4 route. */
static __always_inline bool leads_elsewhere(int level, int optname)
{
	return (level == SOL_IP && optname == IP_OPTIONS) ||
	       (level == SOL_IPV6 &&
		(optname == IPV6_RTHDR || optname == IPV6_2292PKTOPTIONS || optname == IPV6_FLOWLABEL_MGR));
}

/* From another address, which 0.0.0.0 then stands for. */
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

	if (shared.config.state != STATE_ON)
		return shared.config.state == STATE_CANARY && level == CANARY_LEVEL &&
				       (__u32)optname == (__u32)(shared.config.canary >> 32)
			       ? -CANARY_ERRNO
			       : 0; /* not loaded yet, or no more */
	if (names_source(level, optname))
		/* Sockets that are not IP's have no such source; SMC's get no further with 0.0.0.0 anyway. */
		return sk && has_ip_source(sk) ? give_source(HOOK_SETSOCKOPT, sock, sk) : 0;
	if (!leads_elsewhere(level, optname))
		return 0; /* every other option leaves the destination alone */
	generation = generation_now();
	if (!anything_blocks(generation))
		return 0; /* then every destination is allowed, and the one it leads to as well */
	return refuse_kind(HOOK_SETSOCKOPT, generation);
}

#endif
