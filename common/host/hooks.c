// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <bpf/btf.h>
#include "hooks.h"

static const struct {
	const char *name;
	const char *open; /* what is open on a kernel without this hook; NULL: everything, so that load requires it */
	const char *advice;
} hooks[HOOKS] = {
	[HOOK_CONNECT] = {"socket_connect", NULL, NULL},
	[HOOK_SENDMSG] = {"socket_sendmsg", NULL, NULL},
	[HOOK_SETSOCKOPT] = {"socket_setsockopt", "IPv6 routing headers and IPv4 source routes set by setsockopt(2)",
			     "drop such packets, as in lsmctl-security(7)"},
	[HOOK_CREATE] = {"socket_create",
			 "packet, XDP and raw sockets, and all else that 'set strict on' refuses elsewhere",
			 "keep CAP_NET_RAW from programs, and see lsmctl-security(7)"},
	[HOOK_SCTP] = {"sctp_bind_connect", "the addresses given to sctp_connectx(3)",
		       "lsmctl set strict on, which refuses SCTP sockets"},
	[HOOK_POST_CREATE] = {"socket_post_create",
			      "SCTP sockets created with protocol 0, which 'set strict on' refuses elsewhere",
			      "keep the module sctp from loading, as in lsmctl-security(7)"},
	[HOOK_BIND] = {"socket_bind", "0.0.0.0 and :: at the instant when another process binds the socket",
		       "lsmctl set backstop on"},
};

const char *hook_name(size_t i)
{
	static const char *const others[] = {[HOOK_EGRESS - HOOKS] = "egress",
					     [HOOK_INGRESS - HOOKS] = "ingress",
					     [HOOK_MKDIR - HOOKS] = "cgroup_mkdir",
					     [HOOK_RMDIR - HOOKS] = "cgroup_rmdir",
					     [HOOK_NAMES_QUERY - HOOKS] = "names_query",
					     [HOOK_NAMES_LEARN - HOOKS] = "names_learn",
					     [HOOK_EXEC - HOOKS] = "bprm_check_security",
					     [HOOK_FILE_FREE - HOOKS] = "file_free_security",
					     [HOOK_PRCTL - HOOKS] = "task_prctl",
					     [HOOK_UNIX_CONNECT - HOOKS] = "unix_stream_connect",
					     [HOOK_UNIX_SEND - HOOKS] = "unix_may_send",
					     [HOOK_PTRACE - HOOKS] = "ptrace_access_check",
					     [HOOK_IOCTL - HOOKS] = "file_ioctl",
					     [HOOK_FILE_OPEN - HOOKS] = "file_open"};

	_Static_assert(sizeof(others) / sizeof(others[0]) == HOOK_NAMES - HOOKS, "all of them");

	return i < HOOKS ? hooks[i].name : others[i - HOOKS];
}

void hook_function(size_t i, bool fmod_ret, char function[HOOK_FUNCTION_SIZE])
{
	snprintf(function, HOOK_FUNCTION_SIZE, "%s%s", fmod_ret ? "security_" : "bpf_lsm_", hooks[i].name);
}

const char *hook_open(size_t i)
{
	return hooks[i].open;
}

const char *hook_advice(size_t i)
{
	return hooks[i].advice;
}

int hooks_find(bool fmod_ret, uint32_t *found, struct error *err)
{
	struct btf *btf = btf__load_vmlinux_btf();
	char function[HOOK_FUNCTION_SIZE];
	uint32_t there = 0;

	if (!btf)
		return error_errno(err, errno, "cannot read the kernel's type information (/sys/kernel/btf/vmlinux)");
	for (size_t i = 0; i < HOOKS; i++) {
		hook_function(i, fmod_ret, function);
		if (btf__find_by_name_kind(btf, function, BTF_KIND_FUNC) > 0)
			there |= 1u << i;
	}
	btf__free(btf);
	for (size_t i = 0; i < HOOKS; i++) {
		hook_function(i, fmod_ret, function);
		if (!has_hook(there, i) && !hooks[i].open)
			return error_set(
				err, ERR_UNSUPPORTED,
				"this kernel has no %s, and lsmctl cannot enforce without it: use a kernel with CONFIG_SECURITY_NETWORK=y, as most distributions have",
				function);
	}
	*found = there;
	return 0;
}
