/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compiled tables in plain memory: files of no file system in the place of the BPF maps, so that neither root nor a
 * kernel with BPF is needed. And the programs' way through them: bpf/lsmctl.bpf.c, from is_mentioned() to
 * look_up().
 */
#ifndef LSMCTL_MEMORY_H
#define LSMCTL_MEMORY_H

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "table/compile.h"
#include "table/filter.h"
#include "bpf/filter.h"
#include "table/place_walk.h"
#include "table/walk.h"
#include "naive.h"

static inline int memory_mapped(struct mapped *map, const void *from, size_t used, size_t size)
{
	int fd = memfd_create("lsmctl", 0);

	if (fd < 0 || ftruncate(fd, (off_t)size) || pwrite(fd, from, used, 0) != (ssize_t)used)
		return -1;
	return mapped_open(map, fd, size, true);
}

/* As tables_publish() leaves them, with room for some rules and lines more. Close them with tables_close(). */
static inline int memory_open(struct tables *t, const struct source *source, uint32_t more_rules, uint32_t more_lines,
			      struct error *err)
{
	struct config config = {.magic = LSMCTL_MAGIC, .layout = LSMCTL_LAYOUT, .state = STATE_ON};
	struct arena arena = {};
	struct filters filters = {};
	struct source counted = *source;
	void *subjects;
	uint32_t *kinds;
	int ret = -1;

	*t = (struct tables){.write = true,
			     .shared = MAPPED_CLOSED,
			     .outer = {-1, -1, -1},
			     .peek = -1,
			     .cgroups = -1,
			     .arena = MAPPED_CLOSED,
			     .rules = MAPPED_CLOSED,
			     .counters = MAPPED_CLOSED};
	if (compile(source, &arena, err))
		goto out;
	counted.n_v4 = 0;
	for (uint32_t i = 0; i < source->n_rules; i++)
		counted.n_v4 += prefix_is_v4(&source->rules[i].ip, action_len(source->rules[i].action));
	if (filters_make(&counted, &filters))
		goto out;
	config.filter4_shift = filters.shift4;
	config.filter6_mask = filters.mask6;
	t->max_lines = arena.n + more_lines;
	t->max_rules = source->n_rules + more_rules;
	if (memory_mapped(&t->shared, &config, sizeof(config), sizeof(struct shared)) ||
	    memory_mapped(&t->arena, arena.lines, arena.n * sizeof(struct line), t->max_lines * sizeof(struct line)) ||
	    memory_mapped(&t->rules, source->rules, source->n_rules * sizeof(struct rule),
			  t->max_rules * sizeof(struct rule)))
		goto out;
	t->config = mapped_at(&t->shared, 0, sizeof(*t->config));
	t->header = (struct header *)tables_line(t, 0);
	if (!t->config || !t->header)
		goto out;
	for (uint32_t i = 0; i < source->n_rules; i++) {
		if (tables_mention(t, &source->rules[i]))
			goto out;
	}
	subjects = mapped_at(&t->shared, offsetof(struct shared, subjects), sizeof(((struct shared *)0)->subjects));
	kinds = mapped_at(&t->shared, offsetof(struct shared, kinds), sizeof(*kinds));
	if (!subjects || !kinds)
		goto out;
	*kinds = *filters.bits[FILTER_KINDS];
	memcpy(subjects, filters.bits[FILTER_SUBJECTS], sizeof(((struct shared *)0)->subjects));
	ret = 0;
out:
	filters_free(&filters);
	arena_free(&arena);
	if (ret)
		tables_close(t);
	return ret;
}

static inline bool memory_mentions(struct tables *t, const union ip *ip, uint32_t port)
{
	const struct shared *shared = (const void *)t->shared.base;
	const size_t from = offsetof(struct shared, filter6), end = offsetof(struct shared, watchers);
	size_t word = offsetof(struct shared, filter4) + filter4_bit(ip->w[3], t->config->filter4_shift) / 32 * 4;

	/* Maps what is read. */
	if (!mapped_at(&t->shared, from, end - from) || !mapped_at(&t->shared, word, 4))
		return true;
	return (shared->config.special.ports && filter_has_port(shared, port)) ||
	       (ip_is_v4(ip) ? filter4_has(shared, ip->w[3]) && filter4_has_for(shared, ip->w[3], port)
			     : filter6_has(shared, be64(ip->d[0])));
}

