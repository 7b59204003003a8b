/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps a run from getting others to act for it: by their Unix sockets, by a look into their memory and descriptors, by
 * typing into the terminal; and from devices that reach out without a socket. And judges its packets, as the backstop
 * does. These programs are attached from the first run on. Each passes at once what is not of a run. Only lsmctl.bpf.c
 * includes this.
 */
#ifndef LSMCTL_RUN_HOOKS_H
#define LSMCTL_RUN_HOOKS_H

/* Records a call that names no destination, and reports it. Returns the hook's value. */
static __always_inline int settle_run(enum hook hook, struct run_call *call, const void *name, __u32 size)
{
	bool audited = is_audited(call->run);
	struct run_seen *seen;

	call->port = NO_PORT;
	call->verdict = audited ? VERDICT_AUDIT : VERDICT_BLOCK;
	bpf_get_current_comm(call->comm, sizeof(call->comm));
	seen = note(call);
	if (seen && !seen->pid) {
		note_process(seen);
		if (size)
			bpf_probe_read_kernel(seen->path, size, name);
	}
	if (is_watched(call->verdict))
		tell_of_call(0, 0, call_make(NO_PORT, 0, 0, 0), NO_SLOT,
			     call->verdict | (audited ? 0 : EPERM) << TOLD_ERROR_SHIFT | hook << TOLD_HOOK_SHIFT |
				     1 << TOLD_NO_IP_SHIFT | 1 << TOLD_RUN_SHIFT);
	return audited ? 0 : -EPERM;
}

/* True for a socket, as a number, that was made in this run. */
static __always_inline bool is_of_run(__u64 socket, __u64 run)
{
	const struct caller maker = owner_caller(socket);

	return maker.cgroup && run_of(&maker) == run;
}

/* Judges a connection or a datagram to a Unix socket. A separate function for both hooks. */
__noinline int judge_unix(__u64 peer, enum hook hook)
{
	const struct unix_sock *sk = (const void *)peer;
	struct run_socket socket = {.run = current_run()};
	struct run_call call = {.run = socket.run, .kind = RUN_UNIX};
	const struct unix_address *addr;
	const struct inode *inode;
	const char *name = NULL;
	__u32 size = 0;
	int len;

	if (!socket.run || is_of_run(peer, socket.run))
		return 0; /* not of a run; or a socket of its own */
	inode = BPF_CORE_READ(sk, path.dentry, d_inode);
	if (inode) {
		socket.inode = BPF_CORE_READ(inode, i_ino);
		socket.device = BPF_CORE_READ(inode, i_sb, s_dev);
		if (bpf_map_lookup_elem(&run_sockets, &socket))
			return 0; /* --unix */
		call.ip.d[0] = socket.device;
		call.ip.d[1] = socket.inode;
	}
	addr = BPF_CORE_READ(sk, addr);
	if (addr) {
		name = (const char *)addr + bpf_core_field_offset(addr->name) +
		       bpf_core_field_offset(((struct sockaddr_un *)0)->sun_path);
		len = BPF_CORE_READ(addr, len) - (int)sizeof(__u16);
		size = len < 0 ? 0 : len > RUN_PATH_SIZE - 4 ? RUN_PATH_SIZE - 4 : len;
		if (!inode)
			bpf_probe_read_kernel(&call.ip, sizeof(call.ip), name);
	}
	return settle_run(hook, &call, name, size);
}

SEC("lsm/unix_stream_connect")
int BPF_PROG(unix_stream_connect, struct sock *sock, struct sock *other, struct sock *newsk)
{
	__u64 peer = 0;

	if (!is_running())
		return 0;				    /* no run is there */
	bpf_probe_read_kernel(&peer, sizeof(peer), &other); /* as a number, which the verifier passes on */
	return judge_unix(peer, HOOK_UNIX_CONNECT)
		       ? -EPERM
		       : 0; /* the verifier, from 6.12 on, knows no bounds of what it returns */
}

SEC("lsm/unix_may_send")
int BPF_PROG(unix_may_send, struct socket *sock, struct socket *other)
{
	__u64 peer = 0;

	if (!is_running())
		return 0; /* no run is there */
	bpf_core_read(&peer, sizeof(peer), &other->sk);
	return judge_unix(peer, HOOK_UNIX_SEND)
		       ? -EPERM
		       : 0; /* the verifier, from 6.12 on, knows no bounds of what it returns */
}

/* By it a debugger takes a process, and /proc shows a process's memory, descriptors and environment. */
SEC("lsm/ptrace_access_check")
int BPF_PROG(ptrace_access_check, struct task_struct *child, unsigned int mode)
{
	const struct cgroup *cgroup = BPF_CORE_READ(child, cgroups, dfl_cgrp);
	const struct caller other = {.cgroup = cgroup, .depth = (__u32)BPF_CORE_READ(cgroup, level)};
	struct run_call call = {.run = current_run(), .kind = RUN_PROCESS};

	if (!call.run || run_of(&other) == call.run)
		return 0; /* not of a run; or a process of its own */
	call.ip.w[0] = (__u32)BPF_CORE_READ(child, tgid);
	return settle_run(HOOK_PTRACE, &call, &child->comm, sizeof(child->comm));
}

