// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bpf/filter.h"
#include "base/hugemem.h"
#include "filter.h"

/* Shorter prefixes cover nearly all addresses. Their rules for ports set bits of FILTER_PORTS. */
#define WIDE4 8
#define WIDE6 12
/* A rule for ports sets so many bits of FILTER_FEW at most, or else those of FILTER_ALL. */
#define FEW 4096
/* A prefix of this length or longer sets the bits of its /32s, 65,536 at most. */
#define SPLIT6 16

static const struct {
	size_t offset; /* in struct shared */
	size_t size;   /* bytes */
} places[FILTERS] = {
	[FILTER_V4] = {offsetof(struct shared, filter4), sizeof(((struct shared *)0)->filter4)},
	[FILTER_ALL] = {offsetof(struct shared, filter4_all), sizeof(((struct shared *)0)->filter4_all)},
	[FILTER_FEW] = {offsetof(struct shared, filter4_few), sizeof(((struct shared *)0)->filter4_few)},
	[FILTER_V6] = {offsetof(struct shared, filter6), sizeof(((struct shared *)0)->filter6)},
	[FILTER_SHORT] = {offsetof(struct shared, filter6_short), sizeof(((struct shared *)0)->filter6_short)},
	[FILTER_PORTS] = {offsetof(struct shared, wide_ports), sizeof(((struct shared *)0)->wide_ports)},
	[FILTER_SUBJECTS] = {offsetof(struct shared, subjects), sizeof(((struct shared *)0)->subjects)},
	[FILTER_KINDS] = {offsetof(struct shared, kinds), sizeof(((struct shared *)0)->kinds)},
};

struct mention mention_of(const struct rule *rule)
{
	return (struct mention){rule->ip, action_len(rule->action), rule->port_lo, rule->port_hi};
}

static int mention_v4(const struct mention *m, uint32_t shift, mention_fn *fn, void *arg)
{
	uint32_t first = be32(m->ip.w[3]), bits = m->len - 96;
	uint32_t last = first | (bits ? (uint32_t)(0xffffffffull >> bits) : ~0u);
	uint32_t nets = (last >> 8) - (first >> 8) + 1, ports = m->port_hi - m->port_lo + 1u;
	int ret = fn(arg, FILTER_V4, first >> shift, last >> shift);

	if (ret || ports > FEW || nets > FEW / ports)
		return ret ? ret
			   : fn(arg, FILTER_ALL, filter4_all_bit(be32(first), shift),
				filter4_all_bit(be32(last), shift));
	ret = fn(arg, FILTER_KINDS, FILTER4_FEW, FILTER4_FEW);
	for (uint32_t i = 0; i < nets * ports && !ret; i++) {
		uint32_t bit = filter4_few_bit((first >> 8) + i / ports, m->port_lo + i % ports);

		ret = fn(arg, FILTER_FEW, bit, bit);
	}
	return ret;
}

static int mention_v6(const struct mention *m, uint32_t mask, mention_fn *fn, void *arg)
{
	uint64_t high = be64(m->ip.d[0]);
	int ret = 0;

	if (m->len < SPLIT6) {
		uint32_t first = filter6_short_byte(high), last = first | (m->len < 12 ? 0xfffu >> m->len : 0);

		return fn(arg, FILTER_SHORT, first * 8, last * 8 + 7);
	}
	for (uint32_t i = 0; i < (m->len < 32 ? 1u << (32 - m->len) : 1) && !ret; i++) {
		uint64_t hash = filter6_hash((high >> 32) + i);
		uint32_t word = filter6_word(m->len < 48 ? hash : filter6_hash(high >> 16), mask);

		ret = fn(arg, FILTER_V6, word * 32 + filter6_bit(hash), word * 32 + filter6_bit(hash));
	}
	return ret;
}

int mention_each(const struct mention *m, uint32_t shift4, uint32_t mask6, mention_fn *fn, void *arg)
{
	bool v4 = prefix_is_v4(&m->ip, m->len);

	if (m->len < (v4 ? 96 + WIDE4 : WIDE6) && m->port_hi - m->port_lo != UINT16_MAX) {
		int ret = fn(arg, FILTER_PORTS, NO_PORT, NO_PORT);

		return ret ? ret : fn(arg, FILTER_PORTS, m->port_lo, m->port_hi);
	}
	return v4 ? mention_v4(m, shift4, fn, arg) : mention_v6(m, mask6, fn, arg);
}

/* Returns how many bits, as a power of two: 64 for each that is set let most addresses without a rule skip the tables.
 */
