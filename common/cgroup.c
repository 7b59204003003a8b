// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>
#include "../bpf/abi.h"
#include "cgroup.h"

/* Where the version 2 hierarchy is mounted: not at the same place where version 1 is used beside it. */
static const char *mount_point(void)
{
	static const char *const usual[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
	static char found[PATH_MAX];
	char buffer[2 * PATH_MAX];
	struct mntent entry;
	FILE *mounts;

	if (found[0])
		return found;
	/* Quicker than the list of all mounts. */
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		struct statfs fs;

		if (!statfs(usual[i], &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
			return strcpy(found, usual[i]);
	}
	mounts = setmntent("/proc/self/mounts", "re");
	while (mounts && !found[0] && getmntent_r(mounts, &entry, buffer, sizeof(buffer))) {
		if (!strcmp(entry.mnt_type, "cgroup2"))
			snprintf(found, sizeof(found), "%s", entry.mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return found[0] ? found : NULL;
}

uint64_t cgroup_id(const char *path)
{
	const char *root = mount_point();
	char full[PATH_MAX];
	struct stat st;

	if (!root || snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full))
		return 0;
	return stat(full, &st) || !S_ISDIR(st.st_mode) ? 0 : st.st_ino;
}

/* A file handle of kernfs is the id: fs/kernfs/mount.c, since 5.5. */
#define FILEID_KERNFS_ 0xfe

bool cgroup_path(uint64_t id, char *path, size_t size)
{
	struct {
		struct file_handle handle;
		uint64_t id;
	} handle = {.handle = {.handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS_}};
	const char *root = mount_point();
	char link[64], full[PATH_MAX];
	int root_fd = root ? open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, fd = -1;
	ssize_t len = -1;

	memcpy(handle.handle.f_handle, &id, sizeof(id));
	if (root_fd >= 0)
		fd = open_by_handle_at(root_fd, &handle.handle, O_PATH | O_CLOEXEC);
	if (fd >= 0) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		len = readlink(link, full, sizeof(full) - 1);
		close(fd);
	}
	if (root_fd >= 0)
		close(root_fd);
	full[len < 0 ? 0 : len] = '\0';
	/* One that is gone is told as its path with " (deleted)" behind it, which is no path. */
	if (len < 0 || strncmp(full, root, strlen(root)) ||
	    cgroup_id(full[strlen(root)] ? full + strlen(root) : "/") != id)
		return false;
	return snprintf(path, size, "%s", full[strlen(root)] ? full + strlen(root) : "/") < (int)size;
}

void cgroup_each(const char *path, void (*each)(const char *name, bool has_others, void *arg), void *arg)
{
	const char *root = mount_point();
	char full[PATH_MAX];
	const struct dirent *entry;
	struct stat st;
	DIR *dir = NULL;

	if (root && snprintf(full, sizeof(full), "%s%s", root, path) < (int)sizeof(full))
		dir = opendir(full);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		/* A directory has a link from each one in it, its parent and itself. */
		if (!fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			each(entry->d_name, st.st_nlink > 2, arg);
	}
	if (dir)
		closedir(dir);
}

int cgroup_open_root(struct error *err)
{
	const char *root = mount_point();
	struct stat st;
	int fd;

	if (!root)
		return error_set(
			err, ERR_SYSTEM,
			"no cgroup2 file system is mounted, and the backstop is attached to its root: 'mount -t "
			"cgroup2 cgroup2 /sys/fs/cgroup' comes first (/sys/fs/cgroup/unified, where there are "
			"cgroups of version 1)");
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		error_errno(err, errno, "cannot open %s", root);
	} else if (st.st_ino != ROOT_CGROUP) {
		error_set(
			err, ERR_SYSTEM,
			"%s is not the root of all cgroups, which is where the backstop is attached: run it outside of "
			"containers",
			root);
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

void cgroup_own(char *path, size_t size)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX + 8];

	path[0] = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		/* A path that does not fit, or leads out of this namespace's root, is none that a rule could have. */
		if (!strncmp(line, "0::/", 4) && strncmp(line + 3, "/..", 3) && strlen(line + 3) < size)
			strcpy(path, line + 3);
	}
	if (file)
		fclose(file);
}
