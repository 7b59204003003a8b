// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cgroup.h"
#include "process.h"

static int read_ids(uint32_t pid, uint32_t *uid, uint32_t *gid, struct error *err)
{
	char path[32], line[256];
	FILE *status;
	int found = 0; /* the line of the groups follows that of the users */

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	status = fopen(path, "re");
	if (!status && errno == ENOENT)
		return error_set(err, ERR_INPUT, "no such process, near '%u': 'ps' shows those there are", pid);
	if (!status)
		return error_errno(err, errno, "cannot open %s", path);
	while (found < 2 && fgets(line, sizeof(line), status))
		found += sscanf(line, "Uid: %u", uid) == 1 || sscanf(line, "Gid: %u", gid) == 1;
	fclose(status);
	return found == 2 ? 0 : error_set(err, ERR_INPUT, "process %u has just ended", pid);
}

int process_read(uint32_t pid, uint32_t *uid, uint32_t *gid, char *cgroup, size_t size, struct error *err)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", pid);
	if (read_ids(pid, uid, gid, err))
		return -1;
	if (!cgroup_of(name, cgroup, size))
		return 0;
	return error_set(
		err, ERR_SYSTEM,
		"the cgroup of process %u is outside of this cgroup namespace: run this command outside of containers",
		pid);
}

bool process_gid(pid_t pid, uint32_t *gid)
{
	struct error ignored = {};
	uint32_t uid;

	return !read_ids((uint32_t)pid, &uid, gid, &ignored);
}

bool process_exe(pid_t pid, char *path, size_t size)
{
	static const char deleted[] = " (deleted)";
	char link[32], found[PATH_MAX];
	struct stat one, other;
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	len = readlink(link, found, sizeof(found) - 1);
	if (len <= 0 || found[0] != '/')
		return false;
	found[len] = '\0';
	if ((size_t)len > strlen(deleted) && !strcmp(found + len - strlen(deleted), deleted))
		found[(size_t)len - strlen(deleted)] = '\0';
	else if (stat(link, &one) || stat(found, &other) || one.st_dev != other.st_dev || one.st_ino != other.st_ino)
		return false;
	if (strlen(found) >= size)
		return false;
	strcpy(path, found);
	return true;
}

void process_file(pid_t pid, const char *file, char *text, size_t size)
{
	char path[64];
	ssize_t len = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, text, size - 1);
		close(fd);
	}
	text[len > 0 ? len : 0] = '\0';
}

void process_name(pid_t pid, char name[PROCESS_NAME_SIZE])
{
	process_file(pid, "comm", name, PROCESS_NAME_SIZE);
	name[strcspn(name, "\n")] = '\0';
}
