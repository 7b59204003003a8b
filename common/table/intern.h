/* SPDX-License-Identifier: GPL-2.0-only */
/* Stores each user, group, program, cgroup and set once. Rules hold its index. */
#ifndef LSMCTL_TABLE_INTERN_H
#define LSMCTL_TABLE_INTERN_H

#include "base/hash.h"
#include "rule/rule.h"
#include "compile.h"
#include "kept.h"

/* The caller zeroes it, and frees it with interned_free(). */
struct interned {
	struct subject_source *subjects; /* their paths are kept: see kept_text.h */
	uint32_t n_subjects;
	char (*sets)[SET_SIZE];
	struct set_source *kept; /* for each set; the texts are owned */
	uint32_t n_sets;
	struct hash subject_index, set_index; /* valid until intern_drop_unused() */
};

/* Adds a subject, and returns its index. path: of a cgroup or a program, kept. -1: no memory, or too many. */
int intern_subject(struct interned *in, enum subject_kind kind, uint64_t id, const char *path);
int intern_set(struct interned *in, const char *name);
/* Sets what is kept with a set. source "": it was not restored. 0, or -1 without memory. */
int intern_except(struct interned *in, uint32_t set, const char *words);
int intern_restored(struct interned *in, uint32_t set, const char *source, uint64_t at);
int intern_kept(struct interned *in, uint32_t set, const struct set_kept *kept);

/* Returns the index of the rule's subject, and adds the subject when it is new. -1 with the error set. */
int intern_subject_of(struct interned *in, const struct rule_spec *spec, struct error *err);
/* Returns the index of a set's name, or -1. */
int intern_find_set(const struct interned *in, const char *name);

/*
 * Drops the subjects and sets that no rule uses. subjects, sets: not 0 for each index in use; overwritten with the new
 * index. Returns true when an index has changed.
 */
bool intern_drop_unused(struct interned *in, uint16_t *subjects, uint16_t *sets);

void interned_free(struct interned *in);

#endif
