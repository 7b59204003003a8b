// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <linux/magic.h>
#include "pins.h"
#include "second_mount.h"

#define BPFFS	    "/sys/fs/bpf"
#define MAP_PREFIX  "map_"
#define PROG_PREFIX "prog_"
#define LINK_PREFIX "link_"

static int not_loaded(struct error *err)
{
	return error_set(err, ERR_NOT_LOADED, "not loaded (run 'lsmctl load')");
}

/*
 * Something of another user is at the directory's path, in a parent that others can write to. The policy stays loaded;
 * it cannot hide behind that.
 */
static int not_ours(const char *path, uid_t owner, struct error *err)
{
	if (!geteuid())
		return error_set(err, ERR_NOT_LOADED,
				 "not loaded: %s belongs to uid %u (run 'lsmctl load', which moves it aside)", path,
				 owner);
	return error_set(err, ERR_LAYOUT,
			 "%s belongs to uid %u, not to you (uid %u): remove it, or use another --pin-dir", path, owner,
			 geteuid());
}

static int no_access(const char *path, int errnum, struct error *err)
{
	struct stat st;

	if ((errnum == ELOOP || errnum == ENOTDIR) && !lstat(path, &st) && st.st_uid != geteuid())
		return not_ours(path, st.st_uid, err);
	if (errnum == ELOOP || errnum == ENOTDIR)
		return error_set(err, ERR_LAYOUT,
				 "%s is not a directory (a symbolic link or a file is in its place): remove it", path);
	return error_errno(err, errnum, "cannot open %s", path);
}

/*
 * Splits the path of a pin directory. dir: without trailing slashes, since open() follows a symbolic link before a
 * slash in spite of O_NOFOLLOW. parent: the directory that holds dir.
 */
static int split(const char *path, char dir[PATH_MAX], char parent[PATH_MAX], struct error *err)
{
	size_t len = strlen(path), last;

	while (len > 1 && path[len - 1] == '/')
		len--;
	for (last = len; last > 1 && path[last - 1] != '/';)
		last--;
	if (path[0] != '/')
		return error_set(err, ERR_USAGE,
				 "bad --pin-dir, near '%.64s': it must be an absolute path on a BPF file system", path);
	if (memchr(path + last, '.', len - last))
		return error_set(err, ERR_USAGE,
				 "bad --pin-dir, near '%.64s': a BPF file system allows no dot in a name", path);
	if (len >= PATH_MAX)
		return no_access(path, ENAMETOOLONG, err);
	snprintf(dir, PATH_MAX, "%.*s", (int)len, path);
	snprintf(parent, PATH_MAX, "%.*s", (int)last, path);
	return 0;
}

/* Checks that only this user can add or remove pins in the directory. */
static int check(const char *path, int fd, struct error *err)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) || fstatfs(fd, &fs))
		return error_errno(err, errno, "cannot examine %s", path);
	if (fs.f_type != BPF_FS_MAGIC)
		return error_set(err, ERR_LAYOUT,
				 "%s is not on a BPF file system (run 'mount -t bpf bpf %s', or use another --pin-dir)",
				 path, BPFFS);
	if (st.st_uid != geteuid())
		return not_ours(path, st.st_uid, err);
	if (st.st_mode & 077)
		return error_set(err, ERR_LAYOUT,
				 "%s is open to others (mode %04o): look at its content, then run 'chmod 0700 %s'",
				 path, st.st_mode & 07777, path);
	return 0;
}

/*
 * Opens and locks the directory. When another process replaced it during the wait, opens again: nobody else uses the
 * old one.
 */
#define NEW "-new" /* suffix of a pin that will replace another */

/* Removes what an upgrade left that was killed between pinning and renaming. The old pin is still in place. */
static int remove_new(const char *name, void *arg)
{
	size_t len = strlen(name), tail = strlen(NEW);

	if (pins_is_ours(name) && len > tail && !strcmp(name + len - tail, NEW))
		unlinkat(*(int *)arg, name, 0);
	return 0;
}

