/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files that replace a ruleset. No other file includes it. */
#ifndef LSMCTL_TABLE_REPLACE_IMPL_H
#define LSMCTL_TABLE_REPLACE_IMPL_H

#include "draft.h"
#include "duplicates.h"
#include "ruleset_impl.h"

struct replacement {
	struct ruleset *rs;
	struct duplicates_file *files;
	size_t n_files;
	struct draft draft;
	uint32_t kept;	      /* the number of rules of other sets; they come first and stay */
	int set;	      /* the set to replace; -1: all sets but the kept ones; INT_MAX: it has no rule yet */
	const char *set_name; /* its name, or NULL */
	const char *source;   /* see ruleset_replace_source() */
	int *kept_sets;
	size_t n_kept_sets;
};

/* Leaves to a set that is replaced what it excepts; where everything is replaced, to none. -1 with the error set. */
int replace_begin_excepts(struct replacement *r, const char *set, struct error *err);
/* Notes with each set that is replaced where it comes from. -1 with the error set. */
int replace_note_source(struct replacement *r, struct error *err);
/* True when a set excepts something else than it does in force, or comes from elsewhere. */
bool replace_kept_differ(const struct replacement *r);
/* Stores the time with each set that is replaced, where nothing else has changed. */
void replace_touch(const struct replacement *r);

/* True when the replacement covers the rules of this set. */
bool replace_covers(const struct replacement *r, int set);
/* True when a new rule equals the rule in force in all fields outside its identity. */
bool replace_same_words(const struct replacement *r, const struct rule *rule, const struct rule *old);

/* How the rules in force become those of the draft. The caller zeroes it, and frees it. */
struct replace_edits {
	struct replace_edit *at;
	uint32_t n, unchanged;
};

/* False when they are too many, or edits cannot do it: rules in another order, for one. */
bool replace_edits_find(const struct replacement *r, struct replace_edits *edits);
void replace_edits_count(const struct replacement *r, const struct replace_edits *edits, struct replaced *result);
/* 0, 1 when compiling is better and nothing has changed, or -1 with the error set. */
int replace_edits_carry_out(const struct replacement *r, const struct replace_edits *edits, struct error *err);
void replace_edits_free(struct replace_edits *edits);

#endif
