// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include "base/nss.h"
#include "base/num.h"
#include "base/text.h"
#include "exe.h"
#include "subject.h"

#define MAX_ID 4294967294u /* (uid_t)-1 is not a user, and (gid_t)-1 no group */

static bool find_user(const char *name, uint32_t *uid)
{
	const struct passwd *user = getpwnam(name);

	if (user)
		*uid = user->pw_uid;
	return user;
}

static bool find_group(const char *name, uint32_t *gid)
{
	const struct group *group = getgrnam(name);

	if (group)
		*gid = group->gr_gid;
	return group;
}

/* The words for users and for groups. */
static const struct ids {
	const char *word, *person, *persons;
	bool (*find)(const char *name, uint32_t *id);
} users = {"uid", "user", "user names", find_user}, groups = {"gid", "group", "group names", find_group};

static const struct ids *ids_of(enum subject_kind kind)
{
	return kind == SUBJECT_GID || kind == SUBJECT_GIDS ? &groups : &users;
}

const char *ids_word(enum subject_kind kind)
{
	return ids_of(kind)->word;
}

int id_parse(enum subject_kind kind, const char *word, uint32_t *id, struct error *err)
{
	const struct ids *ids = ids_of(kind);
	uint64_t number;
	int ret = num_parse(word, MAX_ID, &number);

	if (!ret) {
		*id = (uint32_t)number;
		return 0;
	}
	if (ret == -ERANGE)
		return error_set(err, ERR_INPUT, "bad %s, near '%.64s': a %s is 0 to 4294967294", ids->person, word,
				 ids->word);
	if (*word && ids->find(word, id))
		return 0;
	return error_set(err, ERR_INPUT, "no such %s, near '%.64s': type a %s's name or a %s%s", ids->person, word,
			 ids->person, ids->word, nss_users_hint());
}

void id_name(enum subject_kind kind, uint32_t id, char name[ID_NAME_SIZE])
{
	bool group = ids_of(kind) == &groups;
	const struct passwd *user = group ? NULL : getpwuid(id);
	const struct group *found = group ? getgrgid(id) : NULL;

	snprintf(name, ID_NAME_SIZE, "%s", user ? user->pw_name : found ? found->gr_name : "");
}

/* Splits a word at a dash, and parses both parts. */
static bool split_ids(enum subject_kind kind, const char *word, const char *dash, uint32_t *from, uint32_t *to)
{
	struct error ignored = {};
	char first[256];

	if (dash == word || !dash[1] || dash - word >= (int)sizeof(first))
		return false;
	snprintf(first, sizeof(first), "%.*s", (int)(dash - word), word);
	return !id_parse(kind, first, from, &ignored) && !id_parse(kind, dash + 1, to, &ignored);
}

int ids_parse(enum subject_kind kind, const char *word, uint32_t *from, uint32_t *to, struct error *err)
{
	bool numbers = word[strspn(word, "0123456789-")] == '\0';
	const struct ids *ids = ids_of(kind);
	const char *dash = strchr(word, '-');
	struct error none = {};
	int found = 0;

	/* Two numbers are a range, even when a user or a group has that name. */
	if (!(numbers && dash) && !id_parse(kind, word, from, &none)) {
		*to = *from;
		return 0;
	}
	for (; dash; dash = strchr(dash + 1, '-')) {
		uint32_t first = 0, last = 0;

		if (!split_ids(kind, word, dash, &first, &last))
			continue;
		*from = first;
		*to = last;
		found++;
	}
	if (!found)
		return id_parse(kind, word, from, err);
	if (found > 1)
		return error_set(err, ERR_INPUT, "ambiguous %s range, near '%.64s': %s may contain '-', so type %ss",
				 ids->person, word, ids->persons, ids->word);
	return *from <= *to ? 0
			    : error_set(err, ERR_INPUT,
					"bad %s range, near '%.64s': %u is above %u: the lower %s comes first",
					ids->person, word, *from, *to, ids->word);
}

static int bad_cgroup(struct error *err, const char *path, const char *why)
{
	return error_set(err, ERR_INPUT, "bad cgroup, near '%.64s%s': %s", path, strlen(path) > 64 ? "..." : "", why);
}

