/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strict: refuses to create sockets whose packets no hook can judge. Before the creation only the arguments of
 * socket(2) are known. They suffice to refuse a whole family, and to keep its module from loading. The protocol is
 * known after the creation: socket(AF_INET, SOCK_SEQPACKET, 0) is SCTP. These programs are attached only while strict
 * or the backstop is on, and from the first run on: common/policy/needed.h. Only lsmctl.bpf.c includes this.
 */
#ifndef LSMCTL_CREATE_H
#define LSMCTL_CREATE_H

/* Sockets of these protocols send to further addresses, which the peer names. */
static __always_inline bool has_more_peers(int protocol)
{
	return protocol == IPPROTO_SCTP || protocol == IPPROTO_MPTCP;
}

static __always_inline bool is_unjudged(int family, int type, int protocol)
{
	switch (family) {
	case AF_PACKET: /* whole frames */
	case AF_XDP:
	case AF_PPPOX: /* has its own form of address */
	case AF_RDS:   /* the kernel connects later, on its own */
	case AF_RXRPC:
	case AF_TIPC:
		return true;
	case AF_INET:
	case AF_INET6:
		/* Raw sockets may bring their own header. */
		return type == SOCK_RAW || type == SOCK_PACKET || has_more_peers(protocol);
	}
	return false;
}

/* True for a family that may lead to other machines, or to the host of this one, by no IP address. */
static __always_inline bool is_foreign(int family)
{
	return family != AF_INET && family != AF_INET6 && family != AF_UNIX && family != AF_NETLINK && family != AF_ALG;
}

/* A run is always strict. */
static __always_inline int refuse_if_strict(enum hook hook)
{
	__u32 generation = generation_now();

	return shared.config.settings[generation & 1].strict || current_run() ? refuse_kind(hook, generation) : 0;
}

/*
 * kern: the kernel creates the socket, and a process's later calls on it are judged then. The inner sockets of SMC,
 * MPTCP, RDS and RxRPC come with the outer ones, which a process had to create.
 */
SEC("lsm/socket_create")
int BPF_PROG(socket_create, int family, int type, int protocol, int kern)
{
	if (is_canary_word(protocol))
		return -CANARY_ERRNO;
	if (shared.config.state != STATE_ON)
		return 0; /* not loaded */
	if (kern || !(is_unjudged(family, type, protocol) || (is_foreign(family) && current_run())))
		return 0; /* see above; later calls on it are judged */
	return refuse_if_strict(HOOK_CREATE);
}

/* The backstop sees only the socket of a packet, so a socket tells it what program made it. */
static __always_inline void mark_exe(const struct sock *sk)
{
	const struct config *config = &shared.config;
	struct mark *mark;
	__u64 exe;

	if (!has_storage || !filter_has_kind(&shared, SUBJECT_EXE) ||
	    !(config->settings[0].backstop | config->settings[1].backstop))
		return;
	exe = current_exe();
	mark = exe ? mark_of(sk) : NULL;
	if (mark)
		mark->exe = exe;
}

SEC("lsm/socket_post_create")
int BPF_PROG(socket_post_create, struct socket *sock, int family, int type, int protocol, int kern)
{
	const struct sock *sk = sock->sk;

	if (is_canary_socket(family, type))
		return -CANARY_ERRNO;
	if (shared.config.state != STATE_ON)
		return 0; /* not loaded */
	if (!kern && sk)
		mark_exe(sk);
	if (kern || (family != AF_INET && family != AF_INET6) || !sk || !has_more_peers(sk->sk_protocol))
		return 0; /* the same; the arguments decide for other families; the hook always has a socket */
	return refuse_if_strict(HOOK_POST_CREATE);
}

#endif
