// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bpf/ip.h"
#include "base/hugemem.h"
#include "rule/subject.h"
#include "compile.h"
#include "link.h"
#include "names.h"
#include "places.h"
#include "sort.h"
#include "trie.h"

struct order {
	const struct source *source;
	struct arena *arena;
	struct item *items; /* sorted; linking keeps only the first rule of each prefix */
};

static struct header *header_of(const struct arena *arena)
{
	return (struct header *)arena_line(arena, 0);
}

static struct subject *subject_of(const struct arena *arena, uint32_t i)
{
	return (struct subject *)arena_line(arena, header_of(arena)->subject_line + i);
}

static uint32_t put_text(struct arena *arena, const void *head, size_t head_size, const char *text)
{
	size_t size = head_size + strlen(text) + 1;
	uint32_t line = arena_lines(arena, (uint32_t)((size + sizeof(struct line) - 1) / sizeof(struct line)));

	if (!line)
		return 0;
	if (head_size)
		memcpy(arena_line(arena, line), head, head_size);
	strcpy((char *)arena_line(arena, line) + head_size, text);
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
		/*
		 * All rules of a list usually have the same extra. They share one, since nothing changes an extra in
		 * place.
		 */
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

/* Puts every subject that a call can have near its hash. Returns false when the table is too small for that. */
static int fill_hash(const struct source *source, uint32_t *table, uint32_t mask)
{
	for (uint32_t i = 0; i < source->n_subjects; i++) {
		const struct subject_source *subject = &source->subjects[i];
		uint32_t at = subject_hash(subject->kind, subject->id), probe = 0;

		if (subject->kind == SUBJECT_EVERYONE || subject->kind == SUBJECT_CGROUP)
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
		memcpy(arena_line(arena, line), table, (mask + 1u) * sizeof(*table));
		header_of(arena)->hash_line = line;
		header_of(arena)->hash_mask = mask;
	}
	free(table);
	return line ? 0 : -ENOMEM;
}

/* Sorts by width, narrowest first, then by the low end. */
static int by_width(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
	uint32_t width_a = (uint32_t)a - (uint32_t)(a >> 32), width_b = (uint32_t)b - (uint32_t)(b >> 32);

	if (width_a != width_b)
		return width_a < width_b ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* kind: SUBJECT_UID or SUBJECT_GID. Returns how many ranges there are, also when ids has no room for all. */
static uint32_t ranges_of(const struct source *source, uint32_t kind, uint64_t ids[ID_RANGES])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < source->n_subjects; i++) {
		if (source->subjects[i].kind == range_kind(kind) && n++ < ID_RANGES)
			ids[n - 1] = source->subjects[i].id;
	}
	return n;
}

/* Writes the ranges into the lines after this one. */
static void put_ranges(const struct source *source, uint32_t kind, struct arena *arena, uint32_t line)
{
	uint64_t ids[ID_RANGES];
	uint32_t n = ranges_of(source, kind, ids);

	qsort(ids, n, sizeof(ids[0]), by_width);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t *word = &arena_line(arena, line + i / (LINE_WORDS / 2))->w[(size_t)i % (LINE_WORDS / 2) * 2];

		word[0] = (uint32_t)ids[i];
		word[1] = (uint32_t)(ids[i] >> 32);
	}
	header_of(arena)->ranges[range_list(kind)] = (uint16_t)n;
}

static int put_subjects(const struct source *source, struct arena *arena)
{
	uint32_t line = arena_lines(arena, source->n_subjects + 2 * RANGE_LINES);

	if (!line)
		return -ENOMEM;
	put_ranges(source, SUBJECT_UID, arena, line + source->n_subjects);
	put_ranges(source, SUBJECT_GID, arena, line + source->n_subjects + RANGE_LINES);
	header_of(arena)->subject_line = line;
	header_of(arena)->subjects = source->n_subjects;
	for (uint32_t i = 0; i < source->n_subjects; i++) {
		const struct subject_source *from = &source->subjects[i];
		uint32_t path = subject_has_path(from->kind) ? put_text(arena, NULL, 0, from->path) : 0;
		struct subject *to = subject_of(arena, i);

		if (subject_has_path(from->kind) && !path)
			return -ENOMEM;
		to->kind = from->kind;
		to->id = from->kind == SUBJECT_CGROUP ? 0 : from->id;
		to->path_line = path;
	}
	return put_hash(source, arena);
}

/* Puts a text, and stores its line in the set's word. *line: where the words start, 0: they are not there yet. */
static int put_set_text(const struct source *source, struct arena *arena, uint32_t set, uint32_t *line,
			const uint64_t *head, const char *text)
{
	uint32_t at;

	if (!*line)
		*line = arena_lines(arena, (source->n_sets + LINE_WORDS - 1) / LINE_WORDS);
	at = *line ? put_text(arena, head, head ? sizeof(*head) : 0, text) : 0;
	if (at)
		arena_line(arena, *line + set / LINE_WORDS)->w[set % LINE_WORDS] = at;
	return at ? 0 : -ENOMEM;
}

