/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pinned maps of the rules: config, the filters, and the generation in force (arena, rules, counters), each an
 * inner map. The caller holds the lock on the pin directory.
 */
#ifndef LSMCTL_TABLE_STORE_H
#define LSMCTL_TABLE_STORE_H

#include <linux/bpf.h>
#include "bpf/abi.h"
#include "host/pins.h"
#include "mapped.h"

struct tables {
	bool write;
	struct mapped shared; /* struct shared: config and filters */
	struct config *config;
	int outer[3]; /* arenas, rules, counters */
	int cgroups;  /* from cgroups to places, an outer map too */
	struct mapped arena, rules, counters;
	struct header *header;
	__u32 max_lines, max_rules;  /* the room of the inner maps */
	__u32 generation;	     /* the generation that is open */
	int dir_fd;		     /* the pin directory, borrowed */
	int peek;		     /* the program by which locked maps are read; -1: not locked */
	int hold_fd;		     /* holds the generation, see tables_detach(); -1: none */
	bool detached;		     /* config is a private copy; free it */
	const struct keeper *keeper; /* NULL: none; see ruleset.h */
	uint64_t *ruled;	     /* the ids of the names that addresses have now, sorted; see names_now() */
	uint32_t n_ruled;
	enum {
		RULED_UNREAD,
		RULED_KNOWN,
		RULED_UNKNOWN
	} ruled_read;
	uint32_t *now; /* cgroups of each subject, see bind_now(); NULL: not counted */
};

/* Returns the fd of a pinned map (close it), or -1 with the error set when the map is missing or of another type. */
int tables_open_map(const struct pins *pins, const char *name, bool read_only, enum bpf_map_type type,
		    uint32_t value_size, struct error *err);

enum tables_access {
	TABLES_READ,
	TABLES_WRITE,
	TABLES_CONFIRM,	    /* as WRITE, and allowed during a trial (WRITE is refused then) */
	TABLES_UNPUBLISHED, /* as WRITE, for load: before the first generation and before STATE_ON */
};

/* Fails, with the error set, when the pins are missing, not published, or of another layout. */
int tables_open(struct tables *t, const struct pins *pins, enum tables_access access, struct error *err);
void tables_close(struct tables *t);

/*
 * For a reader: freezes the rules and settings, so that the caller can release the lock on the pin directory. Small
 * arrays are copied, since their maps are used again. A large generation is held by a lock on a byte of the pin
 * directory instead, which the kernel releases when the process ends: writers then neither change this generation in
 * place nor use its maps again. Counters and totals stay live. 0 or -errno.
 */
int tables_detach(struct tables *t);
/* True when a reader holds the open generation: a writer must not change it, and publishes a new one. */
bool tables_is_held(const struct tables *t);

const struct settings *tables_settings(struct tables *t);
/* True from the start of a trial until a command ends it, even if it has expired. */
bool tables_on_trial(const struct tables *t);
/* Returns the ns until the trial expires; 0: no trial. */
uint64_t tables_trial_left(const struct tables *t);

/* Returns TOTALS entries, or NULL. */
const struct total *tables_totals(struct tables *t);

struct line *tables_line(struct tables *t, uint32_t line);
struct rule *tables_rule(struct tables *t, uint32_t slot);

struct counter {
	uint64_t hits;
	uint64_t last_hit; /* CLOCK_BOOTTIME, ns, at most an eighth of a second late; 0: never */
};

struct counter tables_counter(struct tables *t, uint32_t slot);
void tables_set_counter(struct tables *t, uint32_t slot, const struct counter *counter);
/* Returns the first slot with hits from slot on, or a number past the last slot. */
uint32_t tables_next_hit(struct tables *t, uint32_t slot);

#endif
