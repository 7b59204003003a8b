// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "../bpf/ip.h"
#include "big.h"
#include "compile.h"

static struct line *line_of(const struct arena *arena, uint32_t line)
{
	return &arena->lines[line - arena->base];
}

uint32_t arena_lines(struct arena *arena, uint32_t count)
{
	uint32_t first = arena->n, used = arena->n - arena->base;

	if (count > arena->room - used) {
		uint64_t room = (uint64_t)arena->room * 2 > (uint64_t)used + count ? (uint64_t)arena->room * 2
										   : (uint64_t)used + count + 64;
		struct line *lines;

		/* A ref has 31 bits, and refs to refs are words: 16 for each line. */
		if ((arena->base + room) * LINE_WORDS > UINT32_MAX)
			return 0;
		lines = big_grow(arena->lines, used * sizeof(*lines), room * sizeof(*lines));
		if (!lines)
			return 0;
		arena->lines = lines;
		arena->room = (uint32_t)room;
	}
	memset(line_of(arena, first), 0, count * sizeof(*arena->lines));
	arena->n += count;
	return first;
}

void arena_free(struct arena *arena)
{
	free(arena->lines);
	*arena = (struct arena){};
}

/* The number of the first of count words one after the other, or 0. */
static uint32_t arena_words(struct arena *arena, uint32_t count)
{
	uint32_t at;

	if (count > arena->n_spare) {
		uint32_t lines = (count + LINE_WORDS - 1) / LINE_WORDS;
		uint32_t first = arena_lines(arena, lines);

		if (!first)
			return 0;
		arena->spare = first * LINE_WORDS;
		arena->n_spare = lines * LINE_WORDS;
	}
	at = arena->spare;
	arena->spare += count;
	arena->n_spare -= count;
	return at;
}

static uint32_t *word_at(const struct arena *arena, uint32_t word)
{
	return &line_of(arena, word / LINE_WORDS)->w[word % LINE_WORDS];
}

/* may_begin: a bit is set wherever a ref differs from the one before. */
static uint32_t write_runs(struct arena *arena, const uint32_t refs[256], const uint32_t may_begin[8])
{
	uint32_t line = arena_lines(arena, 1), runs = 0, values[256];
	struct node node = {};

	if (!line)
		return 0;
	for (uint32_t i = 0; i < 8; i++) {
		node.first[i] = (__u8)runs;
		for (uint32_t left = may_begin[i] | !i; left; left &= left - 1) {
			uint32_t k = (uint32_t)__builtin_ctz(left), ref = refs[32 * i + k];

			if (runs && values[runs - 1] == ref)
				continue;
			values[runs++] = ref;
			node.begins[i] |= 1u << k;
		}
	}
	if (runs <= sizeof(node.own) / sizeof(node.own[0]))
		node.refs = line * LINE_WORDS + (uint32_t)(offsetof(struct node, own) / sizeof(uint32_t));
	else
		node.refs = arena_words(arena, runs);
	if (!node.refs)
		return 0;
	memcpy(line_of(arena, line), &node, sizeof(node));
	/* Lines follow one another. */
	memcpy(word_at(arena, node.refs), values, runs * sizeof(*values));
	return line;
}

uint32_t node_write(struct arena *arena, const uint32_t refs[256])
{
	uint32_t anywhere[8];

	memset(anywhere, 0xff, sizeof(anywhere));
	return write_runs(arena, refs, anywhere);
}

static uint32_t first32(const union ip *ip, int v4)
{
	return be32(ip->w[v4 ? 3 : 0]);
}

void filter_range(const union ip *ip, uint32_t len, uint32_t shift, uint32_t *first, uint32_t *last)
{
	int v4 = prefix_is_v4(ip, len);
	uint32_t bits = v4 ? len - 96 : len > 32 ? 32 : len;
	uint32_t start = first32(ip, v4);

	*first = start >> shift;
	*last = (start | (bits ? (uint32_t)(0xffffffffull >> bits) : ~0u)) >> shift;
}

uint32_t filter_shift(uint32_t rules, uint32_t bits)
{
	uint32_t wanted = 10;

	/* 64 bits for each rule keep most of what no rule mentions out. */
	while (wanted < bits && (uint64_t)rules * 64 > 1ull << wanted)
		wanted++;
	return 32 - wanted;
}

