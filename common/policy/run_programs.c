// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <sys/stat.h>
#include "host/cgroup.h"
#include "object.h"
#include "run_programs.h"

#define ON_CGROUP "run_egress"
#define COMPAT	  "file_ioctl_compat" /* last: kernels before 6.8 lack it */

static const char *const names[] = {ON_CGROUP,	  "unix_stream_connect", "unix_may_send", "ptrace_access_check",
				    "file_ioctl", "file_open",		 COMPAT};

#define N (sizeof(names) / sizeof(names[0]))
_Static_assert(N == RUN_PROGRAMS, "each of them has a link");

size_t run_programs_links(const struct pins *pins, uint32_t ids[RUN_PROGRAMS])
{
	size_t n = 0;

	for (size_t i = 0; i < N; i++) {
		int fd = pins_get_link(pins, names[i]);
		struct bpf_link_info info = {};
		__u32 len = sizeof(info);

		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &len))
			ids[n++] = info.id;
		close(fd);
	}
	return n;
}

int run_programs_read(const struct pins *pins, struct program_info programs[RUN_PROGRAMS], struct error *err)
{
	for (size_t i = 0; i < N; i++) {
		if (programs_read_named(pins, names[i], &programs[i], err))
			return -1;
	}
	return 0;
}

static bool is_on(int link_fd, uint64_t cgroup)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);

	return !bpf_obj_get_info_by_fd(link_fd, &info, &len) && info.cgroup.cgroup_id == cgroup;
}

bool run_programs_are_attached(const struct pins *pins, uint64_t run_root)
{
	bool are = true;

	for (size_t i = 0; are && i < N - 1; i++) {
		int fd = pins_get_link(pins, names[i]);

		are = fd >= 0 && (i || is_on(fd, run_root));
		if (fd >= 0)
			close(fd);
	}
	return are;
}

/* Returns the number of programs for this kernel; 0 with the error set. */
static size_t count_programs(struct error *err)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool compat;

	if (!btf) {
		error_errno(err, errno, "cannot read the kernel's type information (/sys/kernel/btf/vmlinux)");
		return 0;
	}
	compat = btf__find_by_name_kind(btf, "bpf_lsm_" COMPAT, BTF_KIND_FUNC) > 0;
	btf__free(btf);
	return compat ? N : N - 1;
}

int run_programs_attach(const struct pins *pins, enum attach attach, int root_fd, struct error *err)
{
	const char *there[N + 1] = {};

	memcpy(there, names, count_programs(err) * sizeof(*names));
	return there[0] ? object_attach_named(there, attach, root_fd, pins, false, err) : -1;
}

bool run_programs_are_there(const struct pins *pins)
{
	int fd = pins_get_link(pins, ON_CGROUP);

	if (fd >= 0)
		close(fd);
	return fd != -ENOENT;
}

/* What follows when RUN_ROOT cannot be opened: nothing if it is not there, since then no run is. */
static int without_root(struct error *err)
{
	return errno == ENOENT ? 0 : error_errno(err, errno, "cannot open the cgroup " RUN_ROOT);
}

int run_programs_renew(const struct pins *pins, enum attach attach, struct error *err)
{
	int root_fd, ret;

	if (!run_programs_are_there(pins))
		return 0;
	root_fd = cgroup_open(RUN_ROOT);
	if (root_fd < 0)
		return without_root(err);
	ret = run_programs_attach(pins, attach, root_fd, err);
	close(root_fd);
	return ret;
}

int run_programs_adopt(const struct pins *pins, struct config *config, struct error *err)
{
	int ret, root_fd = cgroup_open(RUN_ROOT);
	struct stat st;

	if (root_fd < 0)
		return without_root(err);
	/* As in cgroup_each(): more than two links are runs. */
	if (!fstat(root_fd, &st) && st.st_nlink <= 2) {
		close(root_fd);
		return 0;
	}
	__atomic_store_n(&config->run_root, cgroup_id(RUN_ROOT), __ATOMIC_RELEASE);
	__atomic_store_n(&config->special.running, 1, __ATOMIC_RELEASE);
	ret = run_programs_attach(pins, config->attach, root_fd, err);
	close(root_fd);
	return ret;
}