int pins_open(struct pins *pins, const char *path, enum pins_lock lock, struct error *err)
{
	static const int flags[] = {
		[PINS_SHARED] = LOCK_SH,
		[PINS_EXCLUSIVE] = LOCK_EX,
		[PINS_ALONE] = LOCK_EX,
		[PINS_IF_FREE] = LOCK_SH | LOCK_NB,
	};
	char dir[PATH_MAX], parent[PATH_MAX];
	struct stat held, there;
	struct locked locked;
	int fd;

	for (;;) {
		path = second_mount_or(path);
		if (split(path, dir, parent, err))
			return -1;
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return errno == ENOENT ? not_loaded(err) : no_access(dir, errno, err);
		if (check(path, fd, err))
			goto fail;
		while (flock(fd, flags[lock])) {
			if (errno != EINTR) {
				error_errno(err, errno, "cannot lock %s", path);
				goto fail;
			}
		}
		if (fstat(fd, &held)) {
			error_errno(err, errno, "cannot examine %s", path);
			goto fail;
		}
		if (!lstat(dir, &there) && there.st_ino == held.st_ino && there.st_dev == held.st_dev)
			break;
		close(fd);
	}
	*pins = (struct pins){.dir_fd = fd, .path = path};
	snprintf(parent, sizeof(parent), "/proc/self/fd/%d", fd);
	if (access(parent, F_OK)) {
		error_set(err, ERR_SYSTEM,
			  "/proc is not mounted, and lsmctl opens pins through it (run 'mount -t proc proc /proc')");
		goto fail;
	}
	if (lock != PINS_EXCLUSIVE)
		return 0;
	locked = pins_locked(pins);
	if (locked.on) {
		locked_error(&locked, err);
		goto fail;
	}
	pins_each(pins, remove_new, &fd);
	return 0;
fail:
	*pins = PINS_CLOSED;
	close(fd);
	return -1;
}

static int on_bpffs(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) ? -errno : fs.f_type == BPF_FS_MAGIC;
}

static int mount_bpffs(const char *parent, bool may_mount, bool check_only, struct error *err)
{
	int there = on_bpffs(parent);

	if (there > 0)
		return 0;
	if (there < 0 && (there != -ENOENT || strcmp(parent, BPFFS "/")))
		return error_errno(err, -there, "cannot examine %s", parent);
	if (strcmp(parent, BPFFS "/"))
		return error_set(err, ERR_USAGE, "%s is not on a BPF file system: use a --pin-dir under " BPFFS,
				 parent);
	if (!may_mount)
		return error_set(err, ERR_SYSTEM,
				 "no BPF file system on " BPFFS " (mount -t bpf bpf " BPFFS
				 ", or leave out --no-mount)");
	if (!check_only && mount("bpf", BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return error_errno(err, errno, "cannot mount a BPF file system on " BPFFS);
	return 0;
}

int pins_create(struct pins *pins, const char *path, bool mount, struct error *err)
{
	char dir[PATH_MAX], parent[PATH_MAX];

	if (strcmp(second_mount_or(path), path))
		return pins_open(pins, path, PINS_EXCLUSIVE, err);
	if (split(path, dir, parent, err) || mount_bpffs(parent, mount, false, err))
		return -1;
	/* check() looks at what really exists, so it also finds the directory of another user. */
	if (mkdir(path, 0700) && errno != EEXIST)
		return error_errno(err, errno, "cannot make %s", path);
	return pins_open(pins, path, PINS_EXCLUSIVE, err);
}

int pins_check_create(const char *path, bool mount, struct error *err)
{
	char dir[PATH_MAX], parent[PATH_MAX];

	if (strcmp(second_mount_or(path), path))
		return 0; /* exists, on the second mount */
	if (split(path, dir, parent, err) || mount_bpffs(parent, mount, true, err))
		return -1;
	if (access(dir, F_OK) && errno == ENOENT && euidaccess(parent, W_OK | X_OK))
		return error_errno(err, errno, "cannot make %s", dir);
	return 0;
}

void pins_close(struct pins *pins)
{
	if (pins->dir_fd >= 0)
		close(pins->dir_fd);
	*pins = PINS_CLOSED;
}

/*
 * Uses the directory that was checked and locked, through its fd: when others can write to the parent, the path may
 * lead elsewhere now. bpf(2) accepts no directory fd before Linux 6.5.
 */
static int pin_path(const struct pins *pins, const char *kind, const char *name, char path[PATH_MAX])
{
	return snprintf(path, PATH_MAX, "/proc/self/fd/%d/%s%s", pins->dir_fd, kind, name) < PATH_MAX ? 0
												      : -ENAMETOOLONG;
}

static int get(const struct pins *pins, const char *kind, const char *name, __u32 flags)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = flags);
	char path[PATH_MAX];
	int fd = pin_path(pins, kind, name, path);

	if (fd)
		return fd;
	fd = bpf_obj_get_opts(path, &opts);
	return fd < 0 ? -errno : fd;
}

