/* SPDX-License-Identifier: GPL-2.0-only */
/* A ruleset in private memory, to be changed at will and then put in force as a whole. */
#ifndef LSMCTL_DRAFT_H
#define LSMCTL_DRAFT_H

#include "index.h"
#include "rule.h"
#include "tables.h"

/* In the place of a rule's id. */
#define DRAFT_DROP UINT32_MAX

struct draft {
	struct rule *rules; /* id 0: a new one; DRAFT_DROP: to be left out */
	uint32_t *origin;   /* 1 + the slot a rule has now, or 0 */
	uint32_t n, room;
	uint32_t n_v4;			 /* of those that stay, once they are numbered */
	struct subject_source *subjects; /* paths are owned */
	uint32_t n_subjects;
	char (*sets)[SET_SIZE];
	uint32_t n_sets;
	struct index subject_index, set_index; /* until it is published */
	struct extra *extras;
	uint32_t n_extras, extra_room;
	uint32_t last_line, last_extra; /* many rules share one */
	struct item *items;		/* the rules sorted, all of them, or NULL */
	struct settings settings;	/* as they are now, at first */
	uint64_t trial_until;		/* see tables_publish() */
	uint64_t now;			/* CLOCK_BOOTTIME, ns: when timeouts begin */
};

/* Zero-initialise it before; with subjects and sets as they are now, and no rules. Free it, also when this fails. */
int draft_begin(struct draft *draft, struct tables *t, struct error *err);
/* Adds the rules that are in force, of one set only or (set -1) all, but not of set except (-1: none). */
int draft_add_current(struct draft *draft, struct tables *t, int set, int except, struct error *err);
void draft_free(struct draft *draft);

/*
 * Appends a rule. id 0 is given one later, by draft_publish(). missing_cgroups: a cgroup that is not there is no error;
 * the rule waits for nothing, it just decides nothing. The new rule is draft->rules[draft->n - 1].
 */
int draft_add(struct draft *draft, const struct rule_spec *spec, bool missing_cgroups, struct error *err);

/* A rule of the draft in words: what is asked for, so nothing is counted. */
void draft_describe(const struct draft *draft, uint32_t index, struct rule_info *info);

/* The index of a set's name, or -1. */
int draft_set(const struct draft *draft, const char *name);

/* Drops what is marked so, gives new rules their ids, compiles, and puts it in force. */
int draft_publish(struct draft *draft, struct tables *t, struct error *err);

/* Whether that could be done, as far as the rules themselves go; nothing changes. */
int draft_check(const struct draft *draft, struct error *err);

bool rule_identical(const struct rule *a, const struct rule *b);

#endif