static uint32_t bits_for(uint64_t set, uint32_t fewest, uint32_t most)
{
	while (fewest < most && set * 64 > 1ull << fewest)
		fewest++;
	return fewest;
}

uint32_t filter4_shift(uint64_t set)
{
	return 32 - bits_for(set, 10, FILTER4_BITS);
}

/* A short prefix, added to few rules, sets many bits: so it begins with more. */
uint32_t filter6_mask(uint64_t set)
{
	return FILTER_WORDS(bits_for(set, 16, FILTER6_BITS)) - 1;
}

/* Sets the bits from..to of a filter in use. Stores each word whole. */
static void set_bits(uint32_t *filter, uint32_t from, uint32_t to)
{
	if (from == to && filter[from / 32] >> from % 32 & 1)
		return; /* fast path: a list has many addresses of one network */
	for (uint32_t word = from / 32; word <= to / 32; word++) {
		uint32_t bits = ~0u;

		if (word == from / 32)
			bits &= ~0u << from % 32;
		if (word == to / 32)
			bits &= ~0u >> (31 - to % 32);
		if ((filter[word] & bits) != bits)
			__atomic_store_n(&filter[word], filter[word] | bits, __ATOMIC_RELEASE);
	}
}

static int mention_live(void *tables, enum filter filter, uint32_t from, uint32_t to)
{
	struct tables *t = tables;
	uint32_t *first = mapped_at(&t->shared, places[filter].offset + (size_t)from / 32 * sizeof(*first),
				    (to / 32 - from / 32 + 1) * sizeof(*first));

	if (!first)
		return -ENOMEM;
	if (filter == FILTER_PORTS)
		__atomic_store_n(&t->config->special.ports, 1, __ATOMIC_RELEASE);
	set_bits(first - from / 32, from, to);
	return 0;
}

int tables_mention(struct tables *t, const struct rule *rule)
{
	const struct mention m = mention_of(rule);
	int ret = rule->subject ? 0 : mention_live(t, FILTER_KINDS, SUBJECT_EVERYONE, SUBJECT_EVERYONE);

	return ret ? ret : mention_each(&m, t->config->filter4_shift, t->config->filter6_mask, mention_live, t);
}

#define BLOCK	   1024 /* words: a page */
#define BLOCK_BITS (BLOCK * 32)

/* Returns how many words of a filter calls look at, with this shift and this mask. */
static size_t words_of(enum filter filter, uint32_t shift4, uint32_t mask6)
{
	size_t all = places[filter].size / sizeof(uint32_t), words = all;

	if ((filter == FILTER_V4 || filter == FILTER_ALL) && shift4 <= 32 - 5)
		words = FILTER_WORDS(32 - shift4);
	if (filter == FILTER_V6)
		words = (size_t)mask6 + 1;
	return words < all ? words : all;
}

static int mention_new(void *filters, enum filter filter, uint32_t from, uint32_t to)
{
	struct filters *f = filters;

	for (uint32_t block = from / BLOCK_BITS; block <= to / BLOCK_BITS; block++)
		f->used[filter][block] = 1;
	set_bits(f->bits[filter], from, to);
	return 0;
}

/*
 * Goes in the order of items when they exist: neighbouring bits then follow one another. ports: some rule is for ports.
 */
static void each_rule(const struct source *source, bool ports, uint32_t shift4, uint32_t mask6, mention_fn *fn,
		      void *arg)
{
	for (uint32_t i = 0; i < source->n_rules; i++) {
		const struct item *item = source->items ? &source->items[i] : NULL;
		struct mention m;

		/* A long prefix without ports needs no look at the rule, which is anywhere. */
		if (item && !ports && item->len >= (item->v4 ? 96 + WIDE4 : WIDE6))
			m = (struct mention){item->ip, item->len, 0, UINT16_MAX};
		else
			m = mention_of(&source->rules[item ? item->slot : i]);
		mention_each(&m, shift4, mask6, fn, arg);
	}
}

/* Returns how many bits of FILTER_V6 the rules set at most. */
static uint64_t bits6_of(const struct source *source)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < source->n_rules && source->n_v4 < source->n_rules; i++) {
		const struct rule *rule = &source->rules[i];
		uint32_t len = action_len(rule->action);

		if (len >= SPLIT6 && !prefix_is_v4(&rule->ip, len))
			n += len < 32 ? 1u << (32 - len) : 1;
	}
	return n;
}