/* Most of these pins are absent. The way through /proc takes three times as long to say so. */
static int get_if_there(const struct pins *pins, const char *kind, const char *name)
{
	char pin[NAME_MAX];
	struct stat st;

	snprintf(pin, sizeof(pin), "%s%s", kind, name);
	return fstatat(pins->dir_fd, pin, &st, AT_SYMLINK_NOFOLLOW) && errno == ENOENT ? -ENOENT
										       : get(pins, kind, name, 0);
}

int pins_get_map(const struct pins *pins, const char *name, bool read_only)
{
	return get(pins, MAP_PREFIX, name, read_only ? BPF_F_RDONLY : 0);
}

int pins_get_prog(const struct pins *pins, const char *name)
{
	return get_if_there(pins, PROG_PREFIX, name);
}

int pins_get_link(const struct pins *pins, const char *name)
{
	return get_if_there(pins, LINK_PREFIX, name);
}

static int put(const struct pins *pins, const char *kind, const char *name, int fd)
{
	char path[PATH_MAX];
	int ret = pin_path(pins, kind, name, path);

	return ret ? ret : bpf_obj_pin(fd, path) ? -errno : 0;
}

int pins_put_map(const struct pins *pins, const char *name, int fd)
{
	return put(pins, MAP_PREFIX, name, fd);
}

int pins_put_prog(const struct pins *pins, const char *name, int fd)
{
	return put(pins, PROG_PREFIX, name, fd);
}

int pins_put_link(const struct pins *pins, const char *name, int fd)
{
	return put(pins, LINK_PREFIX, name, fd);
}

int pins_replace_link(const struct pins *pins, const char *name, int fd)
{
	char fresh[PATH_MAX], path[PATH_MAX], new_name[NAME_MAX];
	int ret;

	snprintf(new_name, sizeof(new_name), "%s" NEW, name);
	if (pin_path(pins, LINK_PREFIX, new_name, fresh) || pin_path(pins, LINK_PREFIX, name, path))
		return -ENAMETOOLONG;
	ret = put(pins, LINK_PREFIX, new_name, fd);
	if (!ret && rename(fresh, path)) {
		ret = -errno;
		unlink(fresh);
	}
	return ret;
}

static int remove_pin(const struct pins *pins, const char *kind, const char *name)
{
	char pin[NAME_MAX];

	snprintf(pin, sizeof(pin), "%s%s", kind, name);
	return unlinkat(pins->dir_fd, pin, 0) && errno != ENOENT ? -errno : 0;
}

int pins_remove_prog(const struct pins *pins, const char *name)
{
	return remove_pin(pins, PROG_PREFIX, name);
}

int pins_remove_link(const struct pins *pins, const char *name)
{
	return remove_pin(pins, LINK_PREFIX, name);
}

bool pins_is_link(const char *name)
{
	return !strncmp(name, LINK_PREFIX, strlen(LINK_PREFIX));
}

bool pins_is_ours(const char *name)
{
	return pins_is_link(name) || !strncmp(name, MAP_PREFIX, strlen(MAP_PREFIX)) ||
	       !strncmp(name, PROG_PREFIX, strlen(PROG_PREFIX));
}

int pins_each(const struct pins *pins, int (*each)(const char *name, void *arg), void *arg)
{
	int fd = openat(pins->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int ret = 0;

	if (!dir) {
		ret = -errno;
		if (fd >= 0)
			close(fd);
		return ret;
	}
	while (!ret && (errno = 0, entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			ret = each(entry->d_name, arg);
	}
	if (!ret && errno)
		ret = -errno;
	closedir(dir);
	return ret;
}

struct removal {
	int dir_fd;
	bool links;
};

static int remove_one(const char *name, void *arg)
{
	const struct removal *removal = arg;

	if (!pins_is_ours(name) || pins_is_link(name) != removal->links)
		return 0;
	return unlinkat(removal->dir_fd, name, 0) && errno != ENOENT ? -errno : 0;
}

int pins_remove_all(const struct pins *pins, struct error *err)
{
	struct removal removal = {.dir_fd = pins->dir_fd, .links = true};
	int ret = pins_each(pins, remove_one, &removal);

	if (!ret) {
		removal.links = false;
		ret = pins_each(pins, remove_one, &removal);
	}
	return ret ? error_errno(err, -ret, "cannot remove the pins in %s", pins->path) : 0;
}
