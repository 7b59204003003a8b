// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "unit.h"

#define SERVICE ".service"

static int bad_unit(struct error *err, const char *name, const char *why)
{
	return error_set(err, ERR_INPUT, "bad unit, near '%.64s%s': %s", name, strlen(name) > 64 ? "..." : "", why);
}

/* Returns where the suffix of a unit's name starts, or NULL. */
static const char *suffix_of(const char *name, const char *const suffixes[])
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && suffixes[i]; i++) {
		if (!strcmp(dot, suffixes[i]))
			return dot;
	}
	return NULL;
}

/*
 * systemd puts '_' before a cgroup's name that could be a file of the kernel's, or could have been made so. Its
 * versions differ in whether they know the controllers of version 1.
 */
static bool is_escaped(const char *name)
{
	static const char *const files[] = {
		"_",
		".",
		"cgroup.",
		"cpu.",
		"cpuacct.",
		"cpuset.",
		"io.",
		"blkio.",
		"memory.",
		"devices.",
		"pids.",
		"bpf-firewall.",
		"bpf-devices.",
		"bpf-foreign.",
		"bpf-socket-bind.",
		"bpf-restrict-network-interfaces.",
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (!strncmp(name, files[i], strlen(files[i])))
			return true;
	}
	return false;
}

/* Not isalnum(), which depends on the locale. */
static size_t plain_length(const char *name)
{
	return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@*");
}

int unit_parse(const char *name, char cgroup[CGROUP_SIZE], struct error *err)
{
	static const char *const with[] = {".service", ".scope", UNIT_SLICE, ".socket", ".mount", ".swap", NULL};
	static const char *const without[] = {".target", ".timer", ".path", ".device", ".automount", NULL};
	const char *star = strchr(name, '*'), *dot = strrchr(name, '.'), *suffix = suffix_of(name, with);
	size_t stem = suffix ? (size_t)(suffix - name) : strlen(name);
	char found[NAME_SIZE + 1] = "_", *whole = found + 1;
	int len;

	if (!stem)
		return bad_unit(err, name, "type the name of a unit, such as web.service");
	if (strchr(name, '/'))
		return bad_unit(
			err, name,
			"a unit's name has no '/': type it as systemctl shows it (web.service), or a path after 'cgroup'");
	if (name[plain_length(name)])
		return bad_unit(
			err, name,
			"a unit's name has only letters, digits and ':-_.\\@': type it as systemctl shows it, or as systemd-escape prints it");
	if (star && strchr(star + 1, '*'))
		return bad_unit(err, name, "a name has one '*' at most, such as in 'web@*.service'");
	if (suffix_of(name, without))
		return bad_unit(err, name,
				"units of this kind have no processes: type the .service that it starts or waits for");
	if (dot && star && star > dot)
		return bad_unit(err, name,
				"a pattern ends in the kind of unit: type .service, .scope or .slice behind it");
	if (!strcmp(name, "-" UNIT_SLICE))
		return bad_unit(err, name, "that slice has all processes: type 'cgroup /', or no subject");
	if (name[stem - 1] == '@')
		return bad_unit(err, name,
				"a template has no processes: type '*' behind its '@', for all its instances");
	len = snprintf(whole, NAME_SIZE, "%s%s", name, suffix ? "" : SERVICE);
	if (len + is_escaped(whole) >= NAME_SIZE)
		return bad_unit(err, name, "a unit's name has at most 255 bytes");
	_Static_assert(NAME_SIZE == 256, "what the message says");
	strcpy(cgroup, is_escaped(whole) ? found : whole);
	return 0;
}

const char *unit_name(const char *cgroup)
{
	return cgroup + (*cgroup == '_');
}

int user_slice_parse(const char *user, char cgroup[CGROUP_SIZE], struct error *err)
{
	uint32_t uid;

	if (id_parse(SUBJECT_UID, user, &uid, err))
		return -1;
	snprintf(cgroup, CGROUP_SIZE, "/user.slice/user-%u" UNIT_SLICE, uid);
	return 0;
}