/* Puts what the sets except, and where they come from. */
static int put_kept(const struct source *source, struct arena *arena)
{
	uint32_t excepts = 0, restored = 0;

	for (uint32_t i = 0; source->kept && i < source->n_sets; i++) {
		const struct set_source *kept = &source->kept[i];

		if ((kept->except && put_set_text(source, arena, i, &excepts, NULL, kept->except)) ||
		    (kept->source && put_set_text(source, arena, i, &restored, &kept->restored, kept->source)))
			return -ENOMEM;
	}
	subject_of(arena, 0)->path_line = excepts;
	subject_of(arena, 0)->restored_line = restored;
	return 0;
}

static int put_sets(const struct source *source, struct arena *arena)
{
	uint32_t per_line = sizeof(struct line) / SET_SIZE;
	uint32_t line = arena_lines(arena, (source->n_sets + per_line - 1) / per_line);

	if (!line)
		return -ENOMEM;
	memcpy(arena_line(arena, line), source->sets, (size_t)source->n_sets * SET_SIZE);
	header_of(arena)->set_line = line;
	header_of(arena)->sets = source->n_sets;
	return put_kept(source, arena);
}

static int no_memory(struct error *err)
{
	return error_errno(err, ENOMEM, "cannot build the tables");
}

/* Links sorted rules of one family, and builds their trie. */
static int put_trie(struct order *o, struct links *links, struct item *items, uint32_t n, uint32_t *root,
		    struct error *err)
{
	bool v4 = n && items[0].v4;

	if (link_rules(links, items, &n, err))
		return -1;
	return trie_build(o->arena, items, n, v4 ? 12 : 0, 0, root) ? no_memory(err) : 0;
}

static int compare_items(const void *a, const void *b)
{
	return item_compare(a, b);
}

/* Puts the rules that no call gets to where find_rule() finds them. */
static int put_hidden(struct order *o, struct item *items, uint32_t n, struct error *err)
{
	struct links links = {.rules = o->source->rules, .steps = UINT32_MAX};
	uint32_t n4 = 0, roots[2];

	for (uint32_t i = 0; i < n; i++) {
		items[i].subject = 0; /* one trie for all of them */
		n4 += items[i].v4;
	}
	qsort(items, n, sizeof(*items), compare_items);
	if (put_trie(o, &links, items, n4, &roots[0], err) || put_trie(o, &links, items + n4, n - n4, &roots[1], err))
		return -1;
	memcpy(subject_of(o->arena, 0)->root, roots, sizeof(roots));
	return 0;
}

static int put_tries(struct order *o, struct error *err)
{
	struct links links = {.rules = o->source->rules, .steps = WALK_STEPS, .arena = o->arena};
	uint32_t n = o->source->n_rules, root;
	int ret = 0;

	for (uint32_t from = 0, to; from < n && !ret; from = to) {
		struct item *items = &o->items[from];
		bool v4 = items->v4;
		uint16_t subject = items->subject;

		for (to = from + 1; to < n && o->items[to].subject == subject && o->items[to].v4 == v4; to++)
			;
		ret = put_trie(o, &links, items, to - from, &root, err);
		if (!ret)
			(subject ? subject_of(o->arena, subject)->root : header_of(o->arena)->root)[v4 ? 0 : 1] = root;
	}
	if (!ret && links.n_hidden)
		ret = put_hidden(o, links.hidden, links.n_hidden, err);
	free(links.hidden);
	return ret;
}

static int check_ranges(const struct source *source, struct error *err)
{
	uint64_t ids[ID_RANGES];
	bool users = ranges_of(source, SUBJECT_UID, ids) > ID_RANGES;

	if (!users && ranges_of(source, SUBJECT_GID, ids) <= ID_RANGES)
		return 0;
	return error_set(
		err, ERR_FULL,
		"too many different %s ranges in rules: at most %u (put the processes into a cgroup, and write rules for the cgroup)",
		users ? "user" : "group", ID_RANGES);
}

int compile(const struct source *source, struct arena *arena, struct error *err)
{
	struct item *sorted = source->items ? NULL : hugemem_alloc(((size_t)source->n_rules + 1) * sizeof(*sorted));
	struct order o = {.source = source, .arena = arena, .items = source->items ? source->items : sorted};
	uint32_t places = 0;
	int ret = -1;

	if (check_ranges(source, err))
		goto out;
	arena->consumes = true;
	arena_reserve(arena, source->n_rules / 2 + 4096); /* nearly always enough; else it grows */
	arena_lines(arena, 1); /* line 0, the header: arena_lines() returns 0 here on success too */
	if (!o.items || !arena->n || put_subjects(source, arena) || put_sets(source, arena) ||
	    put_extras(source, arena) || (sorted && rules_sort(source->rules, source->n_rules, sorted)))
		error_errno(err, ENOMEM, "cannot build the tables");
	else
		ret = put_tries(&o, err);
	if (!ret)
		ret = names_put(source->rules, source->n_rules, source->max_names, arena, err);
	if (!ret)
		ret = places_put(source->subjects, source->n_subjects, arena, &places, err);
	if (!ret) {
		header_of(arena)->cgroups = places;
		header_of(arena)->lines = subject_of(arena, 0)->compiled = arena->n;
		header_of(arena)->rules = header_of(arena)->live = source->n_rules;
	}
out:
	free(sorted);
	return ret;
}
