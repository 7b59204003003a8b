/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that takes another's place in one step, or is not there at all. What runs as root writes into directories of
 * others, too: whoever may write to a directory can put a symbolic link into it at any moment. So each directory on the
 * way is opened in the one before it, a link is followed only where nobody but root and we can have made it, and the
 * new file is made, and put in its place, in the last directory by its fd.
 */
#ifndef LSMCTL_NEW_FILE_H
#define LSMCTL_NEW_FILE_H

#include <limits.h>
#include <stdio.h>
#include "error.h"

struct new_file {
	FILE *to;		 /* write here; errors are found by new_file_end() */
	int dir_fd;		 /* -1: it is no plain file (a pipe, a terminal), and is written to as it is */
	char name[NAME_MAX + 1]; /* the one whose place it takes */
	char temporary[32];
};

/* path: borrowed, for messages. End it on success. */
int new_file_open(struct new_file *file, const char *path, struct error *err);
/* Closes it; with keep it has the name then, and is on the disk. Without, or on an error, all is as it was. */
int new_file_end(struct new_file *file, const char *path, int keep, struct error *err);

#endif
