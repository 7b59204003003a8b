/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second mount of the file system that the default pin directory is on. A link lasts as long as its pin, and pins
 * as long as a mount of theirs: `umount -l /sys`, also from another mount namespace where propagation is shared, would
 * end all enforcement. This mount is private, which keeps that from reaching it.
 *
 * load and upgrade make it, unload removes it. Pins are looked for there when the first has gone (pins.c); both lead to
 * the same directory, and to the same lock on it.
 */
#ifndef LSMCTL_SECOND_H
#define LSMCTL_SECOND_H

#include <stdbool.h>

#define SECOND_DIR   "/run/lsmctl"
#define SECOND_MOUNT SECOND_DIR "/bpf"

/* Whether this pin directory has one: it is the default one, by either mount. */
bool second_is_for(const char *pin_dir);

/* The pin directory by the second mount where the first is not the one that has the pins, or pin_dir. */
const char *second_or(const char *pin_dir);

/* Whether the pins can be reached by the first mount, and by the second. Of the default pin directory. */
bool second_is_first_there(void);
bool second_is_there(void);

/*
 * Makes it unless it is there: 0 or -errno. With the exclusive lock on the pin directory that second_or() gives. A kill
 * in the middle leaves a mount that has no pins, or one that the next to make it makes private.
 */
int second_make(void);
/* With that lock too, when the pins are gone. */
void second_remove(void);

#endif
