// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include "base/time.h"
#include "host/cgroup.h"
#include "tree.h"

#define TRIES	  64
#define KILL_TIME 10000000000u /* ns: then something holds a process in the kernel */

int tree_root(uint64_t *id, struct error *err)
{
	int top = cgroup_open_root("runs", err), fd;
	struct stat st;

	if (top < 0)
		return -1;
	if (mkdirat(top, RUN_ROOT_NAME, 0755) && errno != EEXIST) {
		error_errno(err, errno, "cannot make the cgroup " RUN_ROOT);
		close(top);
		return -1;
	}
	fd = openat(top, RUN_ROOT_NAME, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	close(top);
	if (fd < 0 || fstat(fd, &st)) {
		if (fd >= 0)
			close(fd);
		return error_errno(err, errno, "cannot open the cgroup " RUN_ROOT);
	}
	if (st.st_uid) {
		close(fd);
		return error_set(err, ERR_SYSTEM,
				 "the cgroup " RUN_ROOT
				 " belongs to another user, who could take processes out: remove it");
	}
	*id = st.st_ino;
	return fd;
}

int tree_root_open(void)
{
	return cgroup_open(RUN_ROOT);
}

void tree_root_remove(void)
{
	int top = cgroup_open("");

	if (top < 0)
		return;
	unlinkat(top, RUN_ROOT_NAME, AT_REMOVEDIR);
	close(top);
}

/* Others could hold a lock on what they can open. */
static bool open_locked(struct tree *tree, int root_fd, const char *name)
{
	struct stat st;
	int why;

	snprintf(tree->name, sizeof(tree->name), "%s", name);
	tree->fd = openat(root_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (tree->fd >= 0 && !flock(tree->fd, LOCK_EX | LOCK_NB) && !fstat(tree->fd, &st)) {
		tree->id = st.st_ino;
		return true;
	}
	why = errno;
	tree_close(tree);
	errno = why;
	return false;
}

int tree_make(struct tree *tree, int root_fd, struct error *err)
{
	char name[32];

	*tree = TREE_CLOSED;
	errno = EEXIST;
	/* A run that lingers may have the number of this process. Another command may collect the empty cgroup. */
	for (int i = 0; i < TRIES && (errno == EEXIST || errno == EWOULDBLOCK || errno == ENOENT); i++) {
		snprintf(name, sizeof(name), "%d-%d", (int)getpid(), i);
		/* The kernel ignores the mode of mkdir(2) here. */
		if (!mkdirat(root_fd, name, 0700) && !fchmodat(root_fd, name, 0700, 0) &&
		    open_locked(tree, root_fd, name)) {
			if (!faccessat(root_fd, name, F_OK, 0))
				return 0;
			tree_close(tree);
		}
	}
	return error_errno(err, errno, "cannot make a cgroup below " RUN_ROOT);
}

bool tree_adopt(struct tree *tree, int root_fd, const char *name)
{
	*tree = TREE_CLOSED;
	return open_locked(tree, root_fd, name);
}

void tree_close(struct tree *tree)
{
	if (tree->fd >= 0)
		close(tree->fd);
	tree->fd = -1;
}

/* Reads a file of the cgroup as text. */
static bool read_file(const struct tree *tree, const char *name, char *text, size_t size)
{
	int fd = openat(tree->fd, name, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[len < 0 ? 0 : len] = '\0';
	return len >= 0;
}

static bool write_file(const struct tree *tree, const char *name, const char *text)
{
	int fd = openat(tree->fd, name, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

bool tree_is_populated(const struct tree *tree)
{
	char text[256];

	return !read_file(tree, "cgroup.events", text, sizeof(text)) || !strstr(text, "populated 0");
}

/* Kernels before 5.14 have no file for it. The processes are frozen, so that none of them makes another meanwhile. */
static void kill_each(const struct tree *tree)
{
	int fd = openat(tree->fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	int pid;

	while (file && fscanf(file, "%d", &pid) == 1) {
		if (pid > 1)
			kill(pid, SIGKILL);
	}
	if (file)
		fclose(file);
	else if (fd >= 0)
		close(fd);
}

int tree_kill(const struct tree *tree, struct error *err)
{
	const uint64_t end = clock_boot() + KILL_TIME;
	struct pollfd events = {.fd = openat(tree->fd, "cgroup.events", O_RDONLY | O_CLOEXEC), .events = POLLPRI};
	bool at_once = write_file(tree, "cgroup.kill", "1"), left;

	if (!at_once)
		write_file(tree, "cgroup.freeze", "1");
	while ((left = tree_is_populated(tree)) && clock_boot() < end) {
		if (!at_once)
			kill_each(tree);
		poll(&events, 1, at_once ? 100 : 5);
	}
	if (events.fd >= 0)
		close(events.fd);
	return left ? error_set(err, ERR_SYSTEM,
				"some processes in the cgroup " RUN_ROOT "/%s do not end; they stay confined",
				tree->name)
		    : 0;
}

int tree_remove(const struct tree *tree, int root_fd)
{
	return unlinkat(root_fd, tree->name, AT_REMOVEDIR) && errno != ENOENT ? -errno : 0;
}

size_t trees_each(int root_fd, void (*each)(const char *name, void *arg), void *arg)
{
	int fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t n = 0;

	/* readdir() sets errno only when it fails. */
	while (dir && (errno = 0, entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		n++;
		if (each)
			each(entry->d_name, arg);
	}
	if (!dir || errno)
		n = TREES_UNKNOWN;
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	return n;
}