int cgroup_parse(const char *path, char cgroup[CGROUP_SIZE], struct error *err)
{
	const char *at = path;
	char found[CGROUP_SIZE];
	size_t len = 0, levels = 0;

	if (*path != '/')
		return bad_cgroup(err, path, "its path starts with '/', such as /system.slice/web.service");
	if (!text_is_plain(path))
		return bad_cgroup(err, path, "only printable UTF-8 on one line");
	/* "/sys/fs/cgroupx" is another name: a slash must follow, or the end, which strchr() also finds. */
	if (!strncmp(at, CGROUP_MOUNTPOINT, strlen(CGROUP_MOUNTPOINT)) && strchr("/", at[strlen(CGROUP_MOUNTPOINT)]))
		at += strlen(CGROUP_MOUNTPOINT);
	/* Goes name by name: several slashes count as one. */
	while (at += strspn(at, "/"), *at) {
		size_t name = strcspn(at, "/");

		if ((name == 1 && at[0] == '.') || (name == 2 && at[0] == '.' && at[1] == '.'))
			return bad_cgroup(err, path, "'.' and '..' are not cgroup names: type the path without them");
		if (memchr(at, '*', name) && memchr(at, '*', name) != memrchr(at, '*', name))
			return bad_cgroup(err, path,
					  "a name has one '*' at most, such as in /system.slice/docker-*.scope");
		if (name >= NAME_SIZE)
			return bad_cgroup(err, path, "a cgroup's name has at most 255 bytes");
		if (++levels >= CGROUP_DEPTH)
			return bad_cgroup(err, path, "rules are for cgroups of at most 31 levels");
		_Static_assert(CGROUP_DEPTH == 32 && NAME_SIZE == 256, "what the messages say");
		if (name > CGROUP_SIZE || len + 1 + name >= CGROUP_SIZE)
			return bad_cgroup(err, path, "its path is longer than 511 bytes");
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

bool cgroup_name_fits(const char *wanted, size_t len, const char *name, size_t size)
{
	const char *star = memchr(wanted, '*', len);
	size_t before = star ? (size_t)(star - wanted) : len, after = star ? len - before - 1 : 0;

	if (!star)
		return len == size && !memcmp(wanted, name, len);
	return before + after <= size && !memcmp(wanted, name, before) && !memcmp(star + 1, name + size - after, after);
}

bool cgroup_is_unit(const char *cgroup)
{
	return *cgroup && *cgroup != '/';
}

/* Goes down to the first cgroup that is no slice. */
static bool covers_below_unit(const char *unit, const char *path)
{
	size_t size;

	while (path += strspn(path, "/"), size = strcspn(path, "/"), size) {
		if (cgroup_name_fits(unit, strlen(unit), path, size))
			return true;
		if (!cgroup_name_fits("*" UNIT_SLICE, strlen("*" UNIT_SLICE), path, size))
			return false;
		path += size;
	}
	return false;
}

bool cgroup_covers(const char *cgroup, const char *path)
{
	if (cgroup_is_unit(cgroup))
		return covers_below_unit(cgroup, path);
	while (cgroup += strspn(cgroup, "/"), *cgroup) {
		size_t len = strcspn(cgroup, "/"), size;

		path += strspn(path, "/");
		size = strcspn(path, "/");
		if (!size || !cgroup_name_fits(cgroup, len, path, size))
			return false;
		cgroup += len;
		path += size;
	}
	return true;
}

uint64_t subject_id(const struct rule_spec *rule)
{
	if (rule->subject == SUBJECT_CGROUP)
		return 0;
	if (rule->subject == SUBJECT_EXE)
		return exe_id(rule->exe);
	return is_range(rule->subject) ? range_id(rule->id, rule->id_to) : rule->id;
}

bool subject_covers(const struct rule_spec *rule, const struct who *who)
{
	switch (rule->subject) {
	case SUBJECT_EVERYONE:
		break;
	case SUBJECT_UID:
		return who->uid == rule->id;
	case SUBJECT_UIDS:
		return who->uid >= rule->id && who->uid <= rule->id_to;
	case SUBJECT_GID:
		return who->gid == rule->id;
	case SUBJECT_GIDS:
		return who->gid >= rule->id && who->gid <= rule->id_to;
	case SUBJECT_CGROUP:
		return who->cgroup && cgroup_covers(rule->cgroup, who->cgroup);
	case SUBJECT_EXE:
		return who->exe && who->exe == exe_id(rule->exe);
	}
	return true;
}

bool cgroup_is_literal(const char *cgroup)
{
	return *cgroup == '/' && !strchr(cgroup, '*');
}

/* Not isalnum(), which depends on the locale. */
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
			"bad set, near '%.64s': its name is 1 to %d letters, digits, '-', '_' and '.', and does not start with '-'",
			word, SET_SIZE - 1);
	memcpy(set, word, len + 1);
	return 0;
}
