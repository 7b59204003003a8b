/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose a call is: of the current process, or of a socket, for packets that another process sends. For BPF only. */
#ifndef LSMCTL_OWNER_H
#define LSMCTL_OWNER_H

#include "place.bpf.h"

/*
 * Returns the cgroup in which a socket was created; NULL: the root. The verifier does not accept a number as a pointer.
 */
static __always_inline const struct cgroup *cgroup_of(__u64 owner)
{
	const struct sock___before_5_15 *before = (const void *)owner;
	const struct sock *sk = (const void *)owner;
	__u64 val;

	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return BPF_CORE_READ(sk, sk_cgrp_data.cgroup);
	val = BPF_CORE_READ(before, sk_cgrp_data.val);
	return val & 3 ? NULL : (const struct cgroup *)val; /* as sock_cgroup_ptr() */
}

static __always_inline __u32 uid_of(__u64 owner)
{
	const struct sock *sk = (const void *)owner;

	return BPF_CORE_READ(sk, sk_uid.val);
}

/*
 * Returns the real gid of whoever opened the socket. A kernel's own socket without a file has the group of the process
 * for which it was made; the group of others can be changed by fchown(2). NO_GID: the socket is closed.
 */
static __always_inline __u32 gid_of(__u64 owner)
{
	const struct sock *sk = (const void *)owner;
	const struct socket_alloc *made = (const void *)BPF_CORE_READ(sk, sk_socket);
	const struct file *file = BPF_CORE_READ(made, socket.file);

	if (!made)
		return NO_GID;
	return file ? BPF_CORE_READ(file, f_cred, gid.val) : BPF_CORE_READ(made, vfs_inode.i_gid.val);
}

/*
 * Returns the real uid or gid of the current process. kind: SUBJECT_UID or SUBJECT_GID. The helper takes a hundred
 * instructions to map the number into the first user namespace, whose number it is already.
 */
static __always_inline __u32 current_id(__u32 kind)
{
	if (reads_current()) {
		const struct task_struct *typed = bpf_get_current_task_btf();

		return kind == SUBJECT_UID ? typed->cred->uid.val : typed->cred->gid.val;
	}
	return (__u32)(kind == SUBJECT_UID ? bpf_get_current_uid_gid() : bpf_get_current_uid_gid() >> 32);
}

/* kind: SUBJECT_UID or SUBJECT_GID. */
static __always_inline __u32 id_asking(__u32 kind, bool is_current, __u64 owner)
{
	if (is_current)
		return current_id(kind);
	return kind == SUBJECT_UID ? uid_of(owner) : gid_of(owner);
}

static __always_inline struct caller owner_caller(__u64 owner)
{
	const struct cgroup *cgroup = cgroup_of(owner);

	return (struct caller){.cgroup = cgroup, .depth = cgroup ? (__u32)BPF_CORE_READ(cgroup, level) : 0};
}

#endif
