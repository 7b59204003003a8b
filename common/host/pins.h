/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pin directory, and its lock. Every command that reads a pin holds the lock, and only this file takes it: shared
 * to read, exclusive to change. The kernel releases it when the process ends in any way. No command removes the
 * directory, so that all processes wait for the same lock.
 *
 * Pins have the names map_NAME, prog_NAME and link_NAME (bpffs allows no dots), in every layout version, so that unload
 * recognises them.
 */
#ifndef LSMCTL_HOST_PINS_H
#define LSMCTL_HOST_PINS_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>
#include "base/error.h"
#include "locked.h"
#include "second_mount.h"

enum pins_lock {
	PINS_SHARED,
	PINS_EXCLUSIVE, /* ERR_LOCKED while the policy is locked */
	PINS_ALONE,	/* exclusive, also then: for what changes nothing that the lock keeps */
	PINS_IF_FREE,	/* shared; fails instead of waiting for a process that has it exclusively */
};

struct pins {
	int dir_fd;	  /* holds the lock; -1 when closed */
	const char *path; /* borrowed */
};

#define PINS_CLOSED ((struct pins){.dir_fd = -1})

/*
 * Opens, checks (a directory on bpffs, no symlink, ours, mode 0700) and locks; waits for other processes. A missing
 * directory is ERR_NOT_LOADED, or with create is created. mount: mounts bpffs on /sys/fs/bpf first.
 */
int pins_open(struct pins *pins, const char *path, enum pins_lock lock, struct error *err);
int pins_create(struct pins *pins, const char *path, bool mount, struct error *err);
void pins_close(struct pins *pins);

/* Asks the kernel. Off without the pins of a lock, and for who may not open them. */
struct locked pins_locked(const struct pins *pins);

/*
 * Call before pins_create(), as root. Moves aside what another user has put at the directory's path. aside: its new
 * path, or "" when nothing was there; *owner: its owner. Otherwise, on a BPF file system with write access for all, any
 * user could stop root from loading.
 */
int pins_claim(const char *path, char aside[PATH_MAX], uid_t *owner, struct error *err);

/* Checks that the directory exists or can be created. Changes nothing. pins_open() checks the content. */
int pins_check_create(const char *path, bool mount, struct error *err);

/* Returns the fd (>= 0, close it) of a pinned map, program or link, or -errno. read_only is for maps. */
int pins_get_map(const struct pins *pins, const char *name, bool read_only);
int pins_get_prog(const struct pins *pins, const char *name);
int pins_get_link(const struct pins *pins, const char *name);

/* 0 or -errno. */
int pins_put_map(const struct pins *pins, const char *name, int fd);
int pins_put_prog(const struct pins *pins, const char *name, int fd);
int pins_put_link(const struct pins *pins, const char *name, int fd);
/* Replaces the pin with this name, if any, in one step. */
int pins_replace_link(const struct pins *pins, const char *name, int fd);
/* A missing pin is no error. */
int pins_remove_prog(const struct pins *pins, const char *name);
int pins_remove_link(const struct pins *pins, const char *name);

/*
 * Calls each(name, arg) for every entry of the directory, in any order, until it returns non-zero. Returns that value,
 * or -errno when the directory is not readable.
 */
int pins_each(const struct pins *pins, int (*each)(const char *name, void *arg), void *arg);

/* Removes every pin of lsmctl, links first. Keeps foreign entries. */
int pins_remove_all(const struct pins *pins, struct error *err);

/* True when lsmctl uses this name for a pin, in this layout or another. */
bool pins_is_ours(const char *name);
bool pins_is_link(const char *name);

#endif
