/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the mounts that lead to the pins, with those that they are on. Mounts of other namespaces are others: there,
 * only what propagates to ours is refused. Only lock.bpf.c includes this.
 *
 * Functions take addresses as numbers: 5.10 allows no such pointers as arguments of a separate function, which it
 * checks once for all its callers.
 */
#ifndef LSMCTL_LOCK_MOUNT_H
#define LSMCTL_LOCK_MOUNT_H

#define DEEPEST 12 /* mounts on mounts */
#define MASTERS 4  /* of a slave, of its master, ... */
#define LONGEST 24 /* names in the path of the pins, and mounts */

/* The verifier lets a pointer of a hook's arguments become a number only by a copy. */
static __always_inline __u64 number_of(const void *pointer)
{
	__u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), &pointer);
	return number;
}

static __always_inline __u64 mount_of(const struct vfsmount *mnt)
{
	return number_of(mnt) - bpf_core_field_offset(struct mount, mnt);
}

/* True when the kernel does on `ours` what it is asked to do on `theirs`: the same, a peer, or a slave of one. */
__noinline int reaches(__u64 theirs, __u64 ours)
{
	const struct mount *from = (void *)theirs, *to = (void *)ours;
	int group = BPF_CORE_READ(from, mnt_group_id);

	if (from == to)
		return 1;
	if (!group)
		return 0;
	for (int i = 0; i < MASTERS; i++) {
		if (!to)
			return 0;
		if (BPF_CORE_READ(to, mnt_group_id) == group)
			return 1;
		to = BPF_CORE_READ(to, mnt_master);
	}
	return 0;
}

/* True when an umount ends `ours` or a mount that it is on. */
__noinline int ends(__u64 theirs, __u64 ours)
{
	const struct mount *victim = (void *)theirs, *at = (void *)ours;
	const struct mount *parent = BPF_CORE_READ(victim, mnt_parent);
	const struct dentry *point = BPF_CORE_READ(victim, mnt_mountpoint);

	for (int i = 0; i < DEEPEST; i++) {
		const struct mount *up = BPF_CORE_READ(at, mnt_parent);

		if (at == victim)
			return 1;
		if (!up || up == at)
			return 0;
		if (BPF_CORE_READ(at, mnt_mountpoint) == point && reaches((__u64)parent, (__u64)up))
			return 1;
		at = up;
	}
	return 1; /* too deep to tell: only mounts that somebody put on top of each other */
}

/* True when a mount there hides the pins: on a directory of their path. */
__noinline int hides(__u64 mnt, __u64 dentry, __u64 ours)
{
	const struct mount *target = (void *)mnt, *at = (void *)ours;
	const struct dentry *point = (void *)dentry, *name = (void *)lock.dentry;

	for (int i = 0; i < LONGEST; i++) {
		if (name == point && reaches((__u64)target, (__u64)at))
			return 1;
		if (name == BPF_CORE_READ(at, mnt.mnt_root)) {
			const struct mount *up = BPF_CORE_READ(at, mnt_parent);

			if (!up || up == at)
				return 0;
			name = BPF_CORE_READ(at, mnt_mountpoint);
			at = up;
		} else {
			name = BPF_CORE_READ(name, d_parent);
		}
	}
	return 0; /* a path so long hides nothing near its root */
}

/* True when `theirs` is one of our mounts, or one that it is on. */
__noinline int carries(__u64 theirs, __u64 ours)
{
	const struct mount *at = (void *)ours;

	for (int i = 0; i < DEEPEST; i++) {
		const struct mount *up = BPF_CORE_READ(at, mnt_parent);

		if ((__u64)at == theirs)
			return 1;
		if (!up || up == at)
			return 0;
		at = up;
	}
	return 0;
}

SEC("lsm/sb_umount")
int BPF_PROG(lock_umount, struct vfsmount *mnt)
{
	__u64 victim = mount_of(mnt);

	if (!is_on())
		return 0;
	if (ends(victim, lock.mounts[0]) || (lock.mounts[1] && ends(victim, lock.mounts[1])))
		return refuse();
	return 0;
}

static __always_inline bool hides_any(const struct path *path)
{
	__u64 mnt = mount_of(path->mnt), dentry = number_of(path->dentry);

	return hides(mnt, dentry, lock.mounts[0]) || (lock.mounts[1] && hides(mnt, dentry, lock.mounts[1]));
}

static __always_inline bool is_our_namespace(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	const struct mount *at = (void *)lock.mounts[0];

	return BPF_CORE_READ(task, nsproxy, mnt_ns) == BPF_CORE_READ(at, mnt_ns);
}

SEC("lsm/sb_mount")
int BPF_PROG(lock_mount, const char *source, struct path *path, const char *type, unsigned long flags)
{
	if (!is_on())
		return 0;
	if (flags & MS_MOVE && is_our_namespace())
		return refuse(); /* the source is a path, which may be another when the kernel looks */
	if (flags & (MS_REMOUNT | MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE) && !(flags & MS_MOVE))
		return 0; /* mounts nothing; who gets an umount is looked at when it comes */
	return hides_any(path) ? refuse() : 0;
}

SEC("lsm/move_mount")
int BPF_PROG(lock_move, struct path *from, struct path *to)
{
	__u64 moved = mount_of(from->mnt);

	if (!is_on())
		return 0;
	if (carries(moved, lock.mounts[0]) || (lock.mounts[1] && carries(moved, lock.mounts[1])))
		return refuse();
	return hides_any(to) ? refuse() : 0;
}

#endif
