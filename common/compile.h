/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From rules to the tables that bpf/walk.h walks. Knows nothing of maps: it fills plain memory, which whoever calls it
 * copies to where the programs look.
 */
#ifndef LSMCTL_COMPILE_H
#define LSMCTL_COMPILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "../bpf/abi.h"
#include "error.h"

struct subject_source {
	enum subject_kind kind;
	uint64_t id;	  /* uid, or cgroup id; 0: the cgroup is not there */
	const char *path; /* cgroup; borrowed */
};

/*
 * What is compiled. Rule i gets slot i; its subject and set are indices of the lists here, and the extra in its action
 * is 1 + the index of its extra (0: none). Compiling fills in each rule's next, and makes the extra a line.
 */
struct source {
	struct rule *rules;
	uint32_t n_rules;
	uint32_t n_v4;	    /* of them */
	struct item *items; /* the rules as rules_sort() sorts them; NULL: not known yet. Compiling leaves
			     * one for each prefix, some of them twice */
	const struct subject_source *subjects; /* the first is everyone */
	uint32_t n_subjects;
	const char (*sets)[SET_SIZE]; /* the first is "" */
	uint32_t n_sets;
	const struct extra *extras;
};

/*
 * Lines under construction, those from base on of an arena: all of one (base 0), or what is to come behind those there
 * are. Zero-initialise it or set base and n to that; free it with arena_free().
 */
struct arena {
	struct line *lines;
	uint32_t base, n, room;	 /* n: the number of the next line */
	uint32_t spare, n_spare; /* words left of the last lines of refs */
};

/* The number of the first of count new lines, all zero, or 0 when there is no memory. Line 0 is the header. */
uint32_t arena_lines(struct arena *arena, uint32_t count);
void arena_free(struct arena *arena);

/* Writes a node of 256 refs. Returns its line, or 0. */
uint32_t node_write(struct arena *arena, const uint32_t refs[256]);
/* ERR_FULL when more than WALK_STEPS rules of one subject would have to be looked at for some call. */
int compile(const struct source *source, struct arena *arena, struct error *err);

/* What rules are sorted by, apart from them: a pass over a million of these stays in the processor's caches. */
struct item {
	union ip ip;
	uint32_t slot;
	uint16_t subject;
	uint8_t len;
	bool v4;
};

struct item item_of(const struct rule *rule, uint32_t slot);

/* Which of two rules of one subject and prefix is looked at first: negative, or positive. */
int precedence_compare(const struct rule *a, const struct rule *b);

/*
 * Rules 0 to n - 1 in the order of subject, family (IPv4 first), address, length and precedence. 0 or -ENOMEM. A
 * million IPv4 rules for everyone, the common big list, are sorted by digits.
 */
int rules_sort(const struct rule *rules, uint32_t n, struct item *items);

/*
 * Links the rules of one subject and family, sorted, to one another, and leaves the first of each prefix in items.
 * ERR_FULL when more than WALK_STEPS of them would have to be looked at for some call.
 */
int link_rules(struct rule *rules, struct item *items, uint32_t *n, struct error *err);

/*
 * A ref for n prefixes that all begin with the same depth bytes, sorted. inherited: the ref of what covers all of them.
 * 0 or -ENOMEM.
 */
int trie_build(struct arena *arena, const struct item *items, uint32_t n, uint32_t depth, uint32_t inherited,
	       uint32_t *ref);

/* The filter bits first to last of a prefix, with this shift. */
void filter_range(const union ip *ip, uint32_t len, uint32_t shift, uint32_t *first, uint32_t *last);
/* The shift that suits this many rules of a family. */
uint32_t filter_shift(uint32_t rules, uint32_t bits);

#endif
