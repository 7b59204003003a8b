/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 0.0.0.0 and :: stand for the source address that the kernel chooses: ip_route_output_key_hash_rcu() replaces a
 * missing address by the source, and by 127.0.0.1 only when no source exists either. A source comes from bind(2), an
 * earlier connect(2), a device or interface that the socket is tied to, or a control message. So such a call is judged
 * as one to loopback. While anything blocks, it is refused when the socket has another source or may get one.
 *
 * "May get": hooks run without the socket's lock, and another thread can bind between the hook and the use. Each side
 * leaves a mark in the socket's storage before it reads the other's mark, so that at least one of them sees both:
 *
 *   any     a call named 0.0.0.0 or ::. Afterwards, giving the socket a source is refused, except by a thread that is
 *           alone with the socket: then the call is over.
 *   source  the socket got a source (bind, an option, a connect to a link-local address, which ties it to the link).
 *           Afterwards, a call that names 0.0.0.0 or :: is refused.
 *
 * A connect(2) also gives a datagram socket a source. It leaves no mark, since every name lookup does one. Instead, a
 * datagram socket's call to 0.0.0.0 is refused unless the process is alone with the socket. A stream socket is safe: a
 * second connect fails, and after a failed first one the kernel takes the source back.
 *
 * IPV6_ADDRFORM counts as giving a source: before it, a send without a family goes to the peer; after it, to the
 * address. All other addresses keep their family, and are refused or mean the same. Disconnecting removes a source and
 * gives none.
 *
 * Only lsmctl.bpf.c includes this.
 */
#ifndef LSMCTL_SOURCE_H
#define LSMCTL_SOURCE_H

/* Counts, but held is 1 or 0. Only the programs read it; a change needs a new LSMCTL_LAYOUT. */
struct mark {
	__u32 any;    /* allowed calls that named 0.0.0.0 or :: */
	__u32 source; /* calls that gave a source */
	__u32 held;   /* created by the kernel, connected by a process */
	__u32 pad;
	__u64 exe; /* the program that created it, for the backstop; 0: no rule's */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct mark);
} marks SEC(".maps");

/* The loader clears it for --attach fmod_ret: such programs have no socket storage. */
const volatile bool has_storage = true;

/*
 * True when both sides can leave marks: all programs that do are attached, and the kernel can allocate storage in them,
 * which from 6.18 on needs a processor that swaps 16 bytes atomically. Without marks a call to 0.0.0.0, on a stream
 * socket too, is allowed only when the process is alone with the socket. Then only a process that takes the socket with
 * pidfd_getfd(2) at that instant can still give it a source.
 */
static __always_inline bool has_marks(void)
{
	const __u32 all = 1u << HOOK_BIND | 1u << HOOK_SETSOCKOPT;

	return has_storage && shared.config.marks && (shared.config.hooks & all) == all;
}

