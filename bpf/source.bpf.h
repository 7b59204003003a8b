/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 0.0.0.0 and :: stand for the source address that the kernel will choose: ip_route_output_key_hash_rcu() puts it in
 * the place of an address that is missing, and 127.0.0.1 only where there is no source either. A source comes from
 * bind(2), from a connect(2) before, from a device or an interface that the socket is tied to, and from control
 * messages. So such a call is judged as one to loopback, and is refused, while anything blocks, where the socket has
 * another source or may get one.
 *
 * "May get": hooks run without the socket's lock, and another thread can bind between the hook and the use. Each side
 * leaves a mark in the socket's storage before it reads the other's, so that at least one of them sees both:
 *
 *   any     a call named 0.0.0.0 or ::. Who then wants to give the socket a source is refused, unless alone with it:
 *           the call is over then.
 *   source  the socket was given a source (bind, an option, a connect to a link-local address, which ties it to the
 *           link). A call that names 0.0.0.0 or :: afterwards is refused.
 *
 * A connect(2) gives a datagram socket a source, too. It leaves no mark, since it is in every name lookup; instead, a
 * datagram socket's call to 0.0.0.0 is refused unless the process is alone with the socket. A connection's socket is
 * safe: a second connect fails, and where the first one fails the kernel takes the source back.
 *
 * IPV6_ADDRFORM counts as giving a source: a send of no family goes to the peer before, and to the address after. All
 * other addresses keep their family, and are refused or mean the same. Disconnecting takes a source away and gives
 * none.
 *
 * Included by lsmctl.bpf.c alone.
 */
#ifndef LSMCTL_SOURCE_H
#define LSMCTL_SOURCE_H

/* How often, but for held, which is 1 or 0. Only the programs read it; a change is a change of LSMCTL_LAYOUT. */
struct mark {
	__u32 any;    /* 0.0.0.0 or :: was named, and let through */
	__u32 source; /* it was given a source */
	__u32 held;   /* the kernel made it, and a process connects it */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct mark);
} marks SEC(".maps");

/* The loader clears it with --attach fmod_ret: such programs have no storage of sockets. */
const volatile bool has_storage = true;

/*
 * Whether both sides leave their marks: the programs of them all are there, and the kernel has memory for it in them,
 * which from 6.18 on takes a processor that swaps 16 bytes at once. Without marks a call to 0.0.0.0 is let through only
 * where the process is alone with the socket, a stream's too. Then only who takes it from the process with
 * pidfd_getfd(2) in that very instant can still give it a source.
 */
static __always_inline bool has_marks(void)
{
	const __u32 all = 1u << HOOK_BIND | 1u << HOOK_SETSOCKOPT;

	return has_storage && shared.config.marks && (shared.config.hooks & all) == all;
}

