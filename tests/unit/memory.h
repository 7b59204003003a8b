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
#include "../../common/tables_walk.h"
#include "naive.h"

static inline int memory_window(struct window *window, const void *from, size_t used, size_t size)
{
	int fd = memfd_create("lsmctl", 0);

	if (fd < 0 || ftruncate(fd, (off_t)size) || pwrite(fd, from, used, 0) != (ssize_t)used)
		return -1;
	return window_open(window, fd, size, true);
}

/* As tables_publish() leaves them, with room for some rules and lines more. Close them with tables_close(). */
static inline int memory_open(struct tables *t, const struct source *source, uint32_t more_rules, uint32_t more_lines,
			      struct error *err)
{
	struct config config = {.magic = LSMCTL_MAGIC, .layout = LSMCTL_LAYOUT, .state = STATE_ON};
	struct arena arena = {};
	uint32_t n[2] = {};
	int ret = -1;

	*t = (struct tables){.write = true,
			     .shared = WINDOW_CLOSED,
			     .outer = {-1, -1, -1},
			     .arena = WINDOW_CLOSED,
			     .rules = WINDOW_CLOSED,
			     .counters = WINDOW_CLOSED};
	if (compile(source, &arena, err))
		goto out;
	for (uint32_t i = 0; i < source->n_rules; i++)
		n[!prefix_is_v4(&source->rules[i].ip, action_len(source->rules[i].action))]++;
	config.filter_shift[0] = filter_shift(n[0], FILTER4_BITS);
	config.filter_shift[1] = filter_shift(n[1], FILTER6_BITS);
	t->max_lines = arena.n + more_lines;
	t->max_rules = source->n_rules + more_rules;
	if (memory_window(&t->shared, &config, sizeof(config), sizeof(struct shared)) ||
	    memory_window(&t->arena, arena.lines, arena.n * sizeof(struct line), t->max_lines * sizeof(struct line)) ||
	    memory_window(&t->rules, source->rules, source->n_rules * sizeof(struct rule),
			  t->max_rules * sizeof(struct rule)))
		goto out;
	t->config = window_at(&t->shared, 0, sizeof(*t->config));
	t->header = (struct header *)tables_line(t, 0);
	if (!t->config || !t->header)
		goto out;
	for (uint32_t i = 0; i < source->n_rules; i++) {
		if (tables_mention(t, &source->rules[i].ip, action_len(source->rules[i].action)))
			goto out;
	}
	ret = 0;
out:
	arena_free(&arena);
	if (ret)
		tables_close(t);
	return ret;
}

static inline bool memory_mentions(struct tables *t, const union ip *ip)
{
	int v4 = ip_is_v4(ip);
	uint32_t bit = be32(ip->w[v4 ? 3 : 0]) >> t->config->filter_shift[!v4];
	size_t filter = v4 ? offsetof(struct shared, filter4) : offsetof(struct shared, filter6);
	const uint32_t *word = window_at(&t->shared, filter + bit / 32 * sizeof(*word), sizeof(*word));

	return word && *word >> bit % 32 & 1;
}

static inline uint32_t memory_ask(struct tables *t, const struct call *call, enum subject_kind kind, uint64_t id)
{
	struct generation g = {.t = t, .now = call->now};
	const struct query q = {.ip = call->ip, .proto = call->proto, .raw = call->raw, .port = call->port};
	uint32_t root = subject_root(&g, t->header, kind, id, !ip_is_v4(&call->ip));

	return (uint32_t)walk(&g, trie_leaf(&g, root, &q.ip), &q);
}

/* The slot of the rule that decides, -1 for none, -2 where the tables are broken. */
static inline int64_t memory_decide(struct tables *t, const struct call *call)
{
	uint32_t ref = 0;

	if (!memory_mentions(t, &call->ip))
		return -1;
	for (size_t i = 0; t->header->cgroups && i < call->n_cgroups && !ref; i++)
		ref = memory_ask(t, call, SUBJECT_CGROUP, call->cgroups[i]);
	if (!ref && t->header->uids)
		ref = memory_ask(t, call, SUBJECT_UID, call->uid);
	for (uint32_t i = 0; !ref && i < t->header->ranges; i++) {
		struct generation g = {.t = t, .now = call->now};
		uint64_t id = uids_at(&g, t->header, i);

		if (uids_have(id, call->uid))
			ref = memory_ask(t, call, SUBJECT_UIDS, id);
	}
	if (!ref)
		ref = memory_ask(t, call, SUBJECT_EVERYONE, 0);
	if (ref == REF_BROKEN)
		return -2;
	return ref ? (int64_t)(ref & ~REF_LEAF) : -1;
}

#endif