/* NULL: no memory, or the socket's option memory is used up. */
static __always_inline struct mark *mark_of(const struct sock *sk)
{
	return bpf_sk_storage_get(&marks, (void *)sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
}

/* A store ordered before all later reads. */
static __always_inline void leave(__u32 *mark)
{
#ifdef __TARGET_ARCH_arm64
	/* Only an atomic with fetch is a barrier there; 5.10 lacks the instruction, but has no hooks there. */
	__u32 before = __sync_fetch_and_add(mark, 1);

	asm volatile("" : : "r"(before) : "memory");
#else
	__sync_fetch_and_add(mark, 1);
	asm volatile("" : : : "memory");
#endif
}

/* Returns the references to a file. */
static __always_inline long users_of(const struct file *file)
{
	const struct file___before_6_13 *before = (const void *)file;

	if (bpf_core_field_exists(before->f_count))
		return BPF_CORE_READ(before, f_count.counter);
	return BPF_CORE_READ(file, f_ref.refcnt.counter) + 1;
}

/*
 * True when only this thread can be in a call on the socket: no other thread or process has the descriptors, no one
 * holds another reference, and no ring does, which may use it without counting (io_uring's registered files).
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
 * True when the socket shows a source. zero6: the call names ::, which is ::1 for a socket that is bound to ::1. The
 * kernel notes such a socket's IPv4 address as 127.0.0.6, which 0.0.0.0 then stands for. SMC shows nothing, since its
 * inner socket is bound; nor does the inner socket, once the process has it, for what started on the outer one. SCTP
 * may have many sources.
 */
static __always_inline bool has_source(const struct sock *sk, bool zero6)
{
	const struct inet_sock *inet = (const void *)sk;
	union ip bound = {};
	bool loopback6;

	if (sk->__sk_common.skc_family == AF_SMC || sk->sk_protocol == IPPROTO_SMC || sk->sk_protocol == IPPROTO_SCTP ||
	    is_of_kernel(sk))
		return true;
	bpf_probe_read_kernel(&bound, sizeof(bound), &sk->__sk_common.skc_v6_rcv_saddr);
	loopback6 = zero6 && !bound.d[0] && bound.d[1] == be64(1);
	return (!loopback6 && is_ipv4_source(sk->__sk_common.skc_rcv_saddr)) || is_ipv6_source(&bound) ||
	       sk->__sk_common.skc_bound_dev_if || BPF_CORE_READ(inet, uc_index);
}

/*
 * Judges the source side of a call that names 0.0.0.0 or ::. 0: it goes to loopback. to_peer: or it goes to the
 * socket's peer, whatever the source, unless IPV6_ADDRFORM makes an IPv4 socket of it. zero6: it names ::.
 */
static __always_inline int refuse_any(enum hook hook, const struct socket *sock, const struct sock *sk, bool to_peer,
				      bool zero6)
{
	__u32 generation = generation_now();
	bool marks = has_marks(), elsewhere;
	struct mark *mark = marks ? mark_of(sk) : NULL;

	if (mark) {
		/*
		 * Even while nothing blocks: the call may last until something does. The first word is for the calls
		 * that pass at once, which look at no socket's mark while it is 0.
		 */
		shared.config.special.any_left = 1;
		leave(&mark->any);
		elsewhere = (mark->source && !to_peer) || (sock->type != SOCK_STREAM && !is_alone(sock));
	} else {
		/* Without memory for a mark, a call that gives a source would not see this one. */
		elsewhere = marks || !is_alone(sock);
	}
	if ((!elsewhere && (to_peer || !has_source(sk, zero6))) || !anything_blocks(generation))
		return 0;
	if (mark)
		__sync_fetch_and_add(&mark->any, -1); /* no process waits for it */
	return refuse_kind(hook, generation);
}

/* Judges a call that gives the socket a source, or ties it to a device. */
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
			return 0; /* no call to 0.0.0.0, or that call is over */
	}
	return anything_blocks(generation) ? refuse_kind(hook, generation) : 0;
}

/* Judges a connect to another address, which gives a datagram socket a source: only during a call to 0.0.0.0. */
static __always_inline int check_join(const struct socket *sock, const struct sock *sk)
{
	const struct mark *mark;
	__u32 generation;

	if (!has_storage || !sk->sk_bpf_storage || sock->type == SOCK_STREAM)
		return 0; /* see above; without storage the socket has no mark */
	mark = bpf_sk_storage_get(&marks, (void *)sk, NULL, 0);
	if (!mark || !mark->any || is_alone(sock))
		return 0;
	generation = generation_now();
	return anything_blocks(generation) ? refuse_kind(HOOK_CONNECT, generation) : 0;
}

/* Marks a kernel-created socket that a process connects: the backstop judges its packets. */
static __always_inline void mark_held(const struct sock *sk)
{
	struct mark *mark;

	if (!has_storage || !is_of_kernel(sk))
		return;
	mark = mark_of(sk);
	if (mark)
		mark->held = 1;
}

/* True for sockets that send IP packets: others have no such source. */
static __always_inline bool has_ip_source(const struct sock *sk)
{
	return sk->__sk_common.skc_family == AF_INET || sk->__sk_common.skc_family == AF_INET6;
}

/* For the trial call of load. */
static __always_inline void try_marks(const struct sock *sk)
{
	if (shared.config.state != STATE_ON && has_storage && sk && mark_of(sk))
		shared.config.marks = 1;
}

SEC("lsm/socket_bind")
int BPF_PROG(socket_bind, struct socket *sock, struct sockaddr *address, int addrlen)
{
	const struct sock *sk = sock->sk;
	union ip ip = {};

	if (is_canary(address, addrlen)) {
		try_marks(sk);
		return -CANARY_ERRNO;
	}
	if (shared.config.state != STATE_ON)
		return 0; /* not loaded */
	if (!sk || !has_ip_source(sk) || addrlen < SOCKADDR_IN_LEN)
		return 0; /* not an IP socket; or SMC, which fails with 0.0.0.0; or too short, which the kernel refuses
			   */
	if (address->sa_family == AF_INET6) {
		if (addrlen < SOCKADDR_IN6_LEN || bpf_probe_read_kernel(&ip, sizeof(ip), (void *)address + 8) ||
		    !is_ipv6_source(&ip))
			return 0; /* too short; or the wildcard, which adds no source */
	} else if (!is_ipv4_source(*(__be32 *)((void *)address + 4))) {
		/* In any family: raw_bind() ignored it before 5.17. */
		return 0;
	}
	return give_source(HOOK_BIND, sock, sk);
}

#endif