struct order {
	const struct source *source;
	struct arena *arena;
	struct item *items; /* sorted; of each prefix only the first rule's is left when its rules are linked */
};

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
	/* Narrow ports; a named protocol; block, then audit, then allow; and, so that there is always one answer, ports
	 * and id. No call is to two ports: single ones are told apart first, so that a verdict changes no order. */
	static const int rank[] = {[VERDICT_BLOCK] = 0, [VERDICT_AUDIT] = 1, [VERDICT_ALLOW] = 2};
	int any_a = action_proto(a->action) == PROTO_ANY, any_b = action_proto(b->action) == PROTO_ANY;

	if (span(a) != span(b))
		return span(a) < span(b) ? -1 : 1;
	if (!span(a) && a->port_lo != b->port_lo)
		return a->port_lo < b->port_lo ? -1 : 1;
	if (any_a != any_b)
		return any_a - any_b;
	if (action_verdict(a->action) != action_verdict(b->action))
		return rank[action_verdict(a->action)] - rank[action_verdict(b->action)];
	if (a->port_lo != b->port_lo)
		return a->port_lo < b->port_lo ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static int item_compare(const void *left, const void *right, void *rules)
{
	const struct item *a = left, *b = right;
	int diff = (int)a->subject - (int)b->subject;

	if (!diff)
		diff = b->v4 - a->v4;
	if (!diff)
		diff = memcmp(&a->ip, &b->ip, sizeof(a->ip));
	if (!diff)
		diff = (int)a->len - (int)b->len;
	return diff ? diff : precedence_compare((struct rule *)rules + a->slot, (struct rule *)rules + b->slot);
}

/*
 * Sorts by IPv4 address, which is all but all of a big list, 11 bits at a time. A word for each: address, slot, and the
 * length in bits of 32.
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

/* Returns which of the two has the result. */
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

int rules_sort(const struct rule *rules, uint32_t n, struct item *items)
{
	uint64_t *keys = big_alloc(2 * sizeof(*keys) * ((size_t)n + 1)), *sorted;
	uint32_t n4 = 0, others = n;

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
	for (uint32_t i = 0, j; i < n4; i = j) {
		for (j = i; j < n4 && sorted[j] >> 32 == sorted[i] >> 32; j++)
			items[j] = (struct item){.ip = {.w = {0, 0, MAPPED_PREFIX, be32((uint32_t)(sorted[j] >> 32))}},
						 .slot = (uint32_t)sorted[j] >> LEN_BITS,
						 .len = (uint8_t)(96 + (sorted[j] & ((1 << LEN_BITS) - 1))),
						 .v4 = true};
		if (j - i > 1)
			qsort_r(&items[i], j - i, sizeof(*items), item_compare, (void *)rules);
	}
	free(keys);
	/* Everyone's IPv4 rules come first in item_compare() too. */
	qsort_r(&items[n4], n - n4, sizeof(*items), item_compare, (void *)rules);
	return 0;
}

static bool item_covers(const struct item *outer, const struct item *inner)
{
	if (outer->len > inner->len)
		return false;
	/* A million times; a length of 96 leaves nothing to compare. */
	if (outer->v4 && inner->v4)
		return !((uint64_t)(be32(outer->ip.w[3]) ^ be32(inner->ip.w[3])) >> (128 - outer->len));
	return !prefix_differs(&outer->ip, outer->len, &inner->ip);
}

static bool same_prefix(const struct item *a, const struct item *b)
{
	return a->len == b->len && !memcmp(&a->ip, &b->ip, sizeof(a->ip));
}

int link_rules(struct rule *rules, struct item *items, uint32_t *n, struct error *err)
{
	/* The prefixes that cover the present one, outermost first, and how many rules are tried from each on. */
	struct item outer[130];
	uint32_t steps[130], depth = 0, prefixes = 0;

	for (uint32_t i = 0, j; i < *n; i = j) {
		struct item head = items[i];

		/* The rules lie in another order, each in a part of memory that no cache knows. */
		if (i + 16 < *n)
			__builtin_prefetch(&rules[items[i + 16].slot].next, 1);
		while (depth && !item_covers(&outer[depth - 1], &head))
			depth--;
		for (j = i + 1; j < *n && same_prefix(&items[j], &head); j++)
			rules[items[j - 1].slot].next = REF_LEAF | items[j].slot;
		rules[items[j - 1].slot].next = depth ? REF_LEAF | outer[depth - 1].slot : 0;
		outer[depth] = head;
		steps[depth] = j - i + (depth ? steps[depth - 1] : 0);
		if (steps[depth] > WALK_STEPS)
			return error_set(err, ERR_FULL,
					 "more than %d rules would have to be looked at for one destination: use port "
					 "ranges, or fewer "
					 "rules for one prefix and those around it",
					 WALK_STEPS);
		depth++;
		items[prefixes++] = head;
	}
	*n = prefixes;
	return 0;
}

static void mark(uint32_t bits[8], uint32_t n)
{
	if (n < 256)
		bits[n / 32] |= 1u << n % 32;
}

