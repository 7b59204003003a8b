// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bpf/ip.h"
#include "base/hugemem.h"
#include "sort.h"

struct item item_of(const struct rule *rule, uint32_t slot)
{
	uint32_t len = action_len(rule->action);

	return (struct item){rule->ip, slot, rule->subject, (uint8_t)len, prefix_is_v4(&rule->ip, len)};
}

static uint32_t span(const struct rule *rule)
{
	return (uint32_t)rule->port_hi - rule->port_lo;
}

int precedence_compare(const struct rule *a, const struct rule *b)
{
	/*
	 * Compares narrow ports first; then a named protocol; then a rule without a set; then block, audit, allow;
	 * then ports and id, so that the order is total. Rules for single ports compare by port first: no call has two
	 * ports, so a verdict then changes no order.
	 */
	static const int rank[] = {[VERDICT_BLOCK] = 0, [VERDICT_AUDIT] = 1, [VERDICT_ALLOW] = 2};
	int any_a = action_proto(a->action) == PROTO_ANY, any_b = action_proto(b->action) == PROTO_ANY;

	if (span(a) != span(b))
		return span(a) < span(b) ? -1 : 1;
	if (!span(a) && a->port_lo != b->port_lo)
		return a->port_lo < b->port_lo ? -1 : 1;
	if (any_a != any_b)
		return any_a - any_b;
	if (!a->set != !b->set)
		return a->set ? 1 : -1;
	if (action_verdict(a->action) != action_verdict(b->action))
		return rank[action_verdict(a->action)] - rank[action_verdict(b->action)];
	if (a->port_lo != b->port_lo)
		return a->port_lo < b->port_lo ? -1 : 1;
	/* A new rule has no id yet, and gets a higher one than those in force: 0 - 1 is the highest number. */
	return a->id - 1 < b->id - 1 ? -1 : a->id != b->id;
}

int item_compare(const struct item *a, const struct item *b)
{
	int diff = (int)a->subject - (int)b->subject;

	if (!diff)
		diff = b->v4 - a->v4;
	if (!diff)
		diff = memcmp(&a->ip, &b->ip, sizeof(a->ip));
	return diff ? diff : (int)a->len - (int)b->len;
}

static int compare_rules(const void *left, const void *right, void *rules)
{
	const struct item *a = left, *b = right;
	int diff = item_compare(a, b);

	if (!diff)
		diff = precedence_compare((struct rule *)rules + a->slot, (struct rule *)rules + b->slot);
	/* New rules get their ids in the order of their slots. */
	return diff ? diff : a->slot < b->slot ? -1 : 1;
}

/*
 * Radix sort by 32 bits, 11 at a time. A key: an IPv4 address, which is what big lists have, or some bits of an IPv6
 * one (32 bits), slot (26), length (6).
 */
#define DIGIT_BITS 11
#define PASSES	   3
#define LEN_BITS   6
#define SLOT_BITS  26

static uint64_t key_make(uint32_t address, uint32_t slot, uint32_t len)
{
	return (uint64_t)address << 32 | slot << LEN_BITS | len;
}

static uint32_t digit_of(uint64_t key, int pass)
{
	return key >> (32 + pass * DIGIT_BITS) & ((1 << DIGIT_BITS) - 1);
}

/* Returns the array, a or b, that holds the result. */
static uint64_t *radix_sort(uint64_t *a, uint64_t *b, size_t n)
{
	uint32_t count[PASSES][1 << DIGIT_BITS] = {};

	for (size_t i = 0; i < n; i++) {
		for (int pass = 0; pass < PASSES; pass++)
			count[pass][digit_of(a[i], pass)]++;
	}
	for (int pass = 0; pass < PASSES; pass++) {
		uint64_t *swap = a;
		uint32_t sum = 0;

		for (size_t d = 0; d < 1 << DIGIT_BITS; d++) {
			uint32_t here = count[pass][d];

			count[pass][d] = sum;
			sum += here;
		}
		for (size_t i = 0; i < n; i++)
			b[count[pass][digit_of(a[i], pass)]++] = a[i];
		a = b;
		b = swap;
	}
	return a;
}

#define FEW 512 /* of so many items qsort is as fast */

