// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/sockios.h>
#include <bpf/bpf.h>
#include "base/array.h"
#include "holders.h"

/* Returns the inode of a socket from the text of its link, or 0. */
static uint32_t inode_of(const char *link)
{
	uint32_t inode = 0;

	if (strncmp(link, "socket:[", 8) != 0)
		return 0;
	for (link += 8; isdigit((unsigned char)*link); link++)
		inode = inode * 10 + (uint32_t)(*link - '0');
	return inode;
}

static int add(struct holders *holders, uint32_t inode, pid_t pid, int fd)
{
	struct holder *at = array_with_room_for_one(holders->at, holders->n, sizeof(*at));

	if (!at)
		return -ENOMEM;
	holders->at = at;
	at[holders->n++] = (struct holder){.inode = inode, .pid = pid, .fd = fd};
	return 0;
}

static int look_at(struct holders *holders, const char *process)
{
	char path[300], link[32];
	const struct dirent *entry;
	int ret = 0;
	DIR *files;

	snprintf(path, sizeof(path), "/proc/%s/fd", process);
	files = opendir(path);
	while (files && !ret && (entry = readdir(files))) {
		ssize_t len = readlinkat(dirfd(files), entry->d_name, link, sizeof(link) - 1);
		uint32_t inode;

		link[len > 0 ? len : 0] = '\0';
		inode = inode_of(link);
		if (inode)
			ret = add(holders, inode, atoi(process), atoi(entry->d_name));
	}
	if (files)
		closedir(files);
	return ret;
}

static int compare(const void *a, const void *b)
{
	const struct holder *one = a, *two = b;

	if (one->inode != two->inode)
		return one->inode < two->inode ? -1 : 1;
	return one->pid != two->pid ? (one->pid < two->pid ? -1 : 1) : one->fd - two->fd;
}

static int look_at_all(struct holders *holders)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int ret = 0;

	if (!proc)
		return -errno;
	while (!ret && (entry = readdir(proc))) {
		if (isdigit((unsigned char)entry->d_name[0]))
			ret = look_at(holders, entry->d_name);
	}
	closedir(proc);
	return ret;
}

/* Reads what is left, whole holders and parts of them. */
static int read_all(struct holders *holders, int fd)
{
	size_t size = 0, room = 0;
	ssize_t got = 1;

	while (got) {
		if (size == room) {
			void *at = realloc(holders->at, room = room ? 2 * room : 65536);

			if (!at)
				return -ENOMEM;
			holders->at = at;
		}
		got = read(fd, (char *)holders->at + size, room - size);
		if (got > 0)
			size += (size_t)got;
		else if (got < 0 && errno != EINTR && errno != EAGAIN) /* again: after many that are no sockets */
			return -errno;
	}
	holders->n = size / sizeof(*holders->at);
	return 0;
}

static int ask(struct holders *holders, int prog)
{
	int link = bpf_link_create(prog, 0, BPF_TRACE_ITER, NULL), fd = link < 0 ? -1 : bpf_iter_create(link),
	    ret = fd < 0 ? -errno : read_all(holders, fd);

	if (fd >= 0)
		close(fd);
	if (link >= 0)
		close(link);
	return ret;
}

int holders_find(struct holders *holders, int prog, struct error *err)
{
	int ret;

	holders_free(holders);
	*holders = (struct holders){};
	ret = prog < 0 ? look_at_all(holders) : ask(holders, prog);
	if (ret)
		return error_errno(err, -ret, "cannot list the sockets of processes");
	if (holders->n)
		qsort(holders->at, holders->n, sizeof(*holders->at), compare);
	return 0;
}

void holders_free(struct holders *holders)
{
	free(holders->at);
}

struct holder *holders_of(const struct holders *holders, uint32_t inode, uint32_t *n)
{
	size_t low = 0, high = holders->n;

	*n = 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (holders->at[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = low; i < holders->n && holders->at[i].inode == inode; i++)
		*n += i == low || holders->at[i].pid != holders->at[i - 1].pid;
	return *n ? &holders->at[low] : NULL;
}

int holder_open_net(const struct holder *holder)
{
	int process = (int)syscall(SYS_pidfd_open, holder->pid, 0), copy = -1, net = -1;

	if (process >= 0)
		copy = (int)syscall(SYS_pidfd_getfd, process, holder->fd, 0);
	if (copy >= 0)
		net = ioctl(copy, SIOCGSKNS);
	if (copy >= 0)
		close(copy);
	if (process >= 0)
		close(process);
	return net;
}
