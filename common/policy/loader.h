/* SPDX-License-Identifier: GPL-2.0-only */
/* Attaches and detaches the programs. Only this file needs the BPF object and the kernel's BTF. */
#ifndef LSMCTL_POLICY_LOADER_H
#define LSMCTL_POLICY_LOADER_H

#include <stdbool.h>
#include <stdint.h>
#include "host/pins.h"
#include "table/ruleset.h"
#include "object.h"

#define LOADER_DEFAULT_RULES 4194304u /* memory use follows the rules in force, not this limit */
#define LOADER_MAX_RULES     16777216u

struct load_options {
	enum verdict default_verdict;
	enum mode mode;
	bool backstop;
	enum attach attach;
	bool attach_auto;		   /* use LSM when active, else fmod_ret; ignores attach */
	uint32_t max_rules;		   /* 1 to LOADER_MAX_RULES */
	uint32_t max_names, max_addresses; /* in rules, and of these; 0: NAME_RULES and RULED_ROOM */
	bool mount;			   /* mount bpffs on /sys/fs/bpf when it is missing */
	/* Adds the first rules, which are in force from the first instant. May be NULL. */
	int (*fill)(struct ruleset *rules, void *arg, struct error *err);
	/* Called when another user owns something at the directory's path, with the path that it was moved to. */
	void (*aside)(const char *dir, const char *aside, uid_t owner);
	/* Called when the program that remembers senders cannot be attached: UDP servers then cannot answer. */
	void (*closed)(const struct error *why);
	/* Called when the settings want names, and none can be learned. */
	void (*unnamed)(const struct error *why);
	void *arg;
};

/*
 * Loads, attaches, checks that the kernel calls each hook, pins maps and then links, and publishes. On an error, or
 * when killed before the last store, nothing is in force. Takes the exclusive lock itself. check_only: stops before it
 * changes anything. *hooks: the hooks that this kernel has.
 */
int loader_load(const char *pin_dir, const struct load_options *options, bool check_only, uint32_t *hooks,
		struct error *err);

/*
 * Does what `lsmctl load` does up to the pins, and lets go: loads, attaches, and makes the trial calls, while the
 * programs decide nothing for anybody. -1 with the error set when load would fail.
 */
int loader_try(const char *pin_dir, struct error *err);

/*
 * Stops deciding, then removes the pins. The caller holds the exclusive lock, or with check_only, which changes
 * nothing, the shared one. ERR_NOT_LOADED without pins.
 */
int loader_unload(const struct pins *pins, bool check_only, struct error *err);

/*
 * Replaces the attached programs by this binary's, on the same maps. At every instant the kernel asks the old or the
 * new program. The caller holds the exclusive lock. After a kill or an error, the old programs, the new ones, or both
 * are attached. *hooks: the hooks that this kernel has.
 */
int loader_upgrade(const struct pins *pins, bool check_only, uint32_t *hooks, struct error *err);

/* on: prints the messages of libbpf and the verifier to standard error. off, the default: discards them. */
void loader_debug(bool on);

#endif
