/* SPDX-License-Identifier: GPL-2.0-only */
/* Attaching and detaching the programs. The only place that needs the BPF object, and the kernel's BTF. */
#ifndef LSMCTL_LOADER_H
#define LSMCTL_LOADER_H

#include <stdbool.h>
#include <stdint.h>
#include "object.h"
#include "pins.h"
#include "ruleset.h"

#define LOADER_DEFAULT_RULES 4194304u /* what there are costs memory, not what there may be */
#define LOADER_MAX_RULES     16777216u

struct load_options {
	enum verdict default_verdict;
	enum mode mode;
	bool backstop;
	enum attach attach;
	bool attach_auto;   /* LSM where it is active, else fmod_ret; attach is not looked at */
	uint32_t max_rules; /* 1 to LOADER_MAX_RULES */
	bool mount;	    /* mount bpffs on /sys/fs/bpf if nothing is there */
	/* Puts the first rules in, which are then in force from the first instant. May be NULL. */
	int (*fill)(struct ruleset *rules, void *arg, struct error *err);
	/* Told of what another user had put in the directory's place, and where that is now. */
	void (*aside)(const char *dir, const char *aside, uid_t owner);
	void *arg;
};

/* One attached program, as the kernel tells of it. */
struct program_info {
	const char *hook;
	bool lacking;	  /* the kernel has no such hook: nothing was attached there */
	uint32_t prog_id; /* 0: nothing is attached there; unless it is lacking, its pin is gone */
	uint32_t link_id;
	uint64_t cgroup_id;	   /* of the backstop, to which it is attached: 0 when it was detached */
	uint64_t recursion_misses; /* calls that the kernel let pass without asking; 5.12 and later count them */
	uint32_t function;	   /* that it is attached to, by its number in the kernel's types: 0 before 6.0 */
	unsigned char tag[8];
};

/*
 * Loads, attaches, sees that each hook is called, pins maps and then links, and publishes. On an error, or killed at
 * any instant before the last store, nothing is in force. Takes the exclusive lock itself. check_only: stops before it
 * changes anything. *hooks: those that this kernel has.
 */
int loader_load(const char *pin_dir, const struct load_options *options, bool check_only, uint32_t *hooks,
		struct error *err);

/*
 * Stops deciding, then removes the pins. The caller holds the exclusive lock, or with check_only (only see whether
 * anything is there) the shared one. ERR_NOT_LOADED when nothing is.
 */
int loader_unload(const struct pins *pins, bool check_only, struct error *err);

/*
 * Puts this binary's programs in the place of those that are attached, on the same maps, with no instant at which
 * neither is asked. The caller holds the exclusive lock. Killed, or on an error, old or new ones or both are attached.
 * *hooks: those that this kernel has.
 */
int loader_upgrade(const struct pins *pins, bool check_only, uint32_t *hooks, struct error *err);

/* Fills in all hooks; hooks: those that load and upgrade found (config.hooks). Needs CAP_SYS_ADMIN. */
int loader_programs(const struct pins *pins, uint32_t hooks, struct program_info programs[HOOKS], struct error *err);

/* The backstop's program. */
int loader_backstop(const struct pins *pins, struct program_info *program, struct error *err);

/* Prints what libbpf and the verifier say to standard error, or (as at first) nothing. */
void loader_debug(bool on);

const char *attach_name(enum attach attach);

#endif
