/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pin directory, and the lock on it. Every command that looks at a pin holds the lock, taken here and nowhere else:
 * shared to read, exclusive to change. It goes when the process does, however it ends. The directory itself is never
 * removed, so that all who wait for the lock wait for the same one.
 *
 * Pins are named map_NAME, prog_NAME and link_NAME (bpffs allows no dots). Whatever the layout version, unload can tell
 * them.
 */
#ifndef LSMCTL_PINS_H
#define LSMCTL_PINS_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>
#include "error.h"

#define PINS_DEFAULT_DIR "/sys/fs/bpf/lsm-connect"

enum pins_lock {
	PINS_SHARED,
	PINS_EXCLUSIVE,
};

struct pins {
	int dir_fd;	  /* holds the lock; -1 when closed */
	const char *path; /* borrowed */
};

#define PINS_CLOSED ((struct pins){.dir_fd = -1})

/*
 * Opens, checks (a directory on bpffs, no symlink, ours, mode 0700) and locks; waits for others. Without create a
 * missing directory is ERR_NOT_LOADED; with it it is made, and bpffs mounted on /sys/fs/bpf first if mount says so.
 */
int pins_open(struct pins *pins, const char *path, enum pins_lock lock, struct error *err);
int pins_create(struct pins *pins, const char *path, bool mount, struct error *err);
void pins_close(struct pins *pins);

/*
 * Before pins_create(), as root: what belongs to another user and is in the directory's place is moved aside, to the
 * path in aside, and *owner is whose it is; "" when nothing is. On a BPF file system that others may write to, anyone
 * could keep root from loading otherwise.
 */
int pins_claim(const char *path, char aside[PATH_MAX], uid_t *owner, struct error *err);

/* Whether the directory is there or could be made: changes nothing. What is in it is for pins_open() to see. */
int pins_check_create(const char *path, bool mount, struct error *err);

/* The fd (>= 0, close it) of a pinned map, program or link, or -errno. read_only is for maps. */
int pins_get_map(const struct pins *pins, const char *name, bool read_only);
int pins_get_prog(const struct pins *pins, const char *name);
int pins_get_link(const struct pins *pins, const char *name);

/* 0 or -errno. */
int pins_put_map(const struct pins *pins, const char *name, int fd);
int pins_put_prog(const struct pins *pins, const char *name, int fd);
int pins_put_link(const struct pins *pins, const char *name, int fd);
/* In the place of the one that is there, if any, in one step. */
int pins_replace_prog(const struct pins *pins, const char *name, int fd);
int pins_replace_link(const struct pins *pins, const char *name, int fd);
/* No pin of that name is no error. */
int pins_remove_link(const struct pins *pins, const char *name);

/*
 * Calls each(name, arg) for every entry in the directory, in no order, until one returns non-zero, which is returned;
 * -errno when the directory cannot be read.
 */
int pins_each(const struct pins *pins, int (*each)(const char *name, void *arg), void *arg);

/* Removes every pin that is ours, links first. Foreign entries stay. */
int pins_remove_all(const struct pins *pins, struct error *err);

/* Whether the name is one that lsmctl pins under, of this layout or another. */
bool pins_is_ours(const char *name);
bool pins_is_link(const char *name);

#endif