static inline bool memory_has_subject(struct tables *t, uint32_t kind, uint64_t id)
{
	const size_t from = offsetof(struct shared, subjects);

	return !mapped_at(&t->shared, from, sizeof(((struct shared *)0)->subjects)) ||
	       filter_has_subject((const void *)t->shared.base, kind, id);
}

static inline bool memory_has_kind(struct tables *t, uint32_t kind)
{
	return !mapped_at(&t->shared, offsetof(struct shared, kinds), sizeof(uint32_t)) ||
	       filter_has_kind((const void *)t->shared.base, kind);
}

static inline uint32_t memory_ask(struct tables *t, const struct call *call, enum subject_kind kind, uint64_t id)
{
	struct generation g = {.t = t, .now = call->now};
	const struct query q = {.ip = call->ip, .call = call_make(call->port, call->proto, call->raw, 0)};
	uint32_t root = subject_root(&g, t->header, kind, id, !ip_is_v4(&call->ip));

	return (uint32_t)walk(&g, trie_leaf(&g, root, &q.ip), &q);
}

/* The place of a call's cgroup: the paths of cgroups have their ids' letters as names, a for 7 and b for 9. */
static inline uint32_t memory_place(struct tables *t, const struct call *call)
{
	uint32_t place = 1;

	for (size_t i = call->n_cgroups; i-- > 0;) {
		const char name[] = {call->cgroups[i] == 7 ? 'a' : 'b', '\0'};
		uint32_t next = place_of_child(t, t->header->cgroups, place, name);

		if (!next || next == PLACE_BROKEN)
			return next ? next : place;
		place = next;
	}
	return place;
}

/* Asks the subjects of a place. */
static inline uint32_t memory_ask_place(struct tables *t, const struct call *call, uint32_t place)
{
	struct generation g = {.t = t, .now = call->now};
	uint32_t ref = 0;

	if (place == PLACE_BROKEN)
		return REF_BROKEN;
	for (uint32_t i = 0; !ref; i++) {
		uint32_t subject = place_subject_at(&g, t->header->cgroups, place, i);

		if (!subject)
			break;
		ref = subject == PLACE_BROKEN ? REF_BROKEN : memory_ask(t, call, SUBJECT_CGROUP, subject);
	}
	return ref;
}

/* Asks for a user or a group, then the ranges with it. */
static inline uint32_t memory_ask_ids(struct tables *t, const struct call *call, enum subject_kind kind, uint32_t id)
{
	struct generation g = {.t = t, .now = call->now};
	uint32_t list = range_list(kind), ref = 0;

	if (memory_has_kind(t, kind) && memory_has_subject(t, kind, id))
		ref = memory_ask(t, call, kind, id);
	for (uint32_t i = 0; !ref && memory_has_kind(t, range_kind(kind)) && i < t->header->ranges[list]; i++) {
		uint64_t range = range_at(&g, t->header, list, i);

		if (!range)
			ref = REF_BROKEN;
		else if (range_has(range, id))
			ref = memory_ask(t, call, (enum subject_kind)range_kind(kind), range);
	}
	return ref;
}

/* The slot of the rule that decides, -1 for none, -2 where the tables are broken. */
static inline int64_t memory_decide(struct tables *t, const struct call *call)
{
	uint32_t ref = 0;

	if (!memory_mentions(t, &call->ip, call->port))
		return -1;
	if (memory_has_kind(t, SUBJECT_CGROUP) && t->header->cgroups && call->n_cgroups)
		ref = memory_ask_place(t, call, memory_place(t, call));
	if (!ref)
		ref = memory_ask_ids(t, call, SUBJECT_UID, call->uid);
	if (!ref)
		ref = memory_ask_ids(t, call, SUBJECT_GID, call->gid);
	if (!ref && call->exe && memory_has_kind(t, SUBJECT_EXE) && memory_has_subject(t, SUBJECT_EXE, call->exe))
		ref = memory_ask(t, call, SUBJECT_EXE, call->exe);
	if (!ref && memory_has_kind(t, SUBJECT_EVERYONE))
		ref = memory_ask(t, call, SUBJECT_EVERYONE, 0);
	if (ref == REF_BROKEN)
		return -2;
	return ref ? (int64_t)(ref & ~REF_LEAF) : -1;
}

#endif
