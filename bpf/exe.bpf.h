/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which program a process runs. Its identity is the file that its exec opened: the path counts at the exec, and from
 * then on the address of that struct file, which no process can give another. Not the inode: a process without
 * privilege may replace its own mappings, and then the file with PR_SET_MM_MAP.
 *
 *   bprm_check_security  at each exec: follows the path's names from its end, and notes the file when a rule has the
 *                        path. Without room it refuses the exec: no program runs that could not be noted.
 *   file_free_security   forgets a file before its address can be used again.
 *   task_prctl           keeps the processes of such programs from replacing their file.
 *   note_processes       an iterator: the same for processes that run already, when a rule is new.
 *
 * Threads, children and the workers of io_uring share the file. Attached only while a rule is for a program. Only
 * lsmctl.bpf.c includes this.
 */
#ifndef LSMCTL_EXE_H
#define LSMCTL_EXE_H

#include "program.bpf.h"

#define PR_SET_MM      35
#define PR_SET_MM_EXE  13
#define PR_SET_MM_MAP  14
#define LSM_NO_OPINION (-38) /* what task_prctl returns where no module has one: ENOSYS */

/* Paths, from their ends: from a step and the next name to the next step. A step without a name ends a rule's path. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, EXE_NAMES);
	__uint(key_size, sizeof(struct exe_name));
	__uint(value_size, sizeof(__u64));
} exe_names SEC(".maps");

/* The verifier checks it once, however many names a path has. */
__noinline __u64 exe_step(__u64 from, __u64 name)
{
	struct exe_name key = {.from = from};
	const __u64 *to;

	if (bpf_probe_read_kernel_str(key.name, sizeof(key.name), (const void *)name) <= 0)
		return 0;
	to = bpf_map_lookup_elem(&exe_names, &key);
	return to ? *to : 0;
}

__noinline __u64 exe_end(__u64 from)
{
	const struct exe_name key = {.from = from};

	return bpf_map_lookup_elem(&exe_names, &key) ? from : 0;
}

/*
 * Returns the program at a path, or 0. The path has to start at the root of the host: a container has another root,
 * also when its files are the host's. The root is that of the last mount before the names end, since an unused root of
 * the boot may lie below it. A separate function, so that the verifier checks the loop once.
 */
__noinline __u64 exe_at(__u64 dentry, __u64 vfsmount)
{
	const struct dentry *at = (const void *)dentry, *root, *last_root = NULL;
	const struct vfsmount *mnt = (const void *)vfsmount;
	bool named = true;
	__u64 step = 0;

	for (int i = 0; i < EXE_STEPS; i++) {
		root = BPF_CORE_READ(mnt, mnt_root);
		if (at == root) {
			const struct mount *mount = mount_of(mnt), *parent = BPF_CORE_READ(mount, mnt_parent);

			if (named)
				last_root = root;
			named = false;
			if (parent == mount)
				return (__u64)last_root == shared.host_root ? exe_end(step) : 0;
			at = BPF_CORE_READ(mount, mnt_mountpoint);
			mnt = (const void *)parent + bpf_core_field_offset(struct mount, mnt);
			continue;
		}
		step = exe_step(step, (__u64)BPF_CORE_READ(at, d_name.name));
		if (!step)
			return 0; /* no rule's path has these names */
		named = true;
		root = BPF_CORE_READ(at, d_parent);
		if (root == at)
			return 0; /* no mount leads here: a memfd, or a file that is gone */
		at = root;
	}
	return 0;
}

static __always_inline __u64 exe_of(const struct file *file, const struct task_struct *task)
{
	if (!(BPF_CORE_READ(file, f_flags) & FMODE_EXEC) || !is_hosts(task))
		return 0;
	return exe_at((__u64)BPF_CORE_READ(file, f_path.dentry), (__u64)BPF_CORE_READ(file, f_path.mnt));
}

SEC("lsm/bprm_check_security")
int BPF_PROG(bprm_check_security, struct linux_binprm *bprm)
{
	const struct file *file = bprm->file;
	const struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	__u64 key = (__u64)file, exe;

	if (!BPF_CORE_READ(dentry, d_hash.pprev))
		return 0; /* deleted, and run by its descriptor: no program of a rule, as any copy */
	exe = exe_of(file, (const void *)bpf_get_current_task());
	if (!exe)
		return 0; /* no rule is for it */
	if (!bpf_map_update_elem(&exes, &key, &exe, BPF_ANY))
		return 0; /* noted: the program may run */
	__sync_fetch_and_add(&shared.config.exes_refused, 1);
	return -EAGAIN;
}

SEC("lsm/file_free_security")
int BPF_PROG(file_free_security, struct file *file)
{
	__u64 key = (__u64)file;

	if (file->f_flags & FMODE_EXEC)
		bpf_map_delete_elem(&exes, &key);
	return 0;
}

SEC("lsm/task_prctl")
int BPF_PROG(task_prctl, int option, unsigned long what)
{
	if (option != PR_SET_MM || (what != PR_SET_MM_EXE && what != PR_SET_MM_MAP) || !current_exe())
		return LSM_NO_OPINION;
	return -EPERM;
}

/*
 * A process that ends meanwhile may have its file freed, and the address used again, before the file is noted here. So
 * looks again afterwards: a process that still has the file keeps it from being freed, and file_free_security forgets
 * it later. PID 1 tells the root of the host.
 */
SEC("iter/task")
int note_processes(struct bpf_iter__task *ctx)
{
	const struct task_struct *task = ctx->task;
	const struct file *file;
	__u64 key, exe, mm;

	if (!task)
		return 0;
	mm = (__u64)BPF_CORE_READ(task, mm);
	if (task->tgid == 1 && mm)
		shared.host_root = (__u64)BPF_CORE_READ(task, fs, root.dentry);
	file = mm ? BPF_CORE_READ(task, mm, exe_file) : NULL;
	exe = file ? exe_of(file, task) : 0;
	if (!exe)
		return 0; /* a kernel thread, or no rule is for it */
	key = (__u64)file;
	if (bpf_map_update_elem(&exes, &key, &exe, BPF_ANY))
		__sync_fetch_and_add(&shared.exes_missed, 1);
	else if ((__u64)BPF_CORE_READ(task, mm) != mm || (__u64)BPF_CORE_READ(task, mm, exe_file) != key)
		bpf_map_delete_elem(&exes, &key);
	return 0;
}

#endif
