/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The network namespaces of this machine, each with a socket inside that asks the kernel about the others there.
 * Threads enter the namespaces, so that this one never leaves its own.
 */
#ifndef LSMCTL_FLOW_NETS_H
#define LSMCTL_FLOW_NETS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"

struct net {
	dev_t dev; /* with inode: which namespace */
	ino_t inode;
	int diag;	   /* NETLINK_SOCK_DIAG, inside; -1: could not enter it */
	char *name;	   /* as in /run/netns, or the path where it is mounted; NULL: none. From outside: escape it */
	uint16_t ports[2]; /* ip_local_port_range: the ports that the kernel chooses from */
	bool sctp;	   /* SCTP is there */
};

/* The caller zeroes it, and frees it with nets_free(). */
struct nets {
	struct net *at; /* the first is this process's */
	size_t n;
	size_t unseen; /* not 0: some could not be entered, and hide what is in them */
	char why[128]; /* the cause of the first of these */
};

/*
 * Finds those of all processes, and those that are mounted. Call it again to find new ones. -1 with the error set when
 * not even this process's own can be looked into.
 */
int nets_find(struct nets *nets, struct error *err);
/* Adds the namespace that an open file stands for. True: it is new. */
bool nets_add(struct nets *nets, int fd, const char *name);
/* Takes the calling thread into one whose diag is open. 0 or an errno. */
int nets_enter(const struct net *net);
void nets_free(struct nets *nets);

/* Finds the place of a mounted namespace in a line of mountinfo; false: the line is of another mount. Changes line. */
bool nets_mounted(char *line, char path[PATH_MAX]);

#endif