/* Returns how many bits all addresses begin with. */
static uint32_t common_bits(const struct item *items, uint32_t n)
{
	uint64_t high = 0, low = 0;

	for (uint32_t i = 1; i < n; i++) {
		high |= items[i].ip.d[0] ^ items[0].ip.d[0];
		low |= items[i].ip.d[1] ^ items[0].ip.d[1];
	}
	if (high)
		return (uint32_t)__builtin_clzll(be64(high));
	return low ? 64 + (uint32_t)__builtin_clzll(be64(low)) : 128;
}

/* Returns the 32 bits from this one on; past the end they are 0. */
static uint32_t bits_from(const struct item *item, uint32_t bit)
{
	uint64_t high = be64(item->ip.d[0]), low = be64(item->ip.d[1]);

	if (bit >= 64)
		return (uint32_t)(low << (bit - 64) >> 32);
	return (uint32_t)((bit ? high << bit | low >> (64 - bit) : high) >> 32);
}

/* Sorts items of one subject and family: by 32 bits where they begin to differ, then what is alike there by the next.
 */
static void sort_long(const struct rule *rules, struct item *items, uint64_t *keys, uint32_t n)
{
	uint32_t bit = n > FEW ? common_bits(items, n) : 128;
	const uint64_t *sorted;

	if (bit == 128) {
		qsort_r(items, n, sizeof(*items), compare_rules, (void *)rules);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		keys[i] = key_make(bits_from(&items[i], bit), items[i].slot, 0);
	sorted = radix_sort(keys, keys + n, n);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t slot = (uint32_t)sorted[i] >> LEN_BITS;

		items[i] = item_of(&rules[slot], slot);
	}
	for (uint32_t i = 0, j; i < n; i = j) {
		for (j = i + 1; j < n && bits_from(&items[j], bit) == bits_from(&items[i], bit); j++)
			;
		if (j - i > 1)
			sort_long(rules, items + i, keys, j - i);
	}
}

/* Moves IPv6 rules for everyone to the front. Returns their number. */
static uint32_t part_v6(struct item *items, uint32_t n)
{
	uint32_t n6 = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct item item = items[i];

		if (item.subject || item.v4)
			continue;
		items[i] = items[n6];
		items[n6++] = item;
	}
	return n6;
}

int rules_sort(const struct rule *rules, uint32_t n, struct item *items)
{
	uint64_t *keys = hugemem_alloc(2 * sizeof(*keys) * ((size_t)n + 1)), *sorted;
	uint32_t n4 = 0, n6 = 0, others = n, released = 0;

	if (!keys)
		return -ENOMEM;
	for (uint32_t slot = 0; slot < n; slot++) {
		struct item item = item_of(&rules[slot], slot);

		if (!item.subject && item.v4 && n <= 1u << SLOT_BITS)
			keys[n4++] = key_make(be32(item.ip.w[3]), slot, item.len - 96u);
		else
			items[--others] = item;
	}
	sorted = radix_sort(keys, keys + n4, n4);
	/* Gives back keys as they are used up: of ten million they take more than the rules leave. */
	hugemem_release(sorted == keys ? keys + n4 : keys, sorted == keys ? keys + 2 * (size_t)n4 : keys + n4);
	for (uint32_t i = 0, j; i < n4; i = j) {
		if (i - released > 1 << 20) {
			hugemem_release(&sorted[released], &sorted[i]);
			released = i;
		}
		for (j = i; j < n4 && sorted[j] >> 32 == sorted[i] >> 32; j++)
			items[j] = (struct item){.ip = {.w = {0, 0, MAPPED_PREFIX, be32((uint32_t)(sorted[j] >> 32))}},
						 .slot = (uint32_t)sorted[j] >> LEN_BITS,
						 .len = (uint8_t)(96 + (sorted[j] & ((1 << LEN_BITS) - 1))),
						 .v4 = true};
		if (j - i > 1)
			qsort_r(&items[i], j - i, sizeof(*items), compare_rules, (void *)rules);
	}
	/* compare_rules() also sorts everyone's rules first, and of these IPv4. */
	if (n <= 1u << SLOT_BITS)
		n6 = part_v6(&items[n4], n - n4);
	sort_long(rules, &items[n4], keys, n6);
	free(keys);
	qsort_r(&items[n4 + n6], n - n4 - n6, sizeof(*items), compare_rules, (void *)rules);
	return 0;
}
