/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel types that the programs of the lock read; see kernel.bpf.h. */
#ifndef LSMCTL_LOCK_KERNEL_H
#define LSMCTL_LOCK_KERNEL_H

#include <linux/types.h>

#define EPERM 1

/* include/uapi/linux/mount.h */
#define MS_REMOUNT    32
#define MS_MOVE	      8192
#define MS_UNBINDABLE (1 << 17)
#define MS_PRIVATE    (1 << 18)
#define MS_SLAVE      (1 << 19)
#define MS_SHARED     (1 << 20)

#define S_IFMT	0170000 /* include/uapi/linux/stat.h */
#define S_IFDIR 0040000

struct mnt_namespace;
struct inode;
struct dentry;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct inode {
	unsigned short i_mode;
};

struct dentry {
	struct dentry *d_parent;
	struct inode *d_inode;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mount *mnt_master; /* of a slave: from which events come */
	struct mnt_namespace *mnt_ns;
	int mnt_group_id; /* of peers; 0: none */
};

struct file {
	struct path f_path;
	void *private_data;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct {
		int counter;
	} count; /* threads and processes that share it */
	struct fdtable *fdt;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct task_struct {
	struct files_struct *files;
	struct nsproxy *nsproxy;
};

typedef struct {
	__s64 counter;
} atomic64_t;

struct bpf_map {
	__u32 id;
	atomic64_t refcnt;
};

struct bpf_prog_aux {
	__u32 id;
	__u32 used_map_cnt;
	struct bpf_map **used_maps;
};

struct bpf_prog {
	struct bpf_prog_aux *aux;
};

struct bpf_link {
	__u32 id;
};

#pragma clang attribute pop

#endif