/* NULL: no memory now, or the socket's allowance for options is used up. */
static __always_inline struct mark *mark_of(const struct sock *sk)
{
	return bpf_sk_storage_get(&marks, (void *)sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
}

/* A store that comes before all reads that follow. */
static __always_inline void leave(__u32 *mark)
{
#ifdef __TARGET_ARCH_arm64
	/* Only what also fetches is a barrier there; 5.10, which knows no such instruction, has no hooks there. */
	__u32 before = __sync_fetch_and_add(mark, 1);

	asm volatile("" : : "r"(before) : "memory");
#else
	__sync_fetch_and_add(mark, 1);
	asm volatile("" : : : "memory");
#endif
}

/* References to a file. */
static __always_inline long users_of(const struct file *file)
{
	const struct file___before_6_13 *before = (const void *)file;

	if (bpf_core_field_exists(before->f_count))
		return BPF_CORE_READ(before, f_count.counter);
	return BPF_CORE_READ(file, f_ref.refcnt.counter) + 1;
}

/*
 * Whether nobody but this thread can be in a call on the socket: no other thread or process has the descriptors, none
 * has a reference of its own, and no ring does, which need not count one (io_uring's registered files).
 */
static __always_inline bool is_alone(const struct socket *sock)
{
	const struct task_struct *task = (const void *)bpf_get_current_task();

	if (BPF_CORE_READ(task, files, count.counter) != 1 || BPF_CORE_READ(task, flags) & PF_IO_WORKER)
		return false;
	if (bpf_core_field_exists(task->io_uring) && BPF_CORE_READ(task, io_uring))
		return false;
	return users_of(BPF_CORE_READ(sock, file)) == 1;
}

static __always_inline bool is_ipv4_source(__be32 addr)
{
	return addr && addr != LOOPBACK4;
}

static __always_inline bool is_ipv6_source(const union ip *ip)
{
	return ip->d[0] || (ip->d[1] && ip->d[1] != be64(1));
}

/*
 * What the socket says of itself. SMC's says nothing, for the socket within is the one that is bound; nor does that
 * one, once the process has it, for what was begun on the other. SCTP's may have many sources.
 */
static __always_inline bool has_source(const struct sock *sk)
{
	const struct inet_sock *inet = (const void *)sk;
	union ip bound = {};

	if (sk->__sk_common.skc_family == AF_SMC || sk->sk_protocol == IPPROTO_SMC || sk->sk_protocol == IPPROTO_SCTP ||
	    BPF_CORE_READ_BITFIELD(sk, sk_kern_sock))
		return true;
	bpf_probe_read_kernel(&bound, sizeof(bound), &sk->__sk_common.skc_v6_rcv_saddr);
	return is_ipv4_source(sk->__sk_common.skc_rcv_saddr) || is_ipv6_source(&bound) ||
	       sk->__sk_common.skc_bound_dev_if || BPF_CORE_READ(inet, uc_index);
}

/*
 * Of a call that names 0.0.0.0 or ::. 0: it goes to loopback. to_peer: or, whatever the source, to the socket's peer,
 * as long as IPV6_ADDRFORM does not make an IPv4 socket of it.
 */
static __always_inline int refuse_any(enum hook hook, const struct socket *sock, const struct sock *sk, bool to_peer)
{
	__u32 generation = generation_now();
	bool marks = has_marks(), elsewhere;
	struct mark *mark = marks ? mark_of(sk) : NULL;

	if (mark) {
		/* Also while nothing blocks: the call may last until something does. */
		leave(&mark->any);
		elsewhere = (mark->source && !to_peer) || (sock->type != SOCK_STREAM && !is_alone(sock));
	} else {
		/* Without memory for a mark, whoever gives it a source would not know. */
		elsewhere = marks || !is_alone(sock);
	}
	if ((!elsewhere && (to_peer || !has_source(sk))) || !anything_blocks(generation))
		return 0;
	if (mark)
		__sync_fetch_and_add(&mark->any, -1); /* nobody has to wait for it */
	return refuse_kind(hook, generation);
}

/* Of a call that gives the socket a source, or ties it to a device. */
static __always_inline int give_source(enum hook hook, const struct socket *sock, const struct sock *sk)
{
	__u32 generation = generation_now();
	struct mark *mark;

	if (!has_marks())
		return 0; /* see above */
	mark = mark_of(sk);
	if (mark) {
		leave(&mark->source);
		if (!mark->any || is_alone(sock))
			return 0; /* nobody has asked for 0.0.0.0, or that call is over */
	}
	return anything_blocks(generation) ? refuse_kind(hook, generation) : 0;
}

/* Of a connect to another address, which gives a datagram socket a source: only while a call to 0.0.0.0 lasts. */
static __always_inline int check_join(const struct socket *sock, const struct sock *sk)
{
	const struct mark *mark;
	__u32 generation;

	if (!has_storage || sock->type == SOCK_STREAM)
		return 0; /* see above */
	mark = bpf_sk_storage_get(&marks, (void *)sk, NULL, 0);
	if (!mark || !mark->any || is_alone(sock))
		return 0;
	generation = generation_now();
	return anything_blocks(generation) ? refuse_kind(HOOK_CONNECT, generation) : 0;
}

/* A process has a socket that the kernel made, and connects it: the backstop judges what it sends. */
static __always_inline void mark_held(const struct sock *sk)
{
	struct mark *mark;

	if (!has_storage || !BPF_CORE_READ_BITFIELD(sk, sk_kern_sock))
		return;
	mark = mark_of(sk);
	if (mark)
		mark->held = 1;
}

/* Of sockets whose packets are IP's: the others have no such source. */
static __always_inline bool has_ip_source(const struct sock *sk)
{
	return sk->__sk_common.skc_family == AF_INET || sk->__sk_common.skc_family == AF_INET6;
}

/* By load's own call; ret: what that gets, or 0 where it is another's. */
static __always_inline int try_marks(const struct sock *sk, int ret)
{
	if (ret && has_storage && sk && mark_of(sk))
		shared.config.marks = 1;
	return ret;
}

SEC("lsm/socket_bind")
int BPF_PROG(socket_bind, struct socket *sock, struct sockaddr *address, int addrlen)
{
	const struct sock *sk = sock->sk;
	union ip ip = {};

	if (shared.config.state != STATE_ON)
		return try_marks(sk, canary(address));
	if (!sk || !has_ip_source(sk) || addrlen < SOCKADDR_IN_LEN)
		return 0; /* not IP's; or SMC's, which get no further with 0.0.0.0; or too short, as the kernel says */
	if (address->sa_family == AF_INET6) {
		if (addrlen < SOCKADDR_IN6_LEN || bpf_probe_read_kernel(&ip, sizeof(ip), (void *)address + 8) ||
		    !is_ipv6_source(&ip))
			return 0; /* too short; or no source but what 0.0.0.0 and :: stand for anyway */
	} else if (!is_ipv4_source(*(__be32 *)((void *)address + 4))) {
		/* Whatever the family: raw_bind() did not look at it before 5.17. */
		return 0;
	}
	return give_source(HOOK_BIND, sock, sk);
}

#endif
