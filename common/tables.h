/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pinned maps of the rules: config, the filters, and the generation in force (arena, rules, counters), each an
 * inner map. And how a new generation takes the place of the old one. The caller holds the lock on the pin directory.
 */
#ifndef LSMCTL_TABLES_H
#define LSMCTL_TABLES_H

#include <linux/bpf.h>
#include "compile.h"
#include "pins.h"
#include "window.h"

struct tables {
	bool write;
	struct window shared; /* struct shared: config and filters */
	struct config *config;
	int outer[3]; /* arenas, rules, counters */
	struct window arena, rules, counters;
	struct header *header;
	__u32 max_lines, max_rules; /* what the inner maps have room for */
	__u32 generation;	    /* the one that is open */
	int dir_fd;		    /* of the pin directory, borrowed */
	int hold_fd;		    /* holds the generation, see tables_detach(); -1: none */
	bool detached;		    /* config is a copy, to be freed */
};

/* The fd (close it) of a pinned map, or -1 with the error set when it is not there or not of this kind. */
int tables_open_map(const struct pins *pins, const char *name, bool read_only, enum bpf_map_type type,
		    uint32_t value_size, struct error *err);

enum tables_access {
	TABLES_READ,
	TABLES_WRITE,
	TABLES_CONFIRM,	    /* as WRITE, while a ruleset is on trial too: WRITE is refused then */
	TABLES_UNPUBLISHED, /* as WRITE, for load: there is no generation yet, and the state is not STATE_ON */
};

/* Opens, or fails with the error set when the pins are not there, not published, or of another layout. */
int tables_open(struct tables *t, const struct pins *pins, enum tables_access access, struct error *err);
void tables_close(struct tables *t);

/*
 * Of a reader: from here on the rules and settings are as they are now, and the lock on the pin directory may go. Small
 * arrays are copied, since their maps are used again. A large generation is held instead, by a lock on a byte of the
 * pin directory, which goes when the process does: nobody changes it in place then, and its maps are never used again.
 * Counters go on, and so do the totals. 0 or -errno.
 */
int tables_detach(struct tables *t);
/* Whether somebody holds the generation that is open: nothing in it may change, so a new one has to be made. */
bool tables_is_held(const struct tables *t);

struct settings *tables_settings(struct tables *t);
/* ns until what is on trial ends; 0: nothing is. */
uint64_t tables_trial_left(const struct tables *t);

/* TOTALS of them, or NULL. */
const struct total *tables_totals(struct tables *t);

struct line *tables_line(struct tables *t, uint32_t line);
struct rule *tables_rule(struct tables *t, uint32_t slot);

struct counter {
	uint64_t hits;
	uint64_t last_hit; /* CLOCK_BOOTTIME, ns, an eighth of a second after it at most; 0: never */
};

struct counter tables_counter(struct tables *t, uint32_t slot);
void tables_set_counter(struct tables *t, uint32_t slot, const struct counter *counter);
/* The first slot from slot on that has counted something; past the last one there is none. */
uint32_t tables_next_hit(struct tables *t, uint32_t slot);

/*
 * Puts a compiled ruleset in force in one step. origin[slot] is 1 + the slot that the rule has now, whose counter it
 * keeps, or 0. When it returns 0 no program decides by the old one; when it fails, or is killed, one of the two is
 * whole in force. trial_until: CLOCK_BOOTTIME, ns, when the old one comes back into force by itself unless
 * tables_end_trial() is called before; 0: never.
 */
int tables_publish(struct tables *t, const struct source *source, const struct arena *arena, const uint32_t *origin,
		   const struct settings *settings, uint64_t trial_until, struct error *err);

/*
 * Keeps what is on trial, or goes back to what was before, and opens that. The filters and the other one's memory are
 * left as they are: for who publishes next, which should be at once.
 */
int tables_end_trial(struct tables *t, bool keep, struct error *err);

/* Sets the filter bits of one prefix, before tables lead to it. */
int tables_mention(struct tables *t, const union ip *ip, uint32_t len);

#endif
