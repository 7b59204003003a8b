// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include "bpf/ip.h"
#include "merge.h"

static int compare(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

/* The prefixes of one family. */
static bool covers(const struct prefix *outer, const struct prefix *inner)
{
	unsigned int bytes = outer->len / 8, bits = outer->len % 8;

	if (outer->len > inner->len || memcmp(&outer->ip, &inner->ip, bytes) != 0)
		return false;
	return !bits || !((outer->ip.b[bytes] ^ inner->ip.b[bytes]) & 0xff00 >> bits & 0xff);
}

/* Returns whether the two are the halves of one prefix; first is the lower one. */
static bool are_halves(const struct prefix *first, const struct prefix *second)
{
	struct prefix whole = *first;

	if (!first->len || first->len != second->len || prefix_equal(first, second))
		return false;
	whole.len--;
	return !(first->ip.b[whole.len / 8] & 0x80 >> whole.len % 8) && covers(&whole, second);
}

/*
 * Adds a prefix after n merged ones, and returns their new number. They come in order, of one start the shorter first,
 * so a prefix that covers another comes before it.
 */
static size_t push(struct prefix *merged, size_t n, const struct prefix *next, unsigned int shortest)
{
	if (n && covers(&merged[n - 1], next))
		return n;
	merged[n++] = *next;
	while (n > 1 && merged[n - 1].len > shortest && are_halves(&merged[n - 2], &merged[n - 1])) {
		n--;
		merged[n - 1].len--;
	}
	return n;
}

static size_t merge(struct prefix *prefixes, size_t n, unsigned int shortest)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		kept = push(prefixes, kept, &prefixes[i], shortest);
	return kept;
}

/*
 * While IPv6 merges, count the place of IPv4 (::ffff:0:0/96) as covered: no IPv6 prefix ever matches there, so its
 * neighbours can merge over it. If it has merged with none in the end, drop it.
 */
static size_t merge_v6(struct prefix *prefixes, size_t n)
{
	/* All IPv4 addresses. */
	const struct prefix v4_space = {.ip = {.w = {0, 0, MAPPED_PREFIX, 0}}, .len = 96};
	size_t place = 0;

	while (place < n && memcmp(&prefixes[place].ip, &v4_space.ip, sizeof(v4_space.ip)) < 0)
		place++;
	memmove(&prefixes[place + 1], &prefixes[place], (n - place) * sizeof(*prefixes));
	prefixes[place] = v4_space;
	n = merge(prefixes, n + 1, 0);
	for (size_t i = 0; i < n; i++) {
		if (prefix_equal(&prefixes[i], &v4_space)) {
			n--;
			memmove(&prefixes[i], &prefixes[i + 1], (n - i) * sizeof(*prefixes));
		}
	}
	return n;
}

size_t prefixes_merge(struct prefix *prefixes, size_t n)
{
	size_t v4 = 0, kept, kept6 = 0;

	if (n)
		qsort(prefixes, n, sizeof(*prefixes), compare);
	while (v4 < n && prefix_family_v4(&prefixes[v4]))
		v4++;
	kept = merge(prefixes, v4, 96);
	if (n > v4)
		kept6 = merge_v6(&prefixes[v4], n - v4);
	memmove(&prefixes[kept], &prefixes[v4], kept6 * sizeof(*prefixes));
	return kept + kept6;
}
