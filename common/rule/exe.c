// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/text.h"
#include "exe.h"

#define MOST_NAMES 31 /* in a path */

static int bad_exe(struct error *err, const char *path, const char *why)
{
	return error_set(err, ERR_INPUT, "bad program, near '%.64s%s': %s", path, strlen(path) > 64 ? "..." : "", why);
}

static int check_names(const char *word, const char *path, struct error *err)
{
	size_t n = 0;

	for (const char *at = path + 1;; at++) {
		size_t len = strcspn(at, "/");

		if (!len)
			return bad_exe(err, word, "type its path without empty names, and without a slash at its end");
		if ((len == 1 && at[0] == '.') || (len == 2 && at[0] == '.' && at[1] == '.'))
			return bad_exe(err, word, "'.' and '..' are not its path: type the path without them");
		if (len >= NAME_SIZE)
			return bad_exe(err, word, "a name has at most 255 bytes");
		if (++n > MOST_NAMES)
			return bad_exe(err, word, "a path has at most 31 names");
		_Static_assert(MOST_NAMES == 31 && NAME_SIZE == 256, "what the messages say");
		at += len;
		if (!*at)
			return 0;
	}
}

/* Follows the links of the path, or of its directory when the file is not there. False: as it is. */
static bool resolve(const char *path, char to[PATH_MAX])
{
	const char *last = strrchr(path, '/');
	char directory[CGROUP_SIZE];

	if (realpath(path, to))
		return true;
	memcpy(directory, path, (size_t)(last - path));
	directory[last - path] = '\0';
	if (errno != ENOENT || !*directory || !realpath(directory, to) || strlen(to) + strlen(last) >= PATH_MAX)
		return false;
	strcat(strcmp(to, "/") != 0 ? to : strcpy(to, ""), last);
	return true;
}

int exe_parse(const char *word, char exe[CGROUP_SIZE], struct error *err)
{
	char real[PATH_MAX];

	if (*word != '/')
		return bad_exe(err, word, "its path starts with '/', such as /usr/bin/curl ('command -v' shows it)");
	if (!text_is_plain(word))
		return bad_exe(err, word, "only printable UTF-8 on one line");
	if (strlen(word) >= CGROUP_SIZE)
		return bad_exe(err, word, "its path is longer than 511 bytes");
	_Static_assert(CGROUP_SIZE == 512, "what the message says");
	if (check_names(word, word, err))
		return -1;
	if (!resolve(word, real) || !text_is_plain(real) || !strcmp(real, "/"))
		strcpy(real, word);
	if (strlen(real) >= CGROUP_SIZE)
		return bad_exe(err, word, "what its links lead to has a path of more than 511 bytes");
	if (check_names(word, real, err))
		return -1;
	strcpy(exe, real);
	return 0;
}

bool exe_is_script(const char *exe)
{
	int fd = open(exe, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char first[2];
	bool script = fd >= 0 && read(fd, first, sizeof(first)) == sizeof(first) && first[0] == '#' && first[1] == '!';

	if (fd >= 0)
		close(fd);
	return script;
}

int exe_check(const char *exe, struct error *err)
{
	struct stat there;

	if (stat(exe, &there))
		return 0;
	if (S_ISDIR(there.st_mode))
		return bad_exe(err, exe, "this is a directory: type the path of a program in it");
	if (!S_ISREG(there.st_mode))
		return bad_exe(err, exe, "this is no file that can be run");
	if (exe_is_script(exe))
		return bad_exe(
			err, exe,
			"this is a script, and the kernel sees its interpreter: start it in a cgroup or a group of its own, and use that");
	return 0;
}

bool exe_is_missing(const char *exe)
{
	return access(exe, F_OK) && (errno == ENOENT || errno == ENOTDIR);
}

bool exe_leads_elsewhere(const char *exe, char to[CGROUP_SIZE])
{
	char real[PATH_MAX];

	if (!realpath(exe, real) || !strcmp(real, exe))
		return false;
	memcpy(to, real, strnlen(real, CGROUP_SIZE - 1));
	to[strnlen(real, CGROUP_SIZE - 1)] = '\0';
	return true;
}

/* FNV-1a, with the step before in front. */
uint64_t exe_step(uint64_t from, const char *name, size_t len)
{
	uint64_t hash = (from ^ 0xcbf29ce484222325ull) * 0x9e3779b97f4a7c15ull;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3ull;
	hash ^= hash >> 29;
	return hash ? hash : 1;
}

int exe_each_name(const char *exe, int (*each)(uint64_t from, const char *name, size_t len, uint64_t to, void *arg),
		  void *arg, uint64_t *id)
{
	const char *end = exe + strlen(exe);
	uint64_t from = 0;
	int ret = 0;

	while (!ret && end > exe) {
		const char *name = end;
		uint64_t to;

		while (name > exe && name[-1] != '/')
			name--;
		to = exe_step(from, name, (size_t)(end - name));
		ret = each(from, name, (size_t)(end - name), to, arg);
		from = to;
		end = name > exe ? name - 1 : exe;
	}
	*id = from;
	return ret;
}

static int ignore(uint64_t from, const char *name, size_t len, uint64_t to, void *arg)
{
	(void)from, (void)name, (void)len, (void)to, (void)arg;
	return 0;
}

uint64_t exe_id(const char *exe)
{
	uint64_t id;

	exe_each_name(exe, ignore, NULL, &id);
	return id;
}
