// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lock_key.h"

#define DIGITS ((size_t)64)

_Static_assert(sizeof(struct lock_key) * 2 == DIGITS, "two digits a byte");

static int parse(struct lock_key *key, const char *text)
{
	*key = (struct lock_key){};
	if (strspn(text, "0123456789abcdef") != DIGITS || (text[DIGITS] && strcmp(text + DIGITS, "\n") != 0))
		return -1;
	for (size_t i = 0; i < DIGITS; i++) {
		char c = text[i];

		key->words[i / 16] =
			key->words[i / 16] << 4 | (__u64)(isdigit((unsigned char)c) ? c - '0' : c - 'a' + 10);
	}
	return 0;
}

static int check_file(const char *path, int fd, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return error_errno(err, errno, "cannot examine %s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_INPUT, "bad --key-file, near '%.64s': it is not a file", path);
	if (st.st_uid)
		return error_set(
			err, ERR_INPUT,
			"bad --key-file, near '%.64s': it belongs to uid %u, who can know the key (run 'chown root', or use another)",
			path, st.st_uid);
	if (st.st_mode & 077)
		return error_set(
			err, ERR_INPUT,
			"bad --key-file, near '%.64s': others can read it (mode %04o): run 'chmod 0600' on it, or use another",
			path, st.st_mode & 07777);
	return 0;
}

static ssize_t read_all(int fd, char *text, size_t size)
{
	size_t n = 0;
	ssize_t got;

	while (n < size && (got = read(fd, text + n, size - n))) {
		if (got < 0 && errno != EINTR)
			return -errno;
		n += got > 0 ? (size_t)got : 0;
	}
	return (ssize_t)n;
}

int lock_key_read(struct lock_key *key, const char *path, struct error *err)
{
	bool from_input = !strcmp(path, "-");
	int fd = from_input ? STDIN_FILENO : open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char text[DIGITS + 3] = "";
	ssize_t n = 0;
	int ret = 0;

	if (fd < 0 && errno == ENOENT)
		return error_set(
			err, ERR_INPUT,
			"bad --key-file, near '%.64s': no such file ('lsmctl lock --create --key-file FILE' makes one)",
			path);
	if (fd < 0)
		return error_errno(err, errno, "cannot open %.200s", path);
	if (!from_input)
		ret = check_file(path, fd, err);
	if (!ret) {
		n = read_all(fd, text, sizeof(text) - 1);
		ret = n < 0 ? error_errno(err, (int)-n, "cannot read %.200s", path) : 0;
	}
	if (!ret && parse(key, text))
		ret = error_set(
			err, ERR_INPUT,
			"bad --key-file, near '%.64s': it must have %zu hexadecimal digits, as 'lsmctl lock --create' writes them",
			path, DIGITS);
	explicit_bzero(text, sizeof(text));
	if (!from_input)
		close(fd);
	return ret;
}

int lock_key_create(struct lock_key *key, const char *path, struct error *err)
{
	char text[DIGITS + 2];
	int fd, ret = 0;

	if (getrandom(key, sizeof(*key), 0) != sizeof(*key))
		return error_errno(err, errno, "cannot make a key");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, errno, "cannot make %.200s", path);
	for (size_t i = 0; i < LOCK_KEY_WORDS; i++)
		snprintf(text + 16 * i, sizeof(text) - 16 * i, "%016llx", (unsigned long long)key->words[i]);
	strcpy(text + DIGITS, "\n");
	if (fchmod(fd, 0600) || write(fd, text, DIGITS + 1) != (ssize_t)DIGITS + 1 || fsync(fd))
		ret = error_errno(err, errno, "cannot write %.200s", path);
	close(fd);
	if (ret)
		unlink(path);
	explicit_bzero(text, sizeof(text));
	return ret;
}
