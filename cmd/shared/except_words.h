/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of --except: what a list never covers, on this host and now. */
#ifndef LSMCTL_SHARED_EXCEPT_WORDS_H
#define LSMCTL_SHARED_EXCEPT_WORDS_H

#include "rule/except.h"

/* Excepts of sets. The caller zeroes it, and frees it with set_excepts_free(). */
struct set_excepts {
	struct set_except {
		char set[SET_SIZE];
		struct except except;
	} * at;
	size_t n;
	size_t rules; /* rules that were left out or split */
};

/*
 * Writes words as a set keeps them: without blanks, and with the whole path of each file. Reads no file. "none" becomes
 * "". -1 with the error set.
 */
int except_words_keep(const char *words, char kept[EXCEPT_SIZE], struct error *err);

/* Finds what kept words mean, and adds it for the set. -1 with the error set. */
int set_excepts_add(struct set_excepts *excepts, const char *set, const char *kept, struct error *err);

/*
 * Gives what is left of a rule, until give returns non-zero. Returns that value. Rules that allow, and those of other
 * sets, are given as they are.
 */
int set_excepts_give(struct set_excepts *excepts, const struct rule_spec *spec,
		     int (*give)(const struct rule_spec *rest, void *arg), void *arg);

void set_excepts_free(struct set_excepts *excepts);

#endif