int trie_build(struct arena *arena, const struct item *items, uint32_t n, uint32_t depth, uint32_t inherited,
	       uint32_t *ref)
{
	uint32_t refs[256], may_begin[8] = {};

	if (n < 2) {
		*ref = n ? REF_LEAF | items->slot : inherited;
		return 0;
	}
	for (uint32_t i = 0; i < 256; i++)
		refs[i] = inherited;
	for (uint32_t i = 0, j; i < n; i = j) {
		uint32_t byte = items[i].ip.b[depth];

		j = i + 1;
		mark(may_begin, byte);
		if (items[i].len <= 8 * (depth + 1)) {
			uint32_t count = 1u << (8 * (depth + 1) - items[i].len);

			/* Shorter ones come first, so that longer ones are painted over them. */
			for (uint32_t k = 0; k < count; k++)
				refs[byte + k] = REF_LEAF | items[i].slot;
			mark(may_begin, byte + count);
			continue;
		}
		mark(may_begin, byte + 1);
		while (j < n && items[j].ip.b[depth] == byte)
			j++;
		if (trie_build(arena, &items[i], j - i, depth + 1, refs[byte], &refs[byte]))
			return -ENOMEM;
	}
	*ref = write_runs(arena, refs, may_begin);
	return *ref ? 0 : -ENOMEM;
}

static struct header *header_of(const struct arena *arena)
{
	return (struct header *)line_of(arena, 0);
}

static struct subject *subject_of(const struct arena *arena, uint32_t i)
{
	return (struct subject *)line_of(arena, header_of(arena)->subject_line + i);
}

static uint32_t put_text(struct arena *arena, const void *head, size_t head_size, const char *text)
{
	size_t size = head_size + strlen(text) + 1;
	uint32_t line = arena_lines(arena, (uint32_t)((size + sizeof(struct line) - 1) / sizeof(struct line)));

	if (!line)
		return 0;
	if (head_size)
		memcpy(line_of(arena, line), head, head_size);
	strcpy((char *)line_of(arena, line) + head_size, text);
	return line;
}

static int put_extras(const struct source *source, struct arena *arena)
{
	const struct extra *last = NULL;
	uint32_t line = 0;

	for (uint32_t i = 0; i < source->n_rules; i++) {
		uint64_t action = source->rules[i].action;
		const struct extra *extra;

		header_of(arena)->blocking += action_verdict(action) == VERDICT_BLOCK;
		if (!action_extra(action))
			continue;
		extra = &source->extras[action_extra(action) - 1];
		/* A list's rules all say the same: once is enough, since extras are never changed in place. */
		if (!last || extra->expires != last->expires || strcmp(extra->comment, last->comment))
			line = put_text(arena, &extra->expires, offsetof(struct extra, comment), extra->comment);
		if (!line)
			return -ENOMEM;
		last = extra;
		source->rules[i].action = (action & UINT32_MAX) | (uint64_t)line << 32;
		header_of(arena)->expiring += extra->expires != 0;
	}
	return 0;
}

/* Puts each subject that a call can have within reach of its hash. False: the table is too small for that. */
static int fill_hash(const struct source *source, uint32_t *table, uint32_t mask)
{
	for (uint32_t i = 0; i < source->n_subjects; i++) {
		const struct subject_source *subject = &source->subjects[i];
		uint32_t at = subject_hash(subject->kind, subject->id), probe = 0;

		if (subject->kind == SUBJECT_EVERYONE || (subject->kind == SUBJECT_CGROUP && !subject->id))
			continue;
		while (probe < SUBJECT_PROBES && table[(at + probe) & mask])
			probe++;
		if (probe == SUBJECT_PROBES)
			return 0;
		table[(at + probe) & mask] = i;
	}
	return 1;
}

static int put_hash(const struct source *source, struct arena *arena)
{
	uint32_t mask = LINE_WORDS - 1, line;
	uint32_t *table = calloc(mask + 1u, sizeof(*table));

	while (table && !fill_hash(source, table, mask)) {
		mask = mask * 2 + 1;
		free(table);
		table = calloc(mask + 1u, sizeof(*table));
	}
	line = table ? arena_lines(arena, (mask + 1) / LINE_WORDS) : 0;
	if (line) {
		memcpy(line_of(arena, line), table, (mask + 1u) * sizeof(*table));
		header_of(arena)->hash_line = line;
		header_of(arena)->hash_mask = mask;
	}
	free(table);
	return line ? 0 : -ENOMEM;
}

/* The narrowest first, then the lowest. */
static int by_width(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
	uint32_t width_a = (uint32_t)a - (uint32_t)(a >> 32), width_b = (uint32_t)b - (uint32_t)(b >> 32);

	if (width_a != width_b)
		return width_a < width_b ? -1 : 1;
	return a < b ? -1 : a > b;
}

