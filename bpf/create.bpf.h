/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strict: sockets whose packets go where no hook can see are not made. Before a socket is made only the arguments of
 * socket(2) are known, which is enough to keep out a whole family, and its module; which protocol it has got is known
 * afterwards: socket(AF_INET, SOCK_SEQPACKET, 0) is SCTP. Included by lsmctl.bpf.c alone.
 */
#ifndef LSMCTL_CREATE_H
#define LSMCTL_CREATE_H

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

/*
 * kern: the kernel makes it for itself, which no process brings about for an address of its choice: the sockets within
 * SMC, MPTCP and RDS ones come with those, which were asked for before.
 */
static __always_inline int check_kind(enum hook hook, int family, int type, int protocol, int kern)
{
	__u32 generation = generation_now();

	if (kern || !shared.config.settings[generation & 1].strict || !is_unjudged(family, type, protocol))
		return 0; /* the kernel's own; or what it will ask for is judged when it does */
	return refuse_kind(hook, generation);
}

SEC("lsm/socket_create")
int BPF_PROG(socket_create, int family, int type, int protocol, int kern)
{
	if (shared.config.state != STATE_ON)
		return shared.config.state == STATE_CANARY && (__u32)protocol == (__u32)(shared.config.canary >> 32)
			       ? -CANARY_ERRNO
			       : 0; /* not loaded yet, or no more */
	return check_kind(HOOK_CREATE, family, type, protocol, kern);
}

SEC("lsm/socket_post_create")
int BPF_PROG(socket_post_create, struct socket *sock, int family, int type, int protocol, int kern)
{
	const struct sock *sk = sock->sk;

	if (shared.config.state != STATE_ON)
		return shared.config.state == STATE_CANARY &&
				       bpf_get_current_pid_tgid() == shared.config.canary_task
			       ? -CANARY_ERRNO
			       : 0; /* not loaded yet, or no more */
	/* A kernel that gives no socket to this hook has made none. */
	return sk ? check_kind(HOOK_POST_CREATE, family, sock->type, sk->sk_protocol, kern) : 0;
}

#endif
