/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which processes have which sockets open, for commands that list connections: /proc tells the same, at twenty times
 * the price, by a directory and a link for each descriptor. It uses no map. Only lsmctl.bpf.c includes this.
 */
#ifndef LSMCTL_HOLDER_BPF_H
#define LSMCTL_HOLDER_BPF_H

#include "holder.h"

#define SOCKFS_MAGIC 0x534f434b /* include/uapi/linux/magic.h */

struct pid_namespace;
struct seq_file;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;	/* of the namespace it was made in */
	struct upid numbers[1]; /* by level */
};

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task; /* NULL: the end */
	__u32 fd;
	struct file *file;
};

#pragma clang attribute pop

/* Returns a process's id in the namespace of who reads, or 0. */
static __always_inline __s32 pid_for_reader(struct task_struct *task)
{
	struct task_struct *reader = (void *)bpf_get_current_task();
	unsigned int level = BPF_CORE_READ(reader, thread_pid, level);
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	__s32 nr = 0;

	bpf_probe_read_kernel(&nr, sizeof(nr), &pid->numbers[level].nr);
	return nr;
}

/*
 * The kernel calls it for each open file of each process in the reader's namespace, and of each thread that has files
 * of its own.
 */
SEC("iter/task_file")
int holders(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct inode *inode;
	struct holder holder = {};

	if (!task || !file)
		return 0; /* the end */
	inode = BPF_CORE_READ(file, f_inode);
	if (BPF_CORE_READ(inode, i_sb, s_magic) != SOCKFS_MAGIC)
		return 0;
	holder.inode = BPF_CORE_READ(inode, i_ino);
	holder.pid = pid_for_reader(task);
	holder.fd = ctx->fd;
	if (holder.pid)
		bpf_seq_write(ctx->meta->seq, &holder, sizeof(holder));
	return 0;
}

#endif
