/* SPDX-License-Identifier: GPL-2.0-only */
/* Loads the programs of the lock, an object of their own (bpf/lock.bpf.c), and asks them. */
#ifndef LSMCTL_POLICY_LOCK_OBJECT_H
#define LSMCTL_POLICY_LOCK_OBJECT_H

#include <stddef.h>
#include "bpf/lock.h"
#include "base/error.h"
#include "host/pins.h"

#define LOCK_PROGRAMS 16

/* The caller zeroes it. lock_object_close() detaches programs that are not pinned. */
struct lock_object {
	struct lock_bpf *skeleton;
	struct bpf_link *links[LOCK_PROGRAMS];
};

/* Loads and attaches all; they are off. *lock: the memory of the programs, until the object is closed. */
int lock_object_open(struct lock_object *object, struct lock **lock, struct error *err);
/* Pins all; then they stay when the object is closed. */
int lock_object_pin(struct lock_object *object, const struct pins *pins, struct error *err);
void lock_object_close(struct lock_object *object);

/* The fd of the programs' map, borrowed; the ids of the programs, into ids[]: their number. */
int lock_object_map(const struct lock_object *object);
size_t lock_object_programs(const struct lock_object *object, __u32 ids[LOCK_PROGRAMS]);
/* The id of the link to the root cgroup. */
__u32 lock_object_cgroup_link(const struct lock_object *object);

/* Lists the ids of the links that are pinned. Returns the number. */
size_t lock_object_links(const struct pins *pins, uint32_t ids[LOCK_PROGRAMS]);

/* Removes the pins, links first: only for programs that are off. A missing pin is no error. 0 or -errno. */
int lock_object_unpin(const struct pins *pins);

/* Asks the attached programs: LOCK_DONE, LOCK_REFUSED, or another errno when none is attached. */
int lock_ask(const struct lock_question *question);

#endif