int filters_make(const struct source *source, struct filters *f)
{
	bool ports = false, everyone = false; /* whether some rule is for ports; for everyone */

	f->shift4 = filter4_shift(source->n_v4);
	f->mask6 = filter6_mask(bits6_of(source));
	for (enum filter i = 0; i < FILTERS; i++) {
		size_t words = words_of(i, f->shift4, f->mask6);

		f->bits[i] = hugemem_alloc(words * sizeof(uint32_t));
		f->used[i] = calloc(words / BLOCK + 1, 1);
		if (!f->bits[i] || !f->used[i])
			return -ENOMEM;
		memset(f->bits[i], 0, words * sizeof(uint32_t));
	}
	for (uint32_t i = 0; i < source->n_rules && !(ports && everyone); i++) {
		ports |= source->rules[i].port_hi - source->rules[i].port_lo != UINT16_MAX;
		everyone |= !source->rules[i].subject;
	}
	each_rule(source, ports, f->shift4, f->mask6, mention_new, f);
	for (uint32_t i = 0; i < source->n_subjects; i++) {
		uint32_t bit = filter_subject_bit(source->subjects[i].kind, source->subjects[i].id);

		if (source->subjects[i].kind == SUBJECT_EVERYONE && !everyone)
			continue; /* a subject of each ruleset */
		mention_new(f, FILTER_SUBJECTS, bit, bit);
		mention_new(f, FILTER_KINDS, source->subjects[i].kind, source->subjects[i].kind);
	}
	return 0;
}

/* Tells whether some rule for nearly all addresses has ports. */
static bool has_ports(const struct filters *f)
{
	return f->bits[FILTER_PORTS][NO_PORT / 32] != 0;
}

/*
 * The programs read a shift, a filter word and then the tables, so a filter must never say "no rule" too early. With
 * the same shift, the union of the old and the new bits is right for both generations. With another shift, all bits are
 * set, so that every call looks at the tables, until no program is between its reads of the shift and of the word.
 */
int filters_widen(struct tables *t, struct filters *f)
{
	if (has_ports(f))
		__atomic_store_n(&t->config->special.ports, 1, __ATOMIC_RELEASE);
	for (enum filter filter = 0; filter < FILTERS; filter++) {
		size_t before = words_of(filter, t->config->filter4_shift, t->config->filter6_mask);
		size_t after = words_of(filter, f->shift4, f->mask6), words = before > after ? before : after;
		uint32_t *live = mapped_at(&t->shared, places[filter].offset, words * sizeof(*live));
		bool same = ((filter != FILTER_V4 && filter != FILTER_ALL) || f->shift4 == t->config->filter4_shift) &&
			    (filter != FILTER_V6 || f->mask6 == t->config->filter6_mask);

		if (!live)
			return -ENOMEM;
		f->live_words[filter] = words;
		for (size_t i = 0; i < words; i++) {
			uint32_t word;

			if (same && i % BLOCK == 0 && !f->used[filter][i / BLOCK]) {
				i += BLOCK - 1;
				continue;
			}
			word = same ? live[i] | f->bits[filter][i] : ~0u;
			if (live[i] != word)
				__atomic_store_n(&live[i], word, __ATOMIC_RELEASE);
		}
	}
	return 0;
}

void filters_narrow(struct tables *t, const struct filters *f)
{
	static const uint32_t none[BLOCK];

	for (enum filter filter = 0; filter < FILTERS; filter++) {
		size_t n = f->live_words[filter], own = words_of(filter, f->shift4, f->mask6);
		uint32_t *live = mapped_at(&t->shared, places[filter].offset, n * sizeof(*live));

		for (size_t block = 0, words; live && block < n; block += words) {
			bool used = block < own && f->used[filter][block / BLOCK];
			const uint32_t *bits = used ? &f->bits[filter][block] : none;
			size_t end = block < own ? own : n;

			words = end - block < BLOCK ? end - block : BLOCK;
			if (!memcmp(live + block, bits, words * sizeof(*bits)))
				continue;
			for (size_t i = 0; i < words; i++) {
				if (live[block + i] != bits[i])
					__atomic_store_n(&live[block + i], bits[i], __ATOMIC_RELEASE);
			}
		}
	}
	if (!has_ports(f))
		__atomic_store_n(&t->config->special.ports, 0, __ATOMIC_RELEASE);
}

void filters_free(struct filters *f)
{
	for (int i = 0; i < FILTERS; i++) {
		free(f->bits[i]);
		free(f->used[i]);
	}
}
