// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "unnamed.h"

/* Some file systems lack O_TMPFILE. */
static int open_in(const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	char *path;

	if (fd >= 0 || asprintf(&path, "%s/lsmctl-XXXXXX", dir) < 0)
		return fd;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	free(path);
	return fd;
}

FILE *unnamed_file(struct error *err)
{
	const char *own = getenv("TMPDIR");
	const char *const dirs[] = {own && *own ? own : "/var/tmp", "/var/tmp", "/tmp"};
	FILE *file = NULL;
	int fd = -1;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]) && fd < 0; i++)
		fd = open_in(dirs[i]);
	if (fd < 0)
		fd = memfd_create("lsmctl", MFD_CLOEXEC);
	if (fd >= 0)
		file = fdopen(fd, "w+");
	if (!file) {
		error_errno(err, errno, "cannot make a temporary file");
		if (fd >= 0)
			close(fd);
	}
	return file;
}
