// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs of `lsmctl lock`: while it is on, nobody, root included, changes or ends the policy by files, mounts,
 * bpf(2) or sysctl. Only that command loads and attaches them, as an object of their own.
 *
 *   what they keep                            from                                      by the hook
 *   the maps of the policy                    fds, also read-only ones: see may_open()  bpf_map, bpf_prog
 *   the pins, which keep the programs         unlink, rename, rmdir, chmod, chown       inode_*
 *   the mounts, which keep the pins           umount, also by propagation               sb_umount
 *   the path to the pins                      mounts over it, moves                     sb_mount, move_mount
 *   the refusals of the programs              programs that can cancel them             bpf
 *   the links to cgroups                      detach and update                         bpf
 *   the calls of the programs                 kernel.ftrace_enabled                     cgroup/sysctl
 *
 * Off, they refuse nothing. On, an early `return 0` passes what is not the policy's. What they cannot read is not the
 * policy's either: they compare addresses that they have learned from it.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "lock_kernel.bpf.h"
#include "lock.h"
#include "sha256.h"

char LICENSE[] SEC("license") = "GPL";

struct lock lock;

static __always_inline bool is_on(void)
{
	return *(volatile __u32 *)&lock.state == LOCK_ON;
}

static __always_inline int refuse(void)
{
	__sync_fetch_and_add(&lock.refused, 1);
	return -EPERM;
}

#include "lock_mount.bpf.h"
#include "lock_file.bpf.h"

/* 1 when they are equal, without a jump: the verifier would follow both ways, for each of many ids. */
static __always_inline __u32 same(__u32 a, __u32 b)
{
	__u64 differ = a ^ b;

	__asm__ volatile("" : "+r"(differ)); /* or the compiler makes a jump of it */
	return (differ - 1) >> 63;
}

/* Separate functions, which the verifier checks once and not for each caller. */
__noinline int has_map(__u32 id)
{
	__u32 found = 0;

	for (__u32 i = 0; i < LOCK_MAPS; i++)
		found |= same(lock.maps[i].id, id);
	return id ? found : 0;
}

__noinline int has_prog(__u32 id)
{
	__u32 found = 0;

	for (__u32 i = 0; i < LOCK_PROGS; i++)
		found |= same(lock.progs[i], id);
	return id ? found : 0;
}

__noinline int has_link(__u32 id)
{
	__u32 found = 0;

	for (__u32 i = 0; i < LOCK_LINKS; i++)
		found |= same(lock.links[i], id);
	return id ? found : 0;
}

/*
 * Any fd of a map is enough to write it, a read-only one too: a program that uses the map writes it, and so does one
 * that finds it in an outer map of its own. So nobody gets one; commands read by the program "peek".
 */
SEC("lsm/bpf_map")
int BPF_PROG(lock_map, struct bpf_map *map)
{
	return is_on() && has_map(map->id) ? refuse() : 0;
}

/* Refused at its load, a program gets no fd, and the kernel frees it. */
SEC("lsm/bpf_prog")
int BPF_PROG(lock_prog, struct bpf_prog *prog)
{
	struct bpf_map **maps = prog->aux->used_maps;
	__u32 n = prog->aux->used_map_cnt;

	if (!is_on() || has_prog(prog->aux->id))
		return 0;
	for (__u32 i = 0; i < 64; i++) { /* a program has at most 64 maps */
		struct bpf_map *map = NULL;

		if (i >= n)
			break;
		bpf_probe_read_kernel(&map, sizeof(map), maps + i);
		if (has_map(BPF_CORE_READ(map, id)))
			return refuse();
	}
	return 0;
}

static __always_inline struct file *file_of(struct task_struct *task, __u32 fd)
{
	struct file **files = BPF_CORE_READ(task, files, fdt, fd), *file = NULL;

	if (fd < BPF_CORE_READ(task, files, fdt, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}

/*
 * Tells whether an fd is, or can become, a link of ours before the kernel looks at it: another thread that shares the
 * descriptors may exchange them meanwhile.
 */
static __always_inline bool may_be_our_link(__u32 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct bpf_link *link;

	if (BPF_CORE_READ(task, files, count.counter) > 1)
		return true;
	link = BPF_CORE_READ(file_of(task, fd), private_data);
	return has_link(BPF_CORE_READ(link, id));
}

/* The first words of a union bpf_attr. */
struct asked {
	__u32 word[4];
};

/* True for a program that could cancel a refusal, or take the place of a function of ours. */
static __always_inline bool can_cancel(const struct asked *asked, const union bpf_attr *attr)
{
	__u32 attach = 0;

	bpf_probe_read_kernel(&attach, sizeof(attach), &attr->expected_attach_type);
	return asked->word[0] == BPF_PROG_TYPE_LSM || asked->word[0] == BPF_PROG_TYPE_EXT ||
	       (asked->word[0] == BPF_PROG_TYPE_TRACING && attach == BPF_MODIFY_RETURN);
}

static __always_inline int learn_dir(__u32 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct file *file = file_of(task, fd);
	struct vfsmount *mnt = BPF_CORE_READ(file, f_path.mnt);
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);

	if (lock.n_mounts >= LOCK_MOUNTS || !mnt)
		return -LOCK_REFUSED;
	lock.mounts[lock.n_mounts & (LOCK_MOUNTS - 1)] = mount_of(mnt);
	lock.n_mounts++;
	lock.dentry = (__u64)dentry;
	lock.dir = (__u64)BPF_CORE_READ(dentry, d_inode);
	return -LOCK_DONE;
}

static __always_inline int learn_map(__u32 fd, __u32 refs)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct bpf_map *map = BPF_CORE_READ(file_of(task, fd), private_data);
	__u32 i = lock.n_maps;

	if (i >= LOCK_MAPS || !map)
		return -LOCK_REFUSED;
	lock.maps[i].at = (__u64)map;
	lock.maps[i].id = BPF_CORE_READ(map, id);
	lock.maps[i].refs = refs;
	lock.n_maps = i + 1;
	return -LOCK_DONE;
}

