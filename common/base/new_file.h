/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a file that replaces another in one step, or leaves it as it is. Root may write into directories of others,
 * and whoever can write to a directory can put a symbolic link into it at any moment. So each directory on the way is
 * opened relative to the one before. Only links that root or this user made are followed. The new file is created and
 * renamed relative to the fd of the last directory.
 */
#ifndef LSMCTL_BASE_NEW_FILE_H
#define LSMCTL_BASE_NEW_FILE_H

#include <limits.h>
#include <stdio.h>
#include "error.h"

struct new_file {
	FILE *to;		 /* write here; new_file_end() reports errors */
	int dir_fd;		 /* -1: not a regular file (a pipe, a terminal), which is written directly */
	char name[NAME_MAX + 1]; /* the name of the file to replace */
	char temporary[32];
};

enum new_file_keep {
	NEW_FILE_DROP,
	NEW_FILE_KEEP,
	NEW_FILE_KEEP_UNSYNCED, /* without waiting for the disk: for what no crash has to survive */
};

/* path: borrowed, for messages. On success, call new_file_end(). */
int new_file_open(struct new_file *file, const char *path, struct error *err);
/* Closes the file. keep: syncs it to disk and gives it its name. NEW_FILE_DROP, or an error: the old file stays. */
int new_file_end(struct new_file *file, const char *path, int keep, struct error *err);

#endif