static uint32_t ranges_of(const struct source *source, uint64_t ids[UID_RANGES])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < source->n_subjects; i++) {
		if (source->subjects[i].kind == SUBJECT_UIDS && n++ < UID_RANGES)
			ids[n - 1] = source->subjects[i].id;
	}
	return n;
}

/* Into the lines that follow line. */
static void put_ranges(const struct source *source, struct arena *arena, uint32_t line)
{
	uint64_t ids[UID_RANGES];
	uint32_t n = ranges_of(source, ids);

	qsort(ids, n, sizeof(ids[0]), by_width);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t *word = &line_of(arena, line + i / (LINE_WORDS / 2))->w[(size_t)i % (LINE_WORDS / 2) * 2];

		word[0] = (uint32_t)ids[i];
		word[1] = (uint32_t)(ids[i] >> 32);
	}
	header_of(arena)->ranges = n;
}

static int put_subjects(const struct source *source, struct arena *arena)
{
	uint32_t line = arena_lines(arena, source->n_subjects + UID_RANGES / (LINE_WORDS / 2));

	if (!line)
		return -ENOMEM;
	put_ranges(source, arena, line + source->n_subjects);
	header_of(arena)->subject_line = line;
	header_of(arena)->subjects = source->n_subjects;
	for (uint32_t i = 0; i < source->n_subjects; i++) {
		const struct subject_source *from = &source->subjects[i];
		uint32_t path = from->kind == SUBJECT_CGROUP ? put_text(arena, NULL, 0, from->path) : 0;
		struct subject *to = subject_of(arena, i);

		if (from->kind == SUBJECT_CGROUP && !path)
			return -ENOMEM;
		to->kind = from->kind;
		to->id = from->id;
		to->path_line = path;
		header_of(arena)->uids += from->kind == SUBJECT_UID || from->kind == SUBJECT_UIDS;
		header_of(arena)->cgroups += from->kind == SUBJECT_CGROUP;
	}
	return put_hash(source, arena);
}

static int put_sets(const struct source *source, struct arena *arena)
{
	uint32_t per_line = sizeof(struct line) / SET_SIZE;
	uint32_t line = arena_lines(arena, (source->n_sets + per_line - 1) / per_line);

	if (!line)
		return -ENOMEM;
	memcpy(line_of(arena, line), source->sets, (size_t)source->n_sets * SET_SIZE);
	header_of(arena)->set_line = line;
	header_of(arena)->sets = source->n_sets;
	return 0;
}

static int put_tries(struct order *o, struct error *err)
{
	uint32_t n = o->source->n_rules, count, root;

	for (uint32_t from = 0, to; from < n; from = to) {
		struct item *items = &o->items[from];
		bool v4 = items->v4;
		uint16_t subject = items->subject;

		for (to = from + 1; to < n && o->items[to].subject == subject && o->items[to].v4 == v4; to++)
			;
		count = to - from;
		if (link_rules(o->source->rules, items, &count, err))
			return -1;
		if (trie_build(o->arena, items, count, v4 ? 12 : 0, 0, &root))
			return error_errno(err, ENOMEM, "cannot build the tables");
		(subject ? subject_of(o->arena, subject)->root : header_of(o->arena)->root)[v4 ? 0 : 1] = root;
	}
	return 0;
}

int compile(const struct source *source, struct arena *arena, struct error *err)
{
	struct item *sorted = source->items ? NULL : big_alloc(((size_t)source->n_rules + 1) * sizeof(*sorted));
	struct order o = {.source = source, .arena = arena, .items = source->items ? source->items : sorted};
	uint64_t ranges[UID_RANGES];
	int ret = -1;

	if (ranges_of(source, ranges) > UID_RANGES) {
		error_set(err, ERR_FULL,
			  "too many different ranges of users in rules: at most %u (put their processes into a cgroup, "
			  "and make rules for that)",
			  UID_RANGES);
		goto out;
	}
	arena_lines(arena, 1); /* the header: line 0, which is why arena_lines() cannot say whether it worked */
	if (!o.items || !arena->n || put_subjects(source, arena) || put_sets(source, arena) ||
	    put_extras(source, arena) || (sorted && rules_sort(source->rules, source->n_rules, sorted)))
		error_errno(err, ENOMEM, "cannot build the tables");
	else
		ret = put_tries(&o, err);
	if (!ret) {
		header_of(arena)->lines = arena->n;
		header_of(arena)->rules = header_of(arena)->live = source->n_rules;
	}
out:
	free(sorted);
	return ret;
}