/*
 * Turns on, then counts. Whoever gets a map after the first line is refused; whoever had got it has a reference, and
 * all of these are known. A single call does it, so no kill is between.
 */
static __always_inline int close_lock(void)
{
	*(volatile __u32 *)&lock.state = LOCK_ON;
	__sync_fetch_and_add(&lock.turns, 1); /* a barrier, of those that 5.10 has */
	for (__u32 i = 0; i < LOCK_MAPS; i++) {
		struct bpf_map *map = (void *)lock.maps[i].at;

		if (!map || (BPF_CORE_READ(map, refcnt.counter) == lock.maps[i].refs &&
			     BPF_CORE_READ(map, id) == lock.maps[i].id))
			continue;
		lock.odd = i;
		*(volatile __u32 *)&lock.state = LOCK_OFF;
		return -LOCK_REFUSED;
	}
	return -LOCK_DONE;
}

/*
 * True when this is the key: then it is off. Compares all words, whatever the first ones say. A separate function, with
 * the stack that it needs.
 */
__noinline int open_lock(__u64 a, __u64 b, __u64 c, __u64 d)
{
	const __u32 key[8] = {a >> 32, a, b >> 32, b, c >> 32, c, d >> 32, d};
	__u32 digest[8], differ = 0;

	if (!lock.has_key)
		return 0;
	sha256_of_key(key, digest);
	for (int i = 0; i < 8; i++)
		differ |= digest[i] ^ lock.digest[i];
	if (differ)
		return 0;
	*(volatile __u32 *)&lock.state = LOCK_OFF;
	return 1;
}

static __always_inline int answer(const union bpf_attr *attr, unsigned int size)
{
	struct lock_question q = {};

	if (size < sizeof(q) || bpf_probe_read_kernel(&q, sizeof(q), attr))
		return 0; /* the kernel does not know the command */
	if (is_on())
		return q.op == LOCK_OPEN && open_lock(q.key[0], q.key[1], q.key[2], q.key[3]) ? -LOCK_DONE
											      : -LOCK_REFUSED;
	if (q.op == LOCK_OPEN)
		return 0; /* nothing to unlock, as without these programs */
	if (lock.owner != bpf_get_current_pid_tgid() >> 32)
		return -LOCK_REFUSED;
	switch (q.op) {
	case LOCK_LEARN_DIR:
		return learn_dir(q.fd);
	case LOCK_LEARN_MAP:
		return learn_map(q.fd, q.refs);
	case LOCK_CLOSE:
		return close_lock();
	}
	return -LOCK_REFUSED;
}

SEC("lsm/bpf")
int BPF_PROG(lock_bpf, int cmd, union bpf_attr *attr, unsigned int size)
{
	struct asked asked = {};

	if (cmd == LOCK_COMMAND)
		return answer(attr, size);
	if (!is_on())
		return 0;
	bpf_probe_read_kernel(&asked, sizeof(asked), attr);
	switch (cmd) {
	case BPF_PROG_LOAD:
		return can_cancel(&asked, attr) ? refuse() : 0;
	case BPF_LINK_DETACH:
	case BPF_LINK_UPDATE:
		return may_be_our_link(asked.word[0]) ? refuse() : 0;
	}
	return 0;
}

/* Many kernels call no program while kernel.ftrace_enabled is 0. */
SEC("cgroup/sysctl")
int lock_sysctl(struct bpf_sysctl *ctx)
{
	char name[] = "kernel/ftrace_enabled", asked[sizeof(name)] = {};

	if (!is_on() || !ctx->write)
		return 1;
	if (bpf_sysctl_get_name(ctx, asked, sizeof(asked), 0) != sizeof(name) - 1)
		return 1; /* of another length */
	for (__u32 i = 0; i < sizeof(name); i++) {
		if (name[i] != asked[i])
			return 1;
	}
	refuse();
	return 0;
}

/* Tells whether it is on. A socket filter without an attachment, run only by BPF_PROG_TEST_RUN. */
SEC("socket")
int lock_state(struct __sk_buff *skb)
{
	skb->cb[0] = lock.state;
	skb->cb[1] = lock.has_key;
	skb->cb[2] = (__u32)lock.since;
	skb->cb[3] = lock.since >> 32;
	skb->cb[4] = lock.state == LOCK_ON ? (__u32)lock.refused : lock.odd;
	return 0;
}
