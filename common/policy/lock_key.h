/* SPDX-License-Identifier: GPL-2.0-only */
/* The file with the key of a lock: 64 hexadecimal digits and a newline, root's, and for nobody else. */
#ifndef LSMCTL_POLICY_LOCK_KEY_H
#define LSMCTL_POLICY_LOCK_KEY_H

#include "base/error.h"
#include "lock.h"

/* Reads the key; "-" is standard input. Refuses a file that others own or can read. */
int lock_key_read(struct lock_key *key, const char *path, struct error *err);
/* Makes a new key and a file for it, which must not be there. It is on disk when this returns 0. */
int lock_key_create(struct lock_key *key, const char *path, struct error *err);

#endif
