// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include "names.h"
#include "num.h"
#include "subject.h"
#include "text.h"

#define MAX_UID 4294967294u /* (uid_t)-1 is nobody at all */

int uid_parse(const char *word, uint32_t *uid, struct error *err)
{
	const struct passwd *user;
	uint64_t number;
	int ret = num_parse(word, MAX_UID, &number);

	if (!ret) {
		*uid = (uint32_t)number;
		return 0;
	}
	if (ret == -ERANGE)
		return error_set(err, ERR_INPUT, "bad user, near '%.64s': a uid is 0 to 4294967294", word);
	user = *word ? getpwnam(word) : NULL;
	if (!user)
		return error_set(err, ERR_INPUT, "no such user, near '%.64s': type a user's name or a uid%s", word,
				 names_users_hint());
	*uid = user->pw_uid;
	return 0;
}

static int bad_cgroup(struct error *err, const char *path, const char *why)
{
	return error_set(err, ERR_INPUT, "bad cgroup, near '%.64s%s': %s", path, strlen(path) > 64 ? "..." : "", why);
}

int cgroup_parse(const char *path, char cgroup[CGROUP_SIZE], struct error *err)
{
	const char *at = path;
	char found[CGROUP_SIZE];
	size_t len = 0;

	if (*path != '/')
		return bad_cgroup(err, path, "its path begins with '/', such as /system.slice/web.service");
	if (!text_is_plain(path))
		return bad_cgroup(err, path, "only printable UTF-8 on one line");
	/* "/sys/fs/cgroupx" is another name: behind it comes a slash, or the end, which strchr() finds too. */
	if (!strncmp(at, CGROUP_MOUNTPOINT, strlen(CGROUP_MOUNTPOINT)) && strchr("/", at[strlen(CGROUP_MOUNTPOINT)]))
		at += strlen(CGROUP_MOUNTPOINT);
	/* A name at a time: slashes that follow one another are one. */
	while (at += strspn(at, "/"), *at) {
		size_t name = strcspn(at, "/");

		if ((name == 1 && at[0] == '.') || (name == 2 && at[0] == '.' && at[1] == '.'))
			return bad_cgroup(err, path,
					  "'.' and '..' are no names of cgroups: type the path without them");
		if (name > CGROUP_SIZE || len + 1 + name >= CGROUP_SIZE)
			return bad_cgroup(err, path, "its path is too long: 511 bytes at most");
		_Static_assert(CGROUP_SIZE == 512, "what the message says");
		found[len++] = '/';
		memcpy(found + len, at, name);
		len += name;
		at += name;
	}
	if (!len)
		found[len++] = '/';
	found[len] = '\0';
	memcpy(cgroup, found, len + 1);
	return 0;
}

/* Not isalnum(), which asks the locale. */
static bool is_set_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
	       c == '.';
}

int set_parse(const char *word, char set[SET_SIZE], struct error *err)
{
	size_t len = 0;

	while (is_set_character(word[len]))
		len++;
	if (!*word || word[len] || *word == '-' || len >= SET_SIZE)
		return error_set(
			err, ERR_INPUT,
			"bad set, near '%.64s': its name is 1 to %d letters, digits, '-', '_' and '.', and does "
			"not begin with '-'",
			word, SET_SIZE - 1);
	memcpy(set, word, len + 1);
	return 0;
}
