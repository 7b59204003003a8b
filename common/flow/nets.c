// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include "base/array.h"
#include "nets.h"

#define RESERVED 64 /* files for all else that a command opens */

struct visit {
	int ns; /* -1: this process's own */
	struct net *net;
	int error;
};

/* The kernel shows a thread the files of the namespace in which it is. */
static void look_around(struct net *net)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	unsigned int from, to;

	if (file && fscanf(file, "%5u %5u", &from, &to) == 2) {
		net->ports[0] = (uint16_t)from;
		net->ports[1] = (uint16_t)to;
	}
	if (file)
		fclose(file);
	net->sctp = !access("/proc/thread-self/net/sctp", F_OK);
}

static void *visit(void *arg)
{
	struct visit *visit = arg;

	if (visit->ns >= 0 && setns(visit->ns, CLONE_NEWNET)) {
		visit->error = errno;
		return NULL;
	}
	visit->net->diag = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (visit->net->diag < 0)
		visit->error = errno;
	else
		look_around(visit->net);
	return NULL;
}

/* Sets up a namespace. 0 or an errno. */
static int enter(int ns, struct net *net)
{
	struct visit at = {.ns = ns, .net = net};
	pthread_t thread;
	int error = pthread_create(&thread, NULL, visit, &at);

	if (error)
		return error;
	pthread_join(thread, NULL);
	return at.error;
}

static struct net *net_of(const struct nets *nets, const struct stat *st)
{
	for (size_t i = 0; i < nets->n; i++) {
		if (nets->at[i].inode == st->st_ino && nets->at[i].dev == st->st_dev)
			return &nets->at[i];
	}
	return NULL;
}

/* Files have the lowest free numbers: returns whether there are enough above this one. */
static bool leaves_room(int fd)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) || (rlim_t)fd + RESERVED < limit.rlim_cur;
}

/* What has just ended is no loss. */
static void count_unseen(struct nets *nets, int error)
{
	if (error != ENOENT && error != ESRCH && !nets->unseen++)
		snprintf(nets->why, sizeof(nets->why), "%s", strerror(error));
}

bool nets_add(struct nets *nets, int fd, const char *name)
{
	struct net *at, *there, net = {.diag = -1, .ports = {32768, 60999}};
	struct stat st;
	int error;

	if (fstat(fd, &st))
		return false;
	there = net_of(nets, &st);
	if (there && name && !there->name)
		there->name = strdup(name);
	if (there || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return false;
	at = array_with_room_for_one(nets->at, nets->n, sizeof(*at));
	if (!at)
		return false;
	nets->at = at;
	net.dev = st.st_dev;
	net.inode = st.st_ino;
	net.name = name ? strdup(name) : NULL;
	error = enter(fd, &net);
	if (!error && !leaves_room(net.diag)) {
		close(net.diag);
		net.diag = -1;
		error = EMFILE;
	}
	if (error)
		count_unseen(nets, error);
	at[nets->n++] = net;
	return !error;
}

static void add_path(struct nets *nets, const char *path, const char *name)
{
	struct stat st;
	const struct net *there;
	int fd;

	if (stat(path, &st)) {
		count_unseen(nets, errno);
		return;
	}
	/* Most processes share one. */
	if ((there = net_of(nets, &st)) && (!name || there->name))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		count_unseen(nets, errno);
		return;
	}
	nets_add(nets, fd, name);
	close(fd);
}

/* Replaces \ooo, which stands for blanks in a path of mountinfo. */
static void unescape(const char *from, char *to)
{
	unsigned int byte;

	while (*from) {
		if (*from == '\\' && sscanf(from + 1, "%3o", &byte) == 1 && strlen(from) >= 4) {
			*to++ = (char)byte;
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

/* "42 28 0:4 net:[4026532211] /run/netns/blue rw shared:5 - nsfs nsfs rw" */
bool nets_mounted(char *line, char path[PATH_MAX])
{
	char *rest = line, *root = NULL, *place = NULL;

	for (int i = 0; i < 5 && rest; i++) {
		root = place;
		place = strsep(&rest, " ");
	}
	if (!rest || !root || !place || strncmp(root, "net:[", 5) != 0 || strlen(place) >= PATH_MAX)
		return false;
	unescape(place, path);
	return true;
}

static void add_mounted(struct nets *nets)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, path[PATH_MAX];
	size_t room = 0;

	while (mounts && getline(&line, &room, mounts) > 0) {
		if (nets_mounted(line, path))
			add_path(nets, path, strncmp(path, "/run/netns/", 11) != 0 ? path : path + 11);
	}
	free(line);
	if (mounts)
		fclose(mounts);
}

static void add_processes(struct nets *nets)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	char path[300];

	while (proc && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/ns/net", entry->d_name);
		add_path(nets, path, NULL);
	}
	if (proc)
		closedir(proc);
}

/* A namespace takes a file. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int nets_find(struct nets *nets, struct error *err)
{
	if (!nets->n) {
		struct net *own = array_with_room_for_one(NULL, 0, sizeof(*own));
		struct stat st;
		int error;

		if (!own)
			return error_errno(err, ENOMEM, "cannot list the network namespaces");
		*own = (struct net){.diag = -1, .ports = {32768, 60999}};
		error = stat("/proc/thread-self/ns/net", &st) ? errno : enter(-1, own);
		if (error) {
			free(own);
			return error_errno(err, error, "cannot look at the sockets of this network namespace");
		}
		own->dev = st.st_dev;
		own->inode = st.st_ino;
		nets->at = own;
		nets->n = 1;
		raise_limit();
	}
	add_mounted(nets);
	add_processes(nets);
	return 0;
}

int nets_enter(const struct net *net)
{
	int ns = ioctl(net->diag, SIOCGSKNS), error;

	if (ns < 0)
		return errno;
	error = setns(ns, CLONE_NEWNET) ? errno : 0;
	close(ns);
	return error;
}

void nets_free(struct nets *nets)
{
	for (size_t i = 0; i < nets->n; i++) {
		free(nets->at[i].name);
		if (nets->at[i].diag >= 0)
			close(nets->at[i].diag);
	}
	free(nets->at);
}
