/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * connect(2) and io_uring's connect. Nearly all calls pass in socket_connect() itself, which calls nothing on their
 * way. Only lsmctl.bpf.c includes this.
 */
#ifndef LSMCTL_CONNECT_H
#define LSMCTL_CONNECT_H

/* All calls but those of judge_connect4(). Kept out of the hook so that the fast path needs no stack. */
static __noinline int BPF_PROG(judge_connect, struct socket *sock, struct sockaddr *address, int addrlen)
{
	/* The port is at the same place in both families. Others have unused bytes there. */
	__be16 port = *(__be16 *)((void *)address + 2);
	__u16 family = address->sa_family;
	const struct sock *sk;
	struct decision d;
	int refused = 0;
	union ip ip;

	if (family == AF_INET && addrlen >= SOCKADDR_IN_LEN && is_canary(address, addrlen))
		return -CANARY_ERRNO;
	if (shared.config.state != STATE_ON)
		return 0; /* not loaded: deny nothing */
	sk = sock->sk;
	if (!sk)
		return -EINVAL; /* reaches nothing; the verifier (from 6.12 on) needs the check */
	if (addrlen < (int)sizeof(family))
		return -EINVAL; /* as inet_stream_connect() and inet_dgram_connect() would */
	mark_held(sk);
	d = begin(HOOK_CONNECT, sock, sk, port);
	switch (family) {
	case AF_INET:
		if (addrlen < SOCKADDR_IN_LEN)
			return -EINVAL; /* as every IPv4 protocol does; the bytes past addrlen are not the caller's */
		ip = (union ip){.w = {0, 0, MAPPED_PREFIX, 0}};
		break;
	case AF_INET6:
		if (addrlen < SOCKADDR_IN6_LEN)
			return -EINVAL; /* as every IPv6 protocol does */
		if (bpf_probe_read_kernel(&ip, sizeof(ip), (void *)address + 8)) {
			judge_unreadable(&d);
			return settle(&d);
		}
		break;
	default:
		/* AF_UNSPEC disconnects (or the protocol refuses it); no other family names an IP address. */
		return 0;
	}
	if (ip_is_any(&ip))
		refused = refuse_any(HOOK_CONNECT, sock, sk, false, ip_is_any6(&ip));
	else if (ip_is_link_local(&ip))
		refused = give_source(HOOK_CONNECT, sock, sk);
	else
		refused = check_join(sock, sk);
	if (refused)
		return refused;
	judge_v6(&d, &ip);
	return settle(&d);
}

/*
 * Judges a call to any IPv4 address but 0.0.0.0. The caller has read the address, in host order, and passes what
 * special4() says, and whether the socket is UNUSUAL.
 */
static __noinline int judge_connect4(void *ctx, __u32 host, __u64 special)
{
	const __be32 addr = be32(host);
	const struct socket *sock = (const void *)((__u64 *)ctx)[0];
	const struct sockaddr *address = (const void *)((__u64 *)ctx)[1];
	__be16 port = *(__be16 *)((void *)address + 2);
	const struct sock *sk = sock->sk;
	bool near = special & NEAR && filter4_has_for(&shared, addr, __builtin_bswap16(port));
	struct decision d;
	int refused;

	if (!near)
		special &= ~NEAR;
	if (!special || passes_anyway(special, &(union ip){.w = {0, 0, MAPPED_PREFIX, addr}})) {
		count_total(HOOK_CONNECT, VERDICT_ALLOW);
		return 0; /* no rule is near, and the caller is in no run */
	}
	if (shared.config.state != STATE_ON)
		return 0; /* not loaded: deny nothing */
	if (!sk)
		return -EINVAL; /* as above */
	if (special & UNUSUAL)
		mark_held(sk);
	if (special & SPECIAL(any_left, 1)) {
		refused = check_join(sock, sk);
		if (refused)
			return refused;
	}
	d = begin(HOOK_CONNECT, sock, sk, port);
	if (near)
		d.call |= CALL_NEAR;
	judge_v4(&d, addr);
	return settle(&d);
}

/*
 * True for an IPv6 address without a rule and a socket that needs no more checks. What begins with 64 zeros (::, ::1,
 * IPv4 in IPv6) does not pass at once, nor do link-local addresses, which tie the socket to the link.
 */
static __always_inline bool passes_at_once6(const __u64 *ctx)
{
	const struct sock *sk = ((const struct socket *)ctx[0])->sk;
	const struct sockaddr *address = (const void *)ctx[1];
	__u64 high = be64(*(__be64 *)((void *)address + 8)), link_local = high >> 54, special;
	union ip ip;

	asm("" : "+r"(link_local)); /* clang would compare all 64 bits, with more instructions */
	if (!high || link_local == 0xfe80 >> 6 || !sk || is_of_kernel(sk))
		return false;
	special = special6(high);
	if (!special)
		return true;
	asm volatile("" : "+r"(ctx)); /* reads these anew: their registers would have to be saved */
	sk = ((const struct socket *)ctx[0])->sk;
	address = (const void *)ctx[1];
	special = sk ? without_others(special, address, sk) : special;
	return !special ||
	       (!bpf_probe_read_kernel(&ip, sizeof(ip), (void *)address + 8) && passes_anyway(special, &ip));
}

/*
 * Judges a call to anything but an IPv4 address. A separate function: inlined, its registers would have to be saved for
 * IPv4 too. It alone calls judge_connect(), so the verifier checks judge_connect() once.
 */
static __noinline int connect_other(void *ctx, __u32 family)
{
	int addrlen = (int)((__u64 *)ctx)[2];

	if (family != AF_INET6 || addrlen < SOCKADDR_IN6_LEN || !passes_at_once6(ctx))
		return judge_connect(ctx);
	count_total(HOOK_CONNECT, VERDICT_ALLOW);
	return 0;
}

SEC("lsm/socket_connect")
int BPF_PROG(socket_connect, struct socket *sock, struct sockaddr *address, int addrlen)
{
	__u32 family = address->sa_family; /* once: such a load takes many instructions */
	const struct sock *sk;
	__u64 special;
	__u32 host;

	if (family != AF_INET || addrlen < SOCKADDR_IN_LEN || !(host = be32(*(__be32 *)((void *)address + 4))))
		return connect_other(ctx, family);
	asm("" : "+r"(host)); /* clang would keep the address in both orders, which takes a register to save */
	special = special4(host);
	/* Whatever is read from here on is read from the context anew: its registers would have to be saved. */
	asm volatile("" : "+r"(ctx), "+r"(special));
	sk = ((const struct socket *)ctx[0])->sk;
	if (!sk || is_of_kernel(sk))
		return judge_connect4(ctx, host, special | UNUSUAL);
	if (special && !has_no_name4(special, be32(host))) {
		special = without_others(special, (const struct sockaddr *)ctx[1], sk);
		if (special)
			return judge_connect4(ctx, host, special);
	}
	count_total(HOOK_CONNECT, VERDICT_ALLOW);
	return 0;
}

#endif
