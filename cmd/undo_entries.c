// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/num.h"
#include "undo_entries.h"

#define LARGEST (HISTORY_ROOM + 65536) /* bytes: more is not from lsmctl */

/* Returns whether only this user can have written it. */
static bool is_trusted(int fd, mode_t type, struct stat *st)
{
	return !fstat(fd, st) && (st->st_mode & S_IFMT) == type && st->st_uid == geteuid() && !(st->st_mode & 022);
}

/* Reads a file whole. Returns NULL, with errno set, when it cannot, or must not. */
static char *read_file(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	char *text = NULL;
	ssize_t len = 0, got = 1;

	if (fd < 0)
		return NULL;
	errno = EPERM;
	if (is_trusted(fd, S_IFREG, &st) && st.st_size <= LARGEST)
		text = malloc((size_t)st.st_size + 1);
	while (text && len < st.st_size && got > 0) {
		got = read(fd, text + len, (size_t)(st.st_size - len));
		len += got > 0 ? got : 0;
	}
	if (text)
		text[len] = '\0';
	close(fd);
	return text;
}

/* Splits the text into what is said about the change, and its lines. */
static bool parse(struct entry *entry)
{
	unsigned long long time, boot, loaded;
	char *command = strstr(entry->text, "\ncommand "), *end = command ? strstr(command, "\n\n") : NULL;
	int large;

	if (!end ||
	    sscanf(entry->text,
		   "lsmctl-history 1 time %llu boot %llu uid %u login %ld loaded %llu before %u after %u added %u "
		   "removed %u large %d command",
		   &time, &boot, &entry->uid, &entry->login, &loaded, &entry->before, &entry->after, &entry->added,
		   &entry->removed, &large) != 10)
		return false;
	entry->time = time;
	entry->boot = boot;
	entry->loaded = loaded;
	entry->large = large;
	*end = '\0';
	entry->command = command + strlen("\ncommand ");
	entry->lines = end + 2;
	return true;
}

static int compare(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return left < right ? 1 : left > right ? -1 : 0;
}

/* Finds the newest changes. Returns their number, or -errno. */
static int find(int dir_fd, uint32_t numbers[HISTORY_MOST + 1])
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	uint64_t number;
	int n = 0;

	if (!dir) {
		n = -errno;
		if (fd >= 0)
			close(fd);
		return n;
	}
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '0' || num_parse(entry->d_name, UINT32_MAX - 1, &number))
			continue;
		numbers[n++] = (uint32_t)number;
		qsort(numbers, (size_t)n, sizeof(*numbers), compare);
		n = n > HISTORY_MOST ? HISTORY_MOST : n;
	}
	closedir(dir);
	return n;
}

static int read_all(struct entries *entries, int dir_fd, const char *path, uint64_t loaded, struct error *err)
{
	uint32_t numbers[HISTORY_MOST + 1] = {};
	int n = find(dir_fd, numbers);

	if (n < 0)
		return error_errno(err, -n, "cannot read %s", path);
	for (int i = 0; i < n; i++) {
		struct entry *entry = &entries->at[entries->n];
		char name[16];

		snprintf(name, sizeof(name), "%u", numbers[i]);
		*entry = (struct entry){.number = numbers[i], .text = read_file(dir_fd, name)};
		if (!entry->text)
			return error_errno(err, errno, "cannot read %s/%s", path, name);
		entries->n++;
		if (!parse(entry))
			return error_set(err, ERR_SYSTEM, "%s/%s is not what lsmctl has written: remove it", path,
					 name);
		/* Of an earlier load, as are all before it. */
		if (entry->loaded != loaded) {
			free(entry->text);
			entries->n--;
			break;
		}
	}
	return 0;
}

int entries_read(struct entries *entries, const char *pin_dir, uint64_t loaded, struct error *err)
{
	char *path = history_path(pin_dir);
	struct stat st;
	int fd, ret = 0;

	if (!path)
		return error_set(err, ERR_NOT_FOUND, "no history is kept: " HISTORY_DIR_ENV " is empty");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT)
		ret = error_errno(err, errno, "cannot open %s", path);
	else if (fd >= 0 && !is_trusted(fd, S_IFDIR, &st))
		ret = error_set(err, ERR_PERMISSION, "%s is not used: others can write there, or it is another user's",
				path);
	else if (fd >= 0)
		ret = read_all(entries, fd, path, loaded, err);
	if (fd >= 0)
		close(fd);
	free(path);
	return ret;
}

void entries_free(struct entries *entries)
{
	for (size_t i = 0; i < entries->n; i++)
		free(entries->at[i].text);
	*entries = (struct entries){};
}
