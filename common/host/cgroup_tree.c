// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "bpf/abi.h"
#include "cgroup.h"
#include "cgroup_tree.h"

static bool is_root(int fd)
{
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && st.st_ino == ROOT_CGROUP;
}

/* Mounts the hierarchy at no path, for this process alone. */
static int mount_nowhere(void)
{
	int fs = (int)syscall(SYS_fsopen, "cgroup2", FSOPEN_CLOEXEC), fd = -1;

	if (fs >= 0 && !syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	if (fs >= 0)
		close(fs);
	return fd;
}

int cgroup_tree_open(void)
{
	const char *mounted = cgroup_mount_point();
	int any = mounted ? open(mounted, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, fd;

	if (any < 0)
		any = mount_nowhere();
	if (any < 0 || is_root(any))
		return any < 0 ? -errno : any;
	/* A cgroup namespace shows a part of the hierarchy only. */
	fd = cgroup_open_by_id(any, ROOT_CGROUP, O_RDONLY | O_DIRECTORY);
	close(any);
	if (is_root(fd))
		return fd;
	if (fd >= 0)
		close(fd);
	return -EXDEV;
}

/* The kernel takes the lock for a question about a cgroup's programs too. */
int cgroup_tree_wait(int root)
{
	__u32 n = 0;

	return bpf_prog_query(root, BPF_CGROUP_INET_EGRESS, 0, NULL, NULL, &n) ? -errno : 0;
}

int cgroup_tree_each(int root, const char *path, uint64_t id, int (*each)(const char *name, uint64_t id, void *arg),
		     void *arg)
{
	int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = 0;
	const struct dirent *entry;
	struct stat st;
	DIR *dir;

	if (fd < 0)
		return errno == ENOENT || errno == ENODEV ? 0 : -errno;
	dir = fstat(fd, &st) ? NULL : fdopendir(fd);
	if (!dir) {
		ret = -errno;
		close(fd);
		return ret;
	}
	for (errno = 0; st.st_ino == id && !ret && (entry = readdir(dir)); errno = 0) {
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			ret = each(entry->d_name, entry->d_ino, arg);
	}
	if (!ret && errno && errno != ENOENT && errno != ENODEV)
		ret = -errno;
	closedir(dir);
	return ret;
}

bool cgroup_tree_has(int root, const char *path, uint64_t id)
{
	struct stat st;

	return !fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) && st.st_ino == id;
}
