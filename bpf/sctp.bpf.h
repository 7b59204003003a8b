/* SPDX-License-Identifier: GPL-2.0-only */
/* The addresses that an SCTP socket connects to by other calls than connect(2). Included by lsmctl.bpf.c alone. */
#ifndef LSMCTL_SCTP_H
#define LSMCTL_SCTP_H

/* What becomes of one of several peers. A function of its own, of numbers only: see struct asked. */
__noinline int judge_peer(__u64 ip_high, __u64 ip_low, __u32 port, __u32 generation)
{
	struct decision d = {.generation = generation, .proto = IPPROTO_SCTP, .port = port & 0xffff, .hook = HOOK_SCTP};
	const union ip ip = {.d = {ip_high, ip_low}};

	if (ip_is_any(&ip) && anything_blocks(generation))
		return refuse_kind(HOOK_SCTP, generation); /* it may be any of the socket's own: see source.bpf.h */
	judge_v6(&d, &ip);
	return settle(&d);
}

#define MAX_PEERS 16 /* in one connectx: more are refused */

/* The addresses of sctp_connectx(3), which the kernel connects to by itself, and the peer of an SCTP send. */
SEC("lsm/sctp_bind_connect")
int BPF_PROG(sctp_bind_connect, struct sock *sk, int optname, struct sockaddr *addresses, int addrlen)
{
	struct {
		__u16 family;
		__be16 port;
		__be32 v4;
		__u64 pad;
	} address;
	const void *at = addresses;
	__u32 generation;

	if (is_canary(addresses, addrlen))
		return -CANARY_ERRNO;
	if (shared.config.state != STATE_ON)
		return 0; /* not loaded yet, or no more */
	generation = generation_now();
	if (optname == SCTP_PARAM_ADD_IP || optname == SCTP_PARAM_SET_PRIMARY)
		/* The peer asks, nobody here: strict keeps such sockets away, and those there were are cut off. */
		return shared.config.settings[generation & 1].strict ? refuse_kind(HOOK_SCTP, generation) : 0;
	if (optname != SCTP_SOCKOPT_CONNECTX && optname != SCTP_SENDMSG_CONNECT)
		return 0; /* about the socket's own addresses, or one of the peer's that is connected already */
	for (int i = 0; i < MAX_PEERS; i++) {
		union ip ip = {.w = {0, 0, MAPPED_PREFIX, 0}};
		int size = SOCKADDR_IN_LEN, ret;

		if (addrlen < SOCKADDR_IN_LEN)
			return 0; /* all are judged; less than an address is refused by the kernel */
		if (bpf_probe_read_kernel(&address, SOCKADDR_IN_LEN, at))
			return refuse_kind(HOOK_SCTP, generation);
		ip.w[3] = address.v4;
		if (address.family == AF_INET6) {
			size = SOCKADDR_IN6_FULL;
			if (addrlen < size)
				return 0; /* the kernel refuses it */
			if (bpf_probe_read_kernel(&ip, sizeof(ip), at + 8))
				return refuse_kind(HOOK_SCTP, generation);
		} else if (address.family != AF_INET) {
			return -EINVAL; /* as sctp_connectx() does */
		}
		ret = judge_peer(ip.d[0], ip.d[1], __builtin_bswap16(address.port), generation);
		if (ret)
			return refuse((__u32)-ret & 0x7f);
		at += size;
		addrlen -= size;
	}
	return addrlen > 0 ? refuse_kind(HOOK_SCTP, generation) : 0;
}

#endif
