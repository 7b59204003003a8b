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
#include "bpf/abi.h"
#include "cgroup.h"

/* The usual place differs when version 1 is mounted too. */
const char *cgroup_mount_point(void)
{
	static const char *const usual[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
	static char found[PATH_MAX];
	char buffer[2 * PATH_MAX];
	struct mntent entry;
	FILE *mounts;

	if (found[0])
		return found;
	/* Faster than reading the list of all mounts. */
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
	const char *root = cgroup_mount_point();
	char full[PATH_MAX];
	struct stat st;

	if (!root || snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full))
		return 0;
	return stat(full, &st) || !S_ISDIR(st.st_mode) ? 0 : st.st_ino;
}

/* kernfs encodes the id as the file handle: fs/kernfs/mount.c, since 5.5. */
#define FILEID_KERNFS_ 0xfe

int cgroup_open_by_id(int mounted, uint64_t id, int flags)
{
	struct {
		struct file_handle handle;
		uint64_t id;
	} handle = {.handle = {.handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS_}};

	memcpy(handle.handle.f_handle, &id, sizeof(id));
	return open_by_handle_at(mounted, &handle.handle, flags | O_CLOEXEC);
}

bool cgroup_path(uint64_t id, char *path, size_t size)
{
	const char *root = cgroup_mount_point();
	char link[64], full[PATH_MAX];
	int root_fd = root ? open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, fd = -1;
	ssize_t len = -1;

	if (root_fd >= 0)
		fd = cgroup_open_by_id(root_fd, id, O_PATH);
	if (fd >= 0) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		len = readlink(link, full, sizeof(full) - 1);
		close(fd);
	}
	if (root_fd >= 0)
		close(root_fd);
	full[len < 0 ? 0 : len] = '\0';
	/* readlink() appends " (deleted)" to the path of a removed cgroup, which then is no path. */
	if (len < 0 || strncmp(full, root, strlen(root)) ||
	    cgroup_id(full[strlen(root)] ? full + strlen(root) : "/") != id)
		return false;
	return snprintf(path, size, "%s", full[strlen(root)] ? full + strlen(root) : "/") < (int)size;
}

void cgroup_each(const char *path, void (*each)(const char *name, bool has_others, void *arg), void *arg)
{
	const char *root = cgroup_mount_point();
	char full[PATH_MAX];
	const struct dirent *entry;
	struct stat st;
	DIR *dir = NULL;

	if (root && snprintf(full, sizeof(full), "%s%s", root, path) < (int)sizeof(full))
		dir = opendir(full);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		/* The link count of a directory: one for each child, one in its parent, one for itself. */
		if (!fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			each(entry->d_name, st.st_nlink > 2, arg);
	}
	if (dir)
		closedir(dir);
}

struct units {
	void (*each)(const char *path, const char *name, void *arg);
	void *arg;
	const char *path;
};

static void visit_unit(const char *name, bool has_others, void *arg)
{
	const struct units *above = arg;
	const char *dot = strrchr(name, '.');
	char path[PATH_MAX];
	struct units below = {above->each, above->arg, path};

	if (snprintf(path, sizeof(path), "%s/%s", above->path, name) >= (int)sizeof(path))
		return;
	above->each(path, name, above->arg);
	if (has_others && dot && !strcmp(dot, ".slice"))
		cgroup_each(path, visit_unit, &below);
}

void cgroup_each_unit(void (*each)(const char *path, const char *name, void *arg), void *arg)
{
	struct units root = {each, arg, ""};

	cgroup_each("", visit_unit, &root);
}

int cgroup_open_root(const char *who, struct error *err)
{
	const char *root = cgroup_mount_point();
	struct stat st;
	int fd;

	if (!root)
		return error_set(
			err, ERR_SYSTEM,
			"no cgroup2 file system is mounted, and %s need its root: run 'mount -t cgroup2 cgroup2 /sys/fs/cgroup' first (/sys/fs/cgroup/unified, when version 1 is in use)",
			who);
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		error_errno(err, errno, "cannot open %s", root);
	} else if (st.st_ino != ROOT_CGROUP) {
		error_set(
			err, ERR_SYSTEM,
			"%s is not the root of all cgroups, and %s need that root: run this command outside of containers",
			root, who);
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

int cgroup_open(const char *path)
{
	const char *root = cgroup_mount_point();
	char whole[PATH_MAX];

	errno = ENOENT;
	if (!root || snprintf(whole, sizeof(whole), "%s%s", root, path) >= (int)sizeof(whole))
		return -1;
	return open(whole, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int cgroup_of(const char *process, char *path, size_t size)
{
	char name[32], line[PATH_MAX + 8];
	int ret = 0;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%s/cgroup", process);
	file = fopen(name, "re");
	path[0] = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4) != 0)
			continue;
		/* No rule can have a path that is too long, or that leads out of the root of this cgroup namespace. */
		if (!strncmp(line + 3, "/..", 3) || strlen(line + 3) >= size)
			ret = -1;
		else
			strcpy(path, line + 3);
	}
	if (file)
		fclose(file);
	return ret;
}

void cgroup_own(char *path, size_t size)
{
	cgroup_of("self", path, size);
}