static __always_inline int judge_ioctl(unsigned int cmd)
{
	struct run_call call = {.kind = RUN_TERMINAL};

	if (cmd != TIOCSTI && cmd != TIOCLINUX)
		return 0; /* types nothing into a terminal */
	call.run = current_run();
	return call.run ? settle_run(HOOK_IOCTL, &call, NULL, 0) : 0;
}

SEC("lsm/file_ioctl")
int BPF_PROG(file_ioctl, struct file *file, unsigned int cmd, unsigned long arg)
{
	return judge_ioctl(cmd);
}

/* Of 32-bit programs: from 6.8 on; before, the hook above is for both. */
SEC("lsm/file_ioctl_compat")
int BPF_PROG(file_ioctl_compat, struct file *file, unsigned int cmd, unsigned long arg)
{
	return judge_ioctl(cmd);
}

#define DEVICE(major, minor) ((major) << 20 | (minor))
#define MISC		     10	 /* a major number */
#define VERBS		     231 /* InfiniBand's */

/* Sends packets, or types, without a socket. The user may use these where the host lets him. */
static __always_inline bool reaches_without_socket(__u32 device)
{
	switch (device) {
	case DEVICE(MISC, 200): /* tun */
	case DEVICE(MISC, 223): /* uinput */
	case DEVICE(MISC, 238): /* vhost-net */
	case DEVICE(MISC, 239): /* uhid */
	case DEVICE(MISC, 241): /* vhost-vsock */
		return true;
	}
	return device >> 20 == VERBS;
}

SEC("lsm/file_open")
int BPF_PROG(file_open, struct file *file)
{
	struct run_call call = {.kind = RUN_DEVICE};
	const struct inode *inode = file->f_inode;

	if (!is_running() || (inode->i_mode & S_IFMT) != S_IFCHR || !reaches_without_socket(inode->i_rdev))
		return 0; /* no run is there; or no such device */
	call.run = current_run();
	call.ip.w[0] = inode->i_rdev;
	return call.run && settle_run(HOOK_FILE_OPEN, &call, BPF_CORE_READ(file, f_path.dentry, d_name.name), 16)
		       ? -EPERM
		       : 0;
}

/*
 * On the cgroup that holds the runs: sees the packets of sockets that were made in one. The calls are judged: this
 * catches what no hook sees, as the backstop does, whether that is on or off.
 */
SEC("cgroup_skb/egress")
int run_egress(struct __sk_buff *skb)
{
	const struct sk_buff *kernel_skb = (const void *)skb;
	struct run_call refused = {.port = NO_PORT, .verdict = VERDICT_BLOCK, .kind = RUN_REFUSED};
	struct bpf_sock *sk = skb->sk;
	struct packet packet = {};
	const struct mark *mark;
	struct caller owner;
	__u64 socket, from;
	__u32 call = 0;
	bool raw;

	sk = sk ? bpf_sk_fullsock(sk) : NULL;
	if (shared.config.state != STATE_ON || !sk)
		return PASS; /* not loaded; without a socket it belongs to no process: see egress() */
	raw = sk->type == SOCK_RAW;
	if (!raw && is_under_way(skb))
		return PASS;
	packet.broken = !read_address(skb, PACKET_DEST, &packet.ip);
	bpf_core_read(&socket, sizeof(socket), &kernel_skb->sk); /* as a number, from which the program can read */
	mark = bpf_sk_storage_get(&marks, sk, NULL, 0);
	from = owner_of(socket, sk->protocol == IPPROTO_TCP && sk->type == SOCK_STREAM, mark && mark->held);
	if (!from || !read_call(skb, &packet, socket, raw, 0, &call))
		return PASS; /* the kernel's own; or a part of a judged call */
	owner = owner_caller(from);
	refused.run = run_of(&owner);
	if (!refused.run)
		return PASS; /* the run has just ended */
	if (!packet.broken && ask_run(packet.ip.d[0], packet.ip.d[1], call, refused.run) != VERDICT_BLOCK)
		return PASS;
	if (packet.broken && is_audited(refused.run))
		return PASS;
	refused.ip = packet.ip;
	refused.port = call_port(call);
	refused.proto = call_proto(call);
	count_total(HOOK_EGRESS, VERDICT_BLOCK);
	note(&refused);
	if (is_watched(VERDICT_BLOCK)) {
		const struct decision d = {.ip = packet.ip,
					   .call = call,
					   .action = by_run(VERDICT_BLOCK),
					   .slot = NO_SLOT,
					   .hook = HOOK_EGRESS,
					   .judged = true};

		tell_of_packet(&d, from, 0);
	}
	return DROP;
}

#endif
