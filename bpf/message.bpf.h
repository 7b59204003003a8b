/* SPDX-License-Identifier: GPL-2.0-only */
/* What a process hands to the kernel when it sends, declared as in kernel.bpf.h. */
#ifndef LSMCTL_MESSAGE_H
#define LSMCTL_MESSAGE_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* libbpf puts the running kernel's numbers in. */
enum iter_type {
	ITER_IOVEC,
	ITER_UBUF, /* 6.0 and later */
};

struct iovec {
	void *iov_base;
	unsigned long iov_len;
};

/* Where the bytes of a send are. */
struct iov_iter {
	__u8 iter_type;
	unsigned long count; /* bytes in all */
	const struct iovec *__iov;
	void *ubuf; /* ITER_UBUF: the only buffer */
};

struct iov_iter___before_6_4 {
	const struct iovec *iov;
};

struct iov_iter___before_5_14 {
	unsigned int type; /* the lowest bit has another meaning */
};

struct msghdr {
	void *msg_name;
	int msg_namelen;
	struct iov_iter msg_iter;
	unsigned int msg_flags;
	void *msg_control; /* a kernel copy when the hook runs */
	unsigned long msg_controllen;
};

#pragma clang attribute pop

/* struct cmsghdr, which is user space ABI: not relocated. */
struct cmsg_head {
	unsigned long len; /* with this head */
	int level;
	int type;
};

#endif
