/* SPDX-License-Identifier: GPL-2.0-only */
/* Loads the built-in BPF object into the kernel: its maps, its programs and their links. */
#ifndef LSMCTL_POLICY_OBJECT_H
#define LSMCTL_POLICY_OBJECT_H

#include "bpf/abi.h"
#include "base/error.h"
#include "host/hooks.h"
#include "host/pins.h"

/* The caller zeroes it. object_close() detaches programs that are not pinned. */
struct object {
	struct lsmctl_bpf *skeleton;
	uint32_t hooks;			  /* the hooks that the kernel has */
	struct bpf_link *links[PROGRAMS]; /* NULL: not attached */
	struct bpf_link *on_cgroup;
};

/* Loads the programs of these hooks. pins NULL: creates new maps; else uses the pinned ones. */
int object_open(struct object *object, enum attach attach, uint32_t hooks, const struct pins *pins, struct error *err);
int object_attach(struct object *object, struct error *err);
void object_close(struct object *object);

/* Sets the error for a load of programs that failed with errnum. what: those programs. Returns -1. */
int object_load_failed(int errnum, const char *what, struct error *err);

/* Loads only this program, on pinned maps. */
int object_open_program(struct object *object, const char *name, const struct pins *pins, struct error *err);

/* The same for several. names ends with NULL. */
int object_open_programs(struct object *object, const char *const names[], const struct pins *pins, struct error *err);

/* Attaches one of them to its hook. object_replace_links() then pins it, in place of another one. */
int object_attach_hook(struct object *object, enum hook hook, struct error *err);
int object_replace_links(struct object *object, const struct pins *pins, struct error *err);

/* Runs an iterator that writes nothing to its end. */
int object_iterate(struct object *object, const char *name, struct error *err);

/* For the programs on the root cgroup: attaches to it, cgroup_fd. */
int object_attach_on_cgroup(struct object *object, enum hook hook, int cgroup_fd, struct error *err);
int object_replace_on_cgroup(struct object *object, enum hook hook, const struct pins *pins, struct error *err);

/*
 * Loads these programs, on pinned maps, attaches each to its function, or to a cgroup, and pins its link, in place of
 * the one that is there. names ends with NULL. check_only: only loads them.
 */
int object_attach_named(const char *const names[], enum attach attach, int cgroup_fd, const struct pins *pins,
			bool check_only, struct error *err);

/* Returns the memory that programs and commands share. */
struct shared *object_shared(struct object *object);

/* Pins the maps, then the links: pinned links make the policy loaded. */
int object_pin(struct object *object, const struct pins *pins, struct error *err);
/* Replaces each pinned link by this object's, one after the other. No hook is ever without a program. */
int object_replace(struct object *object, const struct pins *pins, struct error *err);

/* The programs that commands ask, and that are attached to nothing. */
#define ASKED 4
extern const char *const asked_programs[ASKED];

/*
 * Opens one of these, by its pin. Loads and pins it for the first who asks: few do, and the verifier takes long.
 * Returns its fd, which the caller closes, or -1.
 */
int object_pinned_program(const char *name, const struct pins *pins, struct error *err);
/* Loads and pins all of these that are not pinned. The caller holds the exclusive lock. */
int object_pin_asked(const struct pins *pins, struct error *err);

#endif
