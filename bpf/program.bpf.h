/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The path of the program that the current process runs, for reports of decisions. Nothing is decided by it: for that,
 * exe.bpf.h notes programs when they start. The names are read from the end to the root, only while somebody watches.
 */
#ifndef LSMCTL_PROGRAM_H
#define LSMCTL_PROGRAM_H

#include "place.bpf.h"

#define FMODE_EXEC 0x20 /* in f_flags: opened by an exec. include/linux/fs.h, where it has two underscores */

#define EXE_STEPS   48 /* names and mounts of a path; a longer one is no rule's, which has 31 names at most */
#define GENERATIONS 48 /* of processes, up to PID 1 */

#define PROGRAM_KEPT (1u << LAST_HIT_SHIFT) /* how long a path is not read again: an eighth of a second, ns */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, REPORTS);
	__type(key, __u32);
	__type(value, struct call_event_draft);
} reports SEC(".maps");

/*
 * Returns the number of a draft that no other thread has until draft_close(), or REPORTS: there is none. A thread stays
 * on its processor while it reports, but others may take turns with it there. Begins at the draft with the path of the
 * process's last report. A separate function, so that the verifier checks the loop once.
 */
__noinline __u32 draft_open(__u32 tgid)
{
	for (__u32 i = 0; i < REPORTS; i++) {
		__u32 n = (tgid + i) % REPORTS;
		struct call_event_draft *draft = bpf_map_lookup_elem(&reports, &n);

		if (!draft)
			break;
		/* The thread that has it counts as 1, so a second one reads 2. 5.10 cannot add and read at once. */
		__sync_fetch_and_add(&draft->users, 1);
		if (*(volatile __u64 *)&draft->users == 1)
			return n;
		__sync_fetch_and_add(&draft->users, -1);
	}
	return REPORTS;
}

static __always_inline struct call_event_draft *draft_at(__u32 n)
{
	return bpf_map_lookup_elem(&reports, &n);
}

static __always_inline void draft_close(struct call_event_draft *draft)
{
	__sync_fetch_and_add(&draft->users, -1);
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
__noinline int step_up(__u32 n)
{
	struct call_event_draft *draft = draft_at(n);
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

/* Which program a process runs, in words that no other process and no other exec has. */
struct running_program {
	const struct file *file; /* NULL: none that an exec opened. A process may have put any file there but that */
	__u64 started;
	__u64 execs;
};

static __always_inline struct running_program current_program(void)
{
	struct running_program p = {};

	if (reads_current()) {
		const struct task_struct *typed = bpf_get_current_task_btf();
		const struct task_struct *leader = typed->group_leader;
		const struct mm_struct *mm = typed->mm;
		const struct file *file = mm ? mm->exe_file : NULL;

		p.file = file && file->f_flags & FMODE_EXEC ? file : NULL;
		p.started = leader ? leader->start_time : 0;
		p.execs = typed->self_exec_id;
	} else {
		const struct task_struct *task = (const void *)bpf_get_current_task();
		const struct file *file = BPF_CORE_READ(task, mm, exe_file);

		p.file = file && BPF_CORE_READ(file, f_flags) & FMODE_EXEC ? file : NULL;
		p.started = BPF_CORE_READ(task, group_leader, start_time);
		p.execs = BPF_CORE_READ(task, self_exec_id);
	}
	return p;
}

/*
 * Puts the path of the current process's program into a draft that the caller has. Returns whether a rule for it fits.
 * A path that is there since less than PROGRAM_KEPT is not read again, if the same process runs the same program still.
 * Only a move of the file, of a directory above it or of a mount can change it meanwhile, and the process was started
 * by the old path: so rules for programs have it, too.
 */
__noinline int put_program(__u32 n, __u32 tgid, __u64 now)
{
	const struct running_program p = current_program();
	struct call_event_draft *draft = draft_at(n);
	const struct file *file = p.file;
	const struct dentry *dentry;

	if (!draft)
		return 0;
	if (file && draft->file == (__u64)file && draft->tgid == tgid && draft->started == p.started &&
	    draft->execs == p.execs && now - draft->read < PROGRAM_KEPT)
		return draft->fits;
	draft->file = (__u64)file;
	draft->tgid = tgid;
	draft->started = p.started;
	draft->execs = p.execs;
	draft->read = now;
	draft->fits = 0;
	__builtin_memset(draft->call.program, 0, sizeof(draft->call.program));
	if (!file)
		return 0;
	dentry = BPF_CORE_READ(file, f_path.dentry);
	draft->at = (__u64)dentry;
	draft->mnt = (__u64)BPF_CORE_READ(file, f_path.mnt);
	draft->text = PROGRAM_SIZE;
	draft->named = 1;
	draft->root = 0;
	draft->ended = 0;
	for (int i = 0; i < EXE_STEPS; i++) {
		if (step_up(n))
			continue;
		draft->fits = draft->ended && BPF_CORE_READ(dentry, d_hash.pprev) &&
			      is_hosts((const void *)bpf_get_current_task()) && draft->root == host_root();
		return draft->fits;
	}
	__builtin_memset(draft->call.program, 0, sizeof(draft->call.program)); /* not even its end, but its middle */
	return 0;
}

#endif
