// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "map_holders.h"

/* True when a file below dir has a line that starts with all of this text. */
static bool has_line(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char line[512];
	bool has = false;

	while (file && !has && fgets(line, sizeof(line), file))
		has = strstr(line, text) != NULL;
	if (file)
		fclose(file);
	else if (fd >= 0)
		close(fd);
	return has;
}

/* True when one of the descriptors in /proc/PID/task/TID/fdinfo is of the map. */
static bool has_fd(const char *path, const char *text)
{
	DIR *files = opendir(path);
	const struct dirent *entry;
	bool has = false;

	while (files && !has && (entry = readdir(files)))
		has = isdigit((unsigned char)entry->d_name[0]) && has_line(dirfd(files), entry->d_name, text);
	if (files)
		closedir(files);
	return has;
}

static bool holds(const char *pid, const char *text)
{
	char path[600];
	const struct dirent *entry;
	bool has = false;
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%.20s/task", pid);
	threads = opendir(path);
	while (threads && !has && (entry = readdir(threads))) {
		snprintf(path, sizeof(path), "/proc/%.20s/task/%.20s/fdinfo", pid, entry->d_name);
		has = isdigit((unsigned char)entry->d_name[0]) && has_fd(path, text);
	}
	if (threads)
		closedir(threads);
	return has;
}

/* Returns a process that has a descriptor with this line; *mapped: else one that has a BPF map in its memory, or NULL.
 */
static pid_t find(const char *text, pid_t *mapped)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	pid_t found = 0;
	char path[600];

	while (proc && !found && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]) || atoi(entry->d_name) == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/maps", entry->d_name);
		if (holds(entry->d_name, text))
			found = atoi(entry->d_name);
		else if (mapped && !*mapped && has_line(AT_FDCWD, path, "anon_inode:bpf-map"))
			*mapped = atoi(entry->d_name);
	}
	if (proc)
		closedir(proc);
	return found;
}

pid_t map_holder(uint32_t map_id, bool *sure)
{
	pid_t found, mapped = 0;
	char text[32];

	snprintf(text, sizeof(text), "map_id:\t%u\n", map_id);
	found = find(text, &mapped);
	*sure = found;
	return found ? found : mapped;
}

pid_t program_holder(uint32_t prog_id)
{
	char text[32];

	snprintf(text, sizeof(text), "prog_id:\t%u\n", prog_id);
	return find(text, NULL);
}
