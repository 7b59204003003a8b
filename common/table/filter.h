/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes the filters, which the programs read before the tables: see bpf/filter.h. */
#ifndef LSMCTL_TABLE_FILTER_H
#define LSMCTL_TABLE_FILTER_H

#include "compile.h"
#include "store.h"

enum filter {
	FILTER_V4,
	FILTER_ALL,
	FILTER_FEW,
	FILTER_V6,
	FILTER_SHORT,
	FILTER_PORTS,
	FILTER_SUBJECTS,
	FILTER_KINDS,
	FILTERS,
};

/* The part of a rule that its bits depend on. */
struct mention {
	union ip ip;
	uint32_t len;
	uint16_t port_lo, port_hi;
};

struct mention mention_of(const struct rule *rule);

/*
 * Takes the bits from..to of a filter, a byte of filter6_short being eight. Not 0 ends mention_each(), which returns
 * it.
 */
typedef int mention_fn(void *arg, enum filter filter, uint32_t from, uint32_t to);

/* Calls fn for all bits of a rule. shift4, mask6: as in struct config. */
int mention_each(const struct mention *m, uint32_t shift4, uint32_t mask6, mention_fn *fn, void *arg);

/* Returns filter4_shift, or filter6_mask, for so many bits set. */
uint32_t filter4_shift(uint64_t set);
uint32_t filter6_mask(uint64_t set);

/* Sets the filter bits of one rule. Call it before the tables lead to the rule. */
int tables_mention(struct tables *t, const struct rule *rule);

/* The bits of all rules of a source. The caller zeroes it, and frees it with filters_free(). */
struct filters {
	uint32_t *bits[FILTERS];
	uint8_t *used[FILTERS]; /* not 0 for each block with a bit: others are not read */
	uint32_t shift4, mask6;
	size_t live_words[FILTERS]; /* that calls look at before or after; filters_widen() notes it */
};

/* 0 or -ENOMEM. */
int filters_make(const struct source *source, struct filters *f);
void filters_free(struct filters *f);

/*
 * filters_widen() runs before the new generation is in force: afterwards the filters are right for both generations.
 * filters_narrow() runs when no program decides by the old one: afterwards they are right for the new one alone. 0 or
 * -ENOMEM.
 */
int filters_widen(struct tables *t, struct filters *f);
void filters_narrow(struct tables *t, const struct filters *f);

#endif
