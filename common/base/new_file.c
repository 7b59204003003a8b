// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>
#include "error.h"
#include "new_file.h"

#define LINKS 40 /* the kernel's limit MAXSYMLINKS */

static bool is_ours(uid_t uid)
{
	return !uid || uid == geteuid();
}

/* True when only root or this user can have put the link into this directory. */
static bool is_trusted(const struct stat *dir, const struct stat *link)
{
	return is_ours(dir->st_uid) &&
	       (!(dir->st_mode & (S_IWGRP | S_IWOTH)) || (dir->st_mode & S_ISVTX && is_ours(link->st_uid)));
}

static bool is_proc(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

/* The walk to a file: the directory reached so far, and the rest of the path. */
struct way {
	int fd;
	char rest[PATH_MAX];
	int links;
	bool leads; /* the path ended in a link */
};

/* Takes the next name, with the slashes after it, off the rest. */
static int next_name(struct way *way, char name[NAME_MAX + 1])
{
	size_t len = strcspn(way->rest, "/"), skip = len + strspn(way->rest + len, "/");

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, way->rest, len);
	name[len] = '\0';
	memmove(way->rest, way->rest + skip, strlen(way->rest + skip) + 1);
	return 0;
}

/* Starts at the root when the rest starts with a slash. */
static int begin(struct way *way)
{
	size_t skip = strspn(way->rest, "/");
	int fd = -1;

	if (skip || way->fd < 0) {
		fd = open(skip ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		if (way->fd >= 0)
			close(way->fd);
		way->fd = fd;
	}
	memmove(way->rest, way->rest + skip, strlen(way->rest + skip) + 1);
	return 0;
}

/* Replaces a link by its target. */
static int follow(struct way *way, const char *name, const struct stat *link)
{
	char target[PATH_MAX];
	struct stat dir;
	ssize_t len = readlinkat(way->fd, name, target, sizeof(target));
	size_t rest = strlen(way->rest);

	if (len < 0 || fstat(way->fd, &dir))
		return -errno;
	if (!is_trusted(&dir, link) || way->links++ == LINKS)
		return -ELOOP;
	if ((size_t)len + 1 + rest >= PATH_MAX)
		return -ENAMETOOLONG;
	memmove(way->rest + len + (rest > 0), way->rest, rest + 1);
	memcpy(way->rest, target, (size_t)len);
	way->leads |= !rest;
	if (rest)
		way->rest[len] = '/';
	return begin(way);
}

static int enter(struct way *way, const char *name)
{
	/* Opens a directory, or a link of /proc that leads to an object and not to a path. */
	int fd = openat(way->fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC | (is_proc(way->fd) ? 0 : O_NOFOLLOW));

	if (fd < 0)
		return -errno;
	close(way->fd);
	way->fd = fd;
	return 0;
}

/* Walks to the directory of the file. st_mode 0: the file does not exist yet. */
static int walk(struct way *way, char name[NAME_MAX + 1], struct stat *st)
{
	int ret = begin(way);

	while (!ret) {
		ret = next_name(way, name);
		if (ret)
			break;
		if (!*name)
			return -EISDIR;
		if (fstatat(way->fd, name, st, AT_SYMLINK_NOFOLLOW)) {
			st->st_mode = 0;
			/* The file is new. Refuse a link to a missing file: it is usually a mistake. */
			return errno == ENOENT && !*way->rest && !way->leads ? 0 : -errno;
		}
		if (S_ISLNK(st->st_mode) && !is_proc(way->fd))
			ret = follow(way, name, st);
		else if (*way->rest)
			ret = enter(way, name);
		else
			return S_ISDIR(st->st_mode) ? -EISDIR : 0;
	}
	return ret;
}

/* Sets owner and mode of the replaced file, unless other users may have chosen them; else those of a new file. */
static int take_over(int dir_fd, int fd, const struct stat *there)
{
	mode_t mask = umask(0), mode = there->st_mode & 0777;
	struct stat dir;

	umask(mask);
	if (fstat(dir_fd, &dir))
		return -1;
	if (!there->st_mode || !is_trusted(&dir, there))
		return fchmod(fd, 0666 & ~mask);
	/* Cannot keep the group: then give no other group access. */
	if (fchown(fd, there->st_uid, there->st_gid))
		mode &= ~(mode_t)S_IRWXG;
	return fchmod(fd, mode);
}

static int open_new(struct new_file *file, const struct stat *there)
{
	uint32_t random[2];
	int fd = -1;

	for (int tries = 0; fd < 0 && tries < 100; tries++) {
		if (getrandom(random, sizeof(random), 0) != sizeof(random))
			return -1;
		snprintf(file->temporary, sizeof(file->temporary), ".lsmctl-%08x%08x", random[0], random[1]);
		fd = openat(file->dir_fd, file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			return -1;
	}
	if (fd >= 0 && take_over(file->dir_fd, fd, there)) {
		unlinkat(file->dir_fd, file->temporary, 0);
		close(fd);
		fd = -1;
	}
	return fd;
}

static int refused(int errnum, const char *path, struct error *err)
{
	if (errnum == ELOOP)
		return error_set(
			err, ERR_PERMISSION,
			"cannot write %s: a symbolic link on its path is in a directory that others can write to, or the links form a circle (give the path without links)",
			path);
	return error_errno(err, errnum, "cannot write %s", path);
}

int new_file_open(struct new_file *file, const char *path, struct error *err)
{
	struct way way = {.fd = -1};
	struct stat st = {};
	int ret = -ENAMETOOLONG, fd = -1;

	*file = (struct new_file){.dir_fd = -1};
	if (strlen(path) < sizeof(way.rest)) {
		strcpy(way.rest, path);
		ret = *path ? walk(&way, file->name, &st) : -ENOENT;
	}
	if (ret) {
		errno = -ret;
	} else if (st.st_mode && !S_ISREG(st.st_mode)) {
		fd = openat(way.fd, file->name,
			    O_WRONLY | O_NOCTTY | O_CLOEXEC | (S_ISLNK(st.st_mode) ? 0 : O_NOFOLLOW));
	} else {
		file->dir_fd = way.fd;
		way.fd = -1;
		fd = open_new(file, &st);
	}
	file->to = fd < 0 ? NULL : fdopen(fd, "w");
	ret = file->to ? 0 : refused(errno, path, err);
	if (way.fd >= 0)
		close(way.fd);
	errno = 0; /* after a failed write, errno is the cause of that write */
	if (ret && file->dir_fd >= 0)
		close(file->dir_fd);
	return ret;
}

int new_file_end(struct new_file *file, const char *path, int keep, struct error *err)
{
	int errnum = ferror(file->to) ? errno : 0;
	bool failed = ferror(file->to);
	bool plain = file->dir_fd >= 0;

	errno = 0;
	if ((fflush(file->to) || (plain && keep == NEW_FILE_KEEP && fsync(fileno(file->to)))) && !errnum)
		errnum = errno;
	if (failed && !errnum)
		errnum = EIO;
	if (fclose(file->to) && !errnum)
		errnum = errno;
	if (plain && keep && !errnum && renameat(file->dir_fd, file->temporary, file->dir_fd, file->name))
		errnum = errno;
	if (plain && (errnum || !keep))
		unlinkat(file->dir_fd, file->temporary, 0);
	if (plain)
		close(file->dir_fd);
	return keep && errnum ? refused(errnum, path, err) : 0;
}
