// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "pins.h"

/* Puts an empty directory of ours where somebody else's thing is, and that thing beside it. -EAGAIN: they were quick.
 */
static int take_place(const char *dir, const char *new, const char *aside)
{
	struct stat st;
	int ret = 0;

	if (mkdir(new, 0700))
		return -errno;
	if (rename(dir, aside) && errno != ENOENT)
		ret = -errno;
	/* Somebody loaded meanwhile, and has done this already. */
	if (!ret && !lstat(aside, &st) && st.st_uid == geteuid()) {
		ret = rename(aside, dir) ? -errno : 0;
		rmdir(new);
		return ret;
	}
	/* An empty directory that is there again by now goes too. */
	if (!ret && rename(new, dir))
		ret = -EAGAIN;
	if (ret)
		rmdir(new);
	return ret;
}

int pins_claim(const char *path, char aside[PATH_MAX], uid_t *owner, struct error *err)
{
	char dir[PATH_MAX], new[PATH_MAX];
	int ret = -EAGAIN, len = (int)strlen(path);
	struct stat st;

	aside[0] = '\0';
	/* A slash at the end would lead through a symbolic link. */
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
		if (snprintf(new, PATH_MAX, "%s-%08x", dir, random) >= PATH_MAX ||
		    snprintf(aside, PATH_MAX, "%s-of-uid-%u-%08x", dir, *owner, random) >= PATH_MAX)
			return error_errno(err, ENAMETOOLONG, "cannot open %s", path);
		ret = take_place(dir, new, aside);
		ret = ret == -EEXIST ? -EAGAIN : ret;
	}
	return ret ? error_errno(err, -ret, "%s belongs to uid %u, and cannot be moved aside", path, *owner) : 0;
}
