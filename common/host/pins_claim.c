// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "pins.h"

/*
 * Moves another user's object aside, and an empty directory of ours into its place. -EAGAIN: the other user was faster.
 */
static int take_place(const char *dir, const char *empty, const char *aside)
{
	struct stat st;
	int ret = 0;

	if (mkdir(empty, 0700))
		return -errno;
	if (rename(dir, aside) && errno != ENOENT)
		ret = -errno;
	/* Another load was faster and has moved it already. */
	if (!ret && !lstat(aside, &st) && st.st_uid == geteuid()) {
		ret = rename(aside, dir) ? -errno : 0;
		rmdir(empty);
		return ret;
	}
	/* Also replaces an empty directory created meanwhile. */
	if (!ret && rename(empty, dir))
		ret = -EAGAIN;
	if (ret)
		rmdir(empty);
	return ret;
}

int pins_claim(const char *path, char aside[PATH_MAX], uid_t *owner, struct error *err)
{
	char dir[PATH_MAX], empty[PATH_MAX];
	int ret = -EAGAIN, len = (int)strlen(path);
	struct stat st;

	aside[0] = '\0';
	/* A trailing slash makes the kernel follow a symbolic link. */
	while (len > 1 && path[len - 1] == '/')
		len--;
	if (snprintf(dir, PATH_MAX, "%.*s", len, path) >= PATH_MAX)
		return error_errno(err, ENAMETOOLONG, "cannot open %s", path);
	if (geteuid() || lstat(dir, &st) || !st.st_uid)
		return 0;
	*owner = st.st_uid;
	for (int tries = 0; ret == -EAGAIN && tries < 1000; tries++) {
		uint32_t random;

		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return error_errno(err, errno, "cannot find a name to move %s to", path);
		if (snprintf(empty, PATH_MAX, "%s-%08x", dir, random) >= PATH_MAX ||
		    snprintf(aside, PATH_MAX, "%s-of-uid-%u-%08x", dir, *owner, random) >= PATH_MAX)
			return error_errno(err, ENAMETOOLONG, "cannot open %s", path);
		ret = take_place(dir, empty, aside);
		ret = ret == -EEXIST ? -EAGAIN : ret;
	}
	return ret ? error_errno(err, -ret, "%s belongs to uid %u, and cannot be moved aside", path, *owner) : 0;
}
