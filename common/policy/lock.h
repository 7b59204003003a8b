/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks the policy: until it is unlocked, the kernel refuses everybody, root included, what would change or end it. A
 * program in the kernel turns the lock on, in one system call, after it has seen that nobody has a map of the policy.
 * So a command killed at any instant leaves it locked or not: pins of a lock that is off change nothing, and the next
 * lock removes them.
 */
#ifndef LSMCTL_POLICY_LOCK_H
#define LSMCTL_POLICY_LOCK_H

#include <stdbool.h>
#include "bpf/lock.h"
#include "base/error.h"
#include "host/pins.h"
#include "table/ruleset.h"

/* 256 random bits; see sha256.h for what the kernel keeps. */
struct lock_key {
	__u64 words[LOCK_KEY_WORDS];
};

/*
 * Checks what must hold before: no trial, everything in force. Pins the programs that commands need meanwhile, unless
 * check_only. The caller has opened the rules to write.
 */
int lock_prepare(const struct pins *pins, struct ruleset *rules, bool check_only, struct error *err);

/*
 * Locks. The caller holds the exclusive lock on the pin directory. Closes *rules, since it has maps open. key: unlocks
 * it; NULL: nothing does but a reboot.
 */
int lock_close(const struct pins *pins, struct ruleset **rules, const struct lock_key *key, struct error *err);

/* Unlocks: 1: done; 0: not locked; -1 with the error set: the key is wrong. Needs no pin. */
int lock_open(const struct lock_key *key, struct error *err);
/* Removes the pins of a lock that is off. The caller holds the exclusive lock on the pin directory. */
int lock_clean(const struct pins *pins, struct error *err);

#endif
