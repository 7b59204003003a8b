/* SPDX-License-Identifier: GPL-2.0-only */
/* The built-in BPF object, loaded into the kernel: its maps, and its programs with their links. */
#ifndef LSMCTL_OBJECT_H
#define LSMCTL_OBJECT_H

#include "../bpf/abi.h"
#include "error.h"
#include "hooks.h"
#include "pins.h"

/* Zero-initialise it; object_close() detaches what is not pinned. */
struct object {
	struct lsmctl_bpf *skeleton;
	uint32_t hooks;		       /* that the kernel has */
	struct bpf_link *links[HOOKS]; /* NULL: not one of them */
	struct bpf_link *backstop;
};

/* Loads the programs of these hooks, on maps of their own or, if pins is not NULL, on those that are pinned there. */
int object_open(struct object *object, enum attach attach, uint32_t hooks, const struct pins *pins, struct error *err);
int object_attach(struct object *object, struct error *err);
void object_close(struct object *object);

/*
 * The same for the backstop's program, and that alone, always on pinned maps. It is attached to the cgroup that
 * cgroup_fd is open on, the root.
 */
int object_open_backstop(struct object *object, const struct pins *pins, struct error *err);
int object_attach_backstop(struct object *object, int cgroup_fd, struct error *err);
int object_replace_backstop(struct object *object, const struct pins *pins, struct error *err);

/* What the programs and the commands share. */
struct shared *object_shared(struct object *object);

/* Maps first: the links are what makes it loaded. */
int object_pin(struct object *object, const struct pins *pins, struct error *err);
/* Puts each program and link in the place of the one that is pinned: one after the other, and each without an instant
 * between. */
int object_replace(struct object *object, const struct pins *pins, struct error *err);

#endif
