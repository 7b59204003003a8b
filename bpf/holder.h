/* SPDX-License-Identifier: GPL-2.0-only */
/* What the iterator "holders" tells of each socket that a process has open. */
#ifndef LSMCTL_HOLDER_H
#define LSMCTL_HOLDER_H

#include <linux/types.h>

#define HOLDERS_PROG "holders"

struct holder {
	__u32 inode;
	__s32 pid;  /* in the namespace of who reads */
	__s32 fd;   /* its number there */
	__u32 told; /* for who reads: the kernel listed this socket. The iterator writes 0 */
};

#endif
