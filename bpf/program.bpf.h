/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The path of the program that the current process runs, for reports of decisions. Nothing is decided by it: for that,
 * exe.bpf.h notes programs when they start. The names are read from the end to the root, only while somebody watches.
 */
#ifndef LSMCTL_PROGRAM_H
#define LSMCTL_PROGRAM_H

#include "maps.bpf.h"

#define FMODE_EXEC 0x20 /* in f_flags: opened by an exec. include/linux/fs.h, where it has two underscores */

#define EXE_STEPS   48 /* names and mounts of a path; a longer one is no rule's, which has 31 names at most */
#define GENERATIONS 48 /* of processes, up to PID 1 */

/* Each thread has an entry of its own, and only while it reports: another may run on its processor meanwhile. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, REPORTS);
	__type(key, __u64);
	__type(value, struct call_event_draft);
} reports SEC(".maps");

static const struct call_event_draft no_draft; /* for new entries: no stack has room for it */

/* Makes the entry of a thread, bpf_get_current_pid_tgid(). NULL: no room. */
static __always_inline struct call_event_draft *draft_open(__u64 id)
{
	return bpf_map_update_elem(&reports, &id, &no_draft, BPF_NOEXIST) ? NULL : bpf_map_lookup_elem(&reports, &id);
}

static __always_inline void draft_close(__u64 id)
{
	bpf_map_delete_elem(&reports, &id);
}

static __always_inline const struct mount *mount_of(const struct vfsmount *mnt)
{
	return (const void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

/* True when root of the host made the mounts that a process sees, and no user in a namespace of its own. */
static __always_inline bool is_hosts(const struct task_struct *task)
{
	const struct user_namespace *owner = BPF_CORE_READ(task, nsproxy, mnt_ns, user_ns);

	return owner && !BPF_CORE_READ(owner, level);
}

/* Returns the address of the dentry that is PID 1's root, or 0: PID 1 is the ancestor of all but the kernel's threads.
 */
__noinline __u64 host_root(void)
{
	const struct task_struct *task = (const void *)bpf_get_current_task();

	if (shared.host_root)
		return shared.host_root;
	for (int i = 0; i < GENERATIONS; i++) {
		if (BPF_CORE_READ(task, tgid) == 1) {
			shared.host_root = (__u64)BPF_CORE_READ(task, fs, root.dentry);
			return shared.host_root;
		}
		task = BPF_CORE_READ(task, real_parent);
	}
	return 0;
}

/*
 * Puts a name before what is there of a path, which begins at a byte. Returns where it begins now; 0: the path is cut
 * there. Inline: the kernel allows eight functions to call each other.
 */
static __always_inline __u32 put_name(struct call_event_draft *draft, __u32 at, __u64 name, __u32 len)
{
	if (at > PROGRAM_SIZE)
		return 0;
	if (len >= at) {
		name += len - at;
		barrier_var(at);
		bpf_probe_read_kernel(draft->call.program, at & (2 * PROGRAM_SIZE - 1), (const void *)name);
		return 0;
	}
	at -= len + 1;
	barrier_var(at);
	draft->call.program[at & (PROGRAM_SIZE - 1)] = '/';
	barrier_var(len);
	bpf_probe_read_kernel(draft->call.program + (at & (PROGRAM_SIZE - 1)) + 1, len & (PROGRAM_SIZE - 1),
			      (const void *)name);
	return at;
}

/*
 * Follows the path by a name, or by a mount. Returns whether it goes on. A separate function too: the verifier checks
 * the loop around it for each number of steps.
 */
__noinline int step_up(__u64 id)
{
	struct call_event_draft *draft = bpf_map_lookup_elem(&reports, &id);
	const struct dentry *at, *parent, *root;
	const struct vfsmount *mnt;

	if (!draft)
		return 0;
	at = (const void *)draft->at;
	mnt = (const void *)draft->mnt;
	root = BPF_CORE_READ(mnt, mnt_root);
	if (at == root) {
		const struct mount *mount = mount_of(mnt), *below = BPF_CORE_READ(mount, mnt_parent);

		/* As in exe_at(): an unused root of the boot may lie below the root of the host. */
		if (draft->named)
			draft->root = (__u64)root;
		draft->named = 0;
		draft->at = (__u64)BPF_CORE_READ(mount, mnt_mountpoint);
		draft->mnt = (__u64)below + bpf_core_field_offset(struct mount, mnt);
		draft->ended = below == mount;
		return !draft->ended;
	}
	draft->text =
		put_name(draft, draft->text, (__u64)BPF_CORE_READ(at, d_name.name), BPF_CORE_READ(at, d_name.len));
	draft->named = 1;
	parent = BPF_CORE_READ(at, d_parent);
	draft->at = (__u64)parent;
	return draft->text && parent != at; /* else the path is longer, or no mount leads here: a memfd */
}

/* Puts the path of the current process's program into the entry of its thread, and whether a rule for it fits. */
__noinline int put_program(__u64 id)
{
	const struct task_struct *task = (const void *)bpf_get_current_task();
	const struct file *file = BPF_CORE_READ(task, mm, exe_file);
	struct call_event_draft *draft = bpf_map_lookup_elem(&reports, &id);
	const struct dentry *dentry;

	/* A process may have replaced its file by any that it can open, but by none that an exec opened. */
	if (!draft || !file || !(BPF_CORE_READ(file, f_flags) & FMODE_EXEC))
		return 0;
	dentry = BPF_CORE_READ(file, f_path.dentry);
	draft->at = (__u64)dentry;
	draft->mnt = (__u64)BPF_CORE_READ(file, f_path.mnt);
	draft->text = PROGRAM_SIZE;
	draft->named = 1;
	for (int i = 0; i < EXE_STEPS; i++) {
		if (step_up(id))
			continue;
		draft->call.event.fits = draft->ended && BPF_CORE_READ(dentry, d_hash.pprev) && is_hosts(task) &&
					 draft->root == host_root();
		return 0;
	}
	__builtin_memset(draft->call.program, 0, sizeof(draft->call.program)); /* not even its end, but its middle */
	return 0;
}

#endif
