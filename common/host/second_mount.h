/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second mount of the file system with the default pin directory. A link lives as long as its pin, and a pin as long
 * as a mount of its file system: `umount -l /sys`, even in another mount namespace when propagation is shared, would
 * end all enforcement. This mount is private, so that such an unmount does not reach it.
 *
 * load and upgrade create it, unload removes it. pins.c looks for pins there when the first mount has gone. Both mounts
 * lead to the same directory and the same lock.
 */
#ifndef LSMCTL_HOST_SECOND_MOUNT_H
#define LSMCTL_HOST_SECOND_MOUNT_H

#include <stdbool.h>

#define PINS_DEFAULT_DIR "/sys/fs/bpf/lsm-connect"
#define SECOND_DIR	 "/run/lsmctl"
#define SECOND_MOUNT	 SECOND_DIR "/bpf"

/* True for the default pin directory, by the path of either mount: only this one has a second mount. */
bool second_mount_is_for(const char *pin_dir);

/*
 * Returns the path of the pin directory through the second mount when the first does not have the pins, else pin_dir.
 */
const char *second_mount_or(const char *pin_dir);

/* For the default pin directory: true when the first mount, or the second, leads to the pins. */
bool second_mount_is_first_there(void);
bool second_mount_is_there(void);

/*
 * Creates the second mount unless it exists: 0 or -errno. The caller holds the exclusive lock on the pin directory that
 * second_mount_or() returns. A kill in the middle leaves a mount without pins, or a shared one, which the next call
 * makes private.
 */
int second_mount_make(void);
/* Call it with the same lock, after the pins are removed. */
void second_mount_remove(void);

#endif
