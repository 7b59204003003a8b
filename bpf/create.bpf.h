/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strict: sockets whose packets go where no hook can see are not made. Before a socket is made only the arguments of
 * socket(2) are known, which is enough to keep out a whole family, and its module; which protocol it has got is known
 * afterwards: socket(AF_INET, SOCK_SEQPACKET, 0) is SCTP. Included by lsmctl.bpf.c alone.
 */
#ifndef LSMCTL_CREATE_H
#define LSMCTL_CREATE_H

/* Those go to more addresses, which the peer names. */
static __always_inline bool has_more_peers(int protocol)
{
	return protocol == IPPROTO_SCTP || protocol == IPPROTO_MPTCP;
}

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
		/* Raw ones may bring their own header. */
		return type == SOCK_RAW || type == SOCK_PACKET || has_more_peers(protocol);
	}
	return false;
}

static __always_inline int refuse_if_strict(enum hook hook)
{
	__u32 generation = generation_now();

	return shared.config.settings[generation & 1].strict ? refuse_kind(hook, generation) : 0;
}

/*
 * kern: the kernel makes it, and what a process then asks of it is judged when it does. Those within SMC, MPTCP, RDS
 * and RxRPC sockets come with these, which the process had to ask for.
 */
SEC("lsm/socket_create")
int BPF_PROG(socket_create, int family, int type, int protocol, int kern)
{
	if (is_canary_word(protocol))
		return -CANARY_ERRNO;
	if (shared.config.state != STATE_ON)
		return 0; /* not loaded yet, or no more */
	if (kern || !is_unjudged(family, type, protocol))
		return 0; /* see above; or what it will ask for is judged when it does */
	return refuse_if_strict(HOOK_CREATE);
}

SEC("lsm/socket_post_create")
int BPF_PROG(socket_post_create, struct socket *sock, int family, int type, int protocol, int kern)
{
	const struct sock *sk = sock->sk;

	if (is_canary_socket(family, type))
		return -CANARY_ERRNO;
	if (shared.config.state != STATE_ON)
		return 0; /* not loaded yet, or no more */
	if (kern || (family != AF_INET && family != AF_INET6) || !sk || !has_more_peers(sk->sk_protocol))
		return 0; /* the same; of other families the arguments say it all; no hook is called without a socket */
	return refuse_if_strict(HOOK_POST_CREATE);
}

#endif
