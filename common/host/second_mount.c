// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>
#include "second_mount.h"

#define FIRST_MOUNT "/sys/fs/bpf"
#define SECOND_PINS SECOND_MOUNT "/lsm-connect"

bool second_mount_is_for(const char *pin_dir)
{
	return !strcmp(pin_dir, PINS_DEFAULT_DIR) || !strcmp(pin_dir, SECOND_PINS);
}

static bool on_bpffs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type == BPF_FS_MAGIC;
}

static bool are_same(const char *path, const char *other)
{
	struct stat a, b;

	return !lstat(path, &a) && !lstat(other, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool has_entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool has = false;

	while (dir && !has && (entry = readdir(dir)))
		has = strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	if (dir)
		closedir(dir);
	return has;
}

const char *second_mount_or(const char *pin_dir)
{
	/* Fast path, one system call: usually both mounts show the same directory, or the second does not exist. */
	if (strcmp(pin_dir, PINS_DEFAULT_DIR) || access(SECOND_PINS, F_OK) || are_same(pin_dir, SECOND_PINS) ||
	    !on_bpffs(SECOND_PINS) || !has_entries(SECOND_PINS))
		return pin_dir;
	return SECOND_PINS;
}

bool second_mount_is_first_there(void)
{
	return on_bpffs(PINS_DEFAULT_DIR) && !strcmp(second_mount_or(PINS_DEFAULT_DIR), PINS_DEFAULT_DIR);
}

bool second_mount_is_there(void)
{
	return on_bpffs(SECOND_PINS) && (are_same(PINS_DEFAULT_DIR, SECOND_PINS) || has_entries(SECOND_PINS));
}

int second_mount_make(void)
{
	if (!on_bpffs(FIRST_MOUNT))
		return second_mount_is_there() ? 0 : -ENOENT;
	if ((mkdir(SECOND_DIR, 0700) && errno != EEXIST) || (mkdir(SECOND_MOUNT, 0700) && errno != EEXIST))
		return -errno;
	if (on_bpffs(SECOND_MOUNT) && !are_same(FIRST_MOUNT, SECOND_MOUNT)) {
		/* Keep it: it may be the only mount of an older file system or of another policy. */
		if (has_entries(SECOND_PINS))
			return -EEXIST;
		umount2(SECOND_MOUNT, MNT_DETACH | UMOUNT_NOFOLLOW);
	}
	if (!are_same(FIRST_MOUNT, SECOND_MOUNT) && mount(FIRST_MOUNT, SECOND_MOUNT, NULL, MS_BIND, NULL))
		return -errno;
	return mount(NULL, SECOND_MOUNT, NULL, MS_PRIVATE, NULL) ? -errno : 0;
}

void second_mount_remove(void)
{
	if (on_bpffs(SECOND_MOUNT))
		umount2(SECOND_MOUNT, MNT_DETACH | UMOUNT_NOFOLLOW);
	rmdir(SECOND_MOUNT);
	rmdir(SECOND_DIR);
}
