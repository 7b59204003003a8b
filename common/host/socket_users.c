// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "holders.h"
#include "socket_users.h"

/* Sockets of one use, by inode. */
struct wanted {
	uint32_t inode;
	unsigned int use;
};

struct search {
	struct wanted *at;
	size_t n;
	struct socket_user *users;
	size_t n_users;
};

static void want(struct search *search, uint32_t inode, unsigned int use)
{
	struct wanted *at = inode ? array_with_room_for_one(search->at, search->n, sizeof(*at)) : NULL;

	if (!at)
		return;
	search->at = at;
	at[search->n++] = (struct wanted){inode, use};
}

/* Returns word number n of a line, from 0 on, or NULL. */
static const char *word_at(const char *line, int n)
{
	line += strspn(line, " ");
	for (; n && *line; n--) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return *line ? line : NULL;
}

/* "  12: 0100007F:0044 00000000:0000 07 ...": the local port, or the protocol of a raw socket, and as word 9 the inode.
 */
static void read_inet(struct search *search, const char *path, unsigned int port, unsigned int use)
{
	FILE *file = fopen(path, "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		const char *local = word_at(line, 1), *inode = word_at(line, 9),
			   *colon = local ? strchr(local, ':') : NULL;

		if (colon && inode && strtoul(colon + 1, NULL, 16) == port)
			want(search, (uint32_t)strtoul(inode, NULL, 10), use);
	}
	if (file)
		fclose(file);
}

/* Word 8 is the inode. The first line has letters there. */
static void read_packet(struct search *search)
{
	FILE *file = fopen("/proc/net/packet", "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		const char *inode = word_at(line, 8);

		if (inode)
			want(search, (uint32_t)strtoul(inode, NULL, 10), USES_PACKET);
	}
	if (file)
		fclose(file);
}

static int by_pid(const void *a, const void *b)
{
	const struct socket_user *one = a, *two = b;

	return (one->pid > two->pid) - (one->pid < two->pid);
}

/* Adds a use to those of a process. */
static void note(struct search *search, pid_t pid, unsigned int use)
{
	struct socket_user *at;

	for (size_t i = 0; i < search->n_users; i++) {
		if (search->users[i].pid == pid) {
			search->users[i].uses |= use;
			return;
		}
	}
	at = array_with_room_for_one(search->users, search->n_users, sizeof(*at));
	if (!at)
		return;
	search->users = at;
	at += search->n_users++;
	*at = (struct socket_user){.pid = pid, .uses = use};
	process_name(pid, at->name);
}

size_t socket_users(struct socket_user **list)
{
	struct holders holders = {};
	struct search search = {};
	struct error ignored = {};

	*list = NULL;
	read_inet(&search, "/proc/net/udp", 68, USES_DHCP);
	read_inet(&search, "/proc/net/udp6", 546, USES_DHCPV6);
	read_inet(&search, "/proc/net/raw6", 58, USES_ICMPV6);
	read_packet(&search);
	if (!search.n)
		return 0;
	if (!holders_find(&holders, -1, &ignored)) {
		const struct holder *end = holders.at + holders.n;

		for (size_t i = 0; i < search.n; i++) {
			const struct holder *at = holders_of(&holders, search.at[i].inode, &(uint32_t){0});

			for (; at && at < end && at->inode == search.at[i].inode; at++)
				note(&search, at->pid, search.at[i].use);
		}
	}
	holders_free(&holders);
	free(search.at);
	if (search.n_users)
		qsort(search.users, search.n_users, sizeof(*search.users), by_pid);
	*list = search.users;
	return search.n_users;
}
