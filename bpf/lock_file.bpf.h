/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the pins as they are. The hooks get directories and files, so it does not matter by which path or call they
 * were named. Only lock.bpf.c includes this.
 */
#ifndef LSMCTL_LOCK_FILE_H
#define LSMCTL_LOCK_FILE_H

static __always_inline bool is_dir(const struct inode *inode)
{
	return is_on() && (__u64)inode == lock.dir;
}

/* The pin directory, or something in it. */
static __always_inline bool is_pinned(__u64 entry)
{
	const struct dentry *dentry = (void *)entry;

	return is_on() && (entry == lock.dentry || (__u64)BPF_CORE_READ(dentry, d_parent) == lock.dentry);
}

/* True for a directory that the path of the pins has. */
__noinline int is_above(__u64 dentry)
{
	const struct dentry *at = (void *)lock.dentry;

	for (int i = 0; i < 8; i++) {
		const struct dentry *up = BPF_CORE_READ(at, d_parent);

		if ((__u64)at == dentry)
			return 1;
		if (!up || up == at)
			return 0;
		at = up;
	}
	return 0;
}

SEC("lsm/inode_unlink")
int BPF_PROG(lock_unlink, struct inode *dir)
{
	return is_dir(dir) ? refuse() : 0;
}

SEC("lsm/inode_rmdir")
int BPF_PROG(lock_rmdir, struct inode *dir, struct dentry *dentry)
{
	return is_dir(dir) || is_pinned(number_of(dentry)) ? refuse() : 0;
}

SEC("lsm/inode_rename")
int BPF_PROG(lock_rename, struct inode *from_dir, struct dentry *from, struct inode *to_dir, struct dentry *to)
{
	if (!is_on())
		return 0;
	return is_dir(from_dir) || is_dir(to_dir) || is_above(number_of(from)) || is_above(number_of(to)) ? refuse()
													  : 0;
}

/* A pin that is not the policy's could be taken for one. */
SEC("lsm/inode_create")
int BPF_PROG(lock_create, struct inode *dir)
{
	return is_dir(dir) ? refuse() : 0;
}

SEC("lsm/inode_mkdir")
int BPF_PROG(lock_mkdir, struct inode *dir)
{
	return is_dir(dir) ? refuse() : 0;
}

/*
 * lsmctl uses no directory of another user's. The first argument is the mount's idmap from 6.3 on, and the directory
 * entry before: so the program looks at both.
 */
SEC("lsm/inode_setattr")
int lock_setattr(unsigned long long *ctx)
{
	return is_pinned(number_of((void *)ctx[0])) || is_pinned(number_of((void *)ctx[1])) ? refuse() : 0;
}

#endif
