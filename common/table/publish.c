// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <linux/membarrier.h>
#include "bind.h"
#include "filter.h"
#include "names.h"
#include "publish.h"
#include "ruleset.h"
#include "store_impl.h"

#define MOST_DOUBLINGS 7

/* Adds spare room, so that edits can add rules and tables in place: doubled so often, up to a quarter of all. */
static uint32_t with_room(uint32_t n, uint32_t least, uint32_t most, uint32_t doublings)
{
	uint32_t more = n / 64 > least ? n / 64 : least, limit = n / 4 + least;

	more = (more < most ? more : most) << doublings;
	return n + (more < limit ? more : limit);
}

/* Room that edits have used up is doubled the next time, so that many edits compile seldom. */
static uint32_t doublings_after(const struct tables *t)
{
	uint32_t before = t->header ? t->header->doublings : 0;
	bool used_up = t->header && (t->header->rules == t->max_rules || t->max_lines - t->header->lines < 256);

	if (used_up)
		return before < MOST_DOUBLINGS ? before + 1 : MOST_DOUBLINGS;
	return before && before <= MOST_DOUBLINGS ? before - 1 : 0;
}

static int make_inner(int which, uint32_t max, struct mapped *map)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = INNER_FLAGS);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, store_names[which], sizeof(__u32), store_value_sizes[which], max,
				&opts);

	return fd < 0 ? -errno : mapped_open(map, fd, (size_t)max * store_value_sizes[which], true);
}

/* Copies into an inner map in parts, so that never all of it is resident. Zeroes the rest of the map. */
static int fill(struct mapped *map, const void *from, size_t size, bool is_new)
{
	size_t end = is_new ? size : map->size;

	for (size_t offset = 0; offset < end; mapped_forget(map)) {
		size_t part = end - offset < (4u << 20) ? end - offset : 4u << 20;
		size_t copied = offset >= size ? 0 : part < size - offset ? part : size - offset;
		uint8_t *to = mapped_at(map, offset, part);

		if (!to)
			return -ENOMEM;
		if (copied)
			memcpy(to, (const uint8_t *)from + offset, copied);
		memset(to + copied, 0, part - copied);
		offset += part;
	}
	return 0;
}

/* A map for a slot of an outer map; fd -1: empties the slot. */
struct put {
	int outer, fd;
	__u32 slot;
	int ret;
};

/* The update waits in the kernel until no program uses the old map. */
static void *put(void *arg)
{
	struct put *p = arg;
	int ret = p->fd < 0 ? bpf_map_delete_elem(p->outer, &p->slot)
			    : bpf_map_update_elem(p->outer, &p->slot, &p->fd, BPF_ANY);

	p->ret = ret ? -errno : 0;
	return NULL;
}

/*
 * Waits until no program decides by the old generation: puts the same map into the slot again, since the kernel then
 * waits. When the kernel has no memory for that, a membarrier waits for the same.
 */
static int wait_for_programs(const struct tables *t, const struct mapped *arena, __u32 slot)
{
	struct put again = {.outer = t->outer[ARENA], .fd = arena->fd, .slot = slot};

	put(&again);
	return again.ret && syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) ? again.ret : 0;
}

/* One map for each outer map. Three threads wait at the same time. */
struct puts {
	struct put of[3];
	pthread_t threads[3];
	bool started[3];
};

static void puts_begin(struct puts *puts, struct tables *t, __u32 slot, const struct mapped *inner)
{
	memset(t->config->inner[slot], 0, sizeof(t->config->inner[slot])); /* no map has the id 0 */
	for (int i = 0; i < 3; i++) {
		puts->of[i] = (struct put){.outer = t->outer[i], .fd = inner ? inner[i].fd : -1, .slot = slot};
		puts->started[i] = !pthread_create(&puts->threads[i], NULL, put, &puts->of[i]);
		if (!puts->started[i])
			put(&puts->of[i]);
	}
}

static int puts_end(struct puts *puts)
{
	int ret = 0;

	for (int i = 0; i < 3; i++) {
		if (puts->started[i])
			pthread_join(puts->threads[i], NULL);
		ret = ret ? ret : puts->of[i].ret;
	}
	return ret;
}

/* Notes the map ids, for later commands to find the maps. */
static int note_ids(__u32 ids[3], const struct mapped *inner)
{
	struct bpf_map_info info;
	int ret = 0;

	for (int i = 0; i < 3 && !ret; i++) {
		ret = store_map_info(inner[i].fd, &info);
		ids[i] = info.id;
	}
	return ret;
}

static bool has_counters(const struct tables *t)
{
	return t->header && t->header->rules;
}

/*
 * Copies the counters of the rules that stay. Hits during the switch are added when no program uses the old generation.
 */
static struct counter *copy_counters(struct tables *t, const uint32_t *origin, uint32_t n)
{
	struct counter *copy = calloc((size_t)n + 1, sizeof(*copy));

	for (uint32_t i = 0; copy && has_counters(t) && i < n; i++) {
		struct counter counter = origin[i] ? tables_counter(t, origin[i] - 1) : (struct counter){};

		/* Nearly all counters are zero, and pages without a write take no memory. */
		if (counter.hits)
			copy[i] = counter;
	}
	if (t->header)
		mapped_forget(&t->counters);
	return copy;
}

static void paste_counters(struct mapped *to, const struct counter *copy, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (copy[i].hits)
			store_set_counter(to, i, &copy[i]);
	}
}

static void add_late_hits(struct tables *t, struct mapped *to, const struct counter *copy, const uint32_t *origin,
			  uint32_t n)
{
	for (uint32_t i = 0; has_counters(t) && i < n; i++) {
		struct counter old = origin[i] ? tables_counter(t, origin[i] - 1) : (struct counter){};
		struct counters *to_counters = old.hits == copy[i].hits ? NULL : store_counters_at(to, i);
		uint32_t last_hit = (uint32_t)(old.last_hit >> LAST_HIT_SHIFT);

		if (!to_counters)
			continue;
		__atomic_fetch_add(&to_counters->hits[i % 2], old.hits - copy[i].hits, __ATOMIC_RELAXED);
		if (to_counters->last_hit[i % 2] < last_hit)
			to_counters->last_hit[i % 2] = last_hit;
	}
}

/* Opens the kept maps of a slot. False when the slot is empty or its maps are too small. */
static bool open_kept(const struct tables *t, __u32 slot, struct mapped inner[3], uint32_t lines, uint32_t rules)
{
	__u32 max[3] = {};
	bool found = true;

	for (int i = 0; i < 3; i++)
		found = found && t->config->inner[slot][i] && !store_open_inner(t, slot, i, &inner[i], &max[i]);
	if (found && store_is_small(&inner[ARENA], &inner[RULES], &inner[COUNTERS]) &&
	    max[ARENA] >= lines / CHUNK_LINES + 1 && max[RULES] >= rules && max[COUNTERS] >= (max[RULES] + 1) / 2)
		return true;
	for (int i = 0; i < 3; i++)
		mapped_close(&inner[i]);
	return false;
}

/* Makes the new generation the open one. Must not fail: the new generation is in force. */
static void take_over(struct tables *t, struct mapped made[3], __u32 generation)
{
	store_close_generation(t);
	t->arena = made[ARENA];
	t->rules = made[RULES];
	t->counters = made[COUNTERS];
	for (int i = 0; i < 3; i++)
		made[i] = MAPPED_CLOSED;
	t->generation = generation;
	t->max_lines = t->arena.size / sizeof(struct line);
	t->max_rules = t->rules.size / sizeof(struct rule);
	t->header = mapped_at(&t->arena, 0, sizeof(*t->header)); /* cannot fail: mapped already */
}

int tables_publish(struct tables *t, const struct source *source, const struct arena *arena, const uint32_t *origin,
		   const struct settings *settings, uint64_t trial_until, struct error *err)
{
	struct mapped made[3] = {MAPPED_CLOSED, MAPPED_CLOSED, MAPPED_CLOSED};
	uint32_t n = source->n_rules, doublings = doublings_after(t), max_rules = with_room(n, 128, 4096, doublings);
	uint32_t max_lines = with_room(arena->n, 512, 16384, doublings);
	uint32_t chunks = (max_lines + CHUNK_LINES - 1) / CHUNK_LINES;
	__u32 next = t->generation + 1, slot = next & 1, old = !slot;
	struct counter *counters = copy_counters(t, origin, n);
	struct rule_needs needs = {
		.subjects = source->subjects, .n_subjects = source->n_subjects, .settings = settings};
	struct filters filters = {};
	uint64_t *names = NULL;
	struct header *header;
	struct puts puts;
	bool is_new, said = false; /* said: the error is set */
	int ret = counters ? filters_make(source, &filters) : -ENOMEM, waited;

	if (ret)
		goto out;
	ret = names_of(source->rules, n, &names, &needs.n_names, &needs.resolvers);
	if (ret)
		goto out;
	needs.names = names;
	if (t->keeper && t->keeper->want(t->keeper->arg, &needs, err)) {
		said = true;
		ret = -1;
		goto out;
	}
	/* Asks for part of the spare room too; for all where it was short. */
	is_new = !open_kept(t, slot, made, doublings ? max_lines : arena->n + 64, doublings ? max_rules : n + 16);
	if (is_new) {
		ret = make_inner(ARENA, chunks, &made[ARENA]);
		if (!ret)
			ret = make_inner(RULES, max_rules, &made[RULES]);
		if (!ret)
			ret = make_inner(COUNTERS, (max_rules + 1) / 2, &made[COUNTERS]);
	}
	if (!ret)
		ret = filters_widen(t, &filters);
	/*
	 * The idle slot: normally no program looks there. After a killed writer, or after a trial that has just
	 * expired, a program may still do so until this wait.
	 */
	if (!ret && (t->config->pending || t->config->trial_until) && t->header)
		ret = wait_for_programs(t, &t->arena, old);
	if (ret)
		goto out;
	if (is_new)
		puts_begin(&puts, t, slot, made); /* waits in the background while the maps are filled */
	ret = fill(&made[ARENA], arena->lines, arena->n * sizeof(struct line), is_new);
	if (!ret)
		ret = fill(&made[RULES], source->rules, n * sizeof(struct rule), is_new);
	if (!ret)
		ret = fill(&made[COUNTERS], NULL, 0, is_new);
	if (!ret && has_counters(t))
		paste_counters(&made[COUNTERS], counters, n);
	header = mapped_at(&made[ARENA], 0, sizeof(*header));
	if (!ret && !header)
		ret = -ENOMEM;
	if (!ret)
		header->doublings = doublings;
	if (is_new) {
		int put = puts_end(&puts);

		ret = ret ? ret : put;
		if (!ret)
			ret = note_ids(t->config->inner[slot], made);
	}
	/* From here on the programs add new cgroups to both slots. */
	if (!ret)
		ret = bind_places(t, &made[ARENA], slot);
	if (ret)
		goto out;
	t->config->settings[slot] = *settings;
	t->config->fallback = t->generation;
	/*
	 * A writer killed after this line leaves the old generation to clean up. A trial keeps the old generation, and
	 * waits when it ends.
	 */
	if (!trial_until)
		__atomic_store_n(&t->config->pending, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&t->config->trial_until, trial_until, __ATOMIC_RELEASE);
	__atomic_store_n(&t->config->generation, next, __ATOMIC_RELEASE); /* from here on the new one is in force */
	__atomic_store_n(&t->config->filter4_shift, filters.shift4, __ATOMIC_RELEASE);
	__atomic_store_n(&t->config->filter6_mask, filters.mask6, __ATOMIC_RELEASE);
	/* Nothing frees the old generation before all programs have left it. */
	waited = wait_for_programs(t, &made[ARENA], slot);
	if (!trial_until && !waited) {
		if (t->header && !store_is_small(&t->arena, &t->rules, &t->counters)) {
			puts_begin(&puts, t, old, NULL);
			puts_end(&puts); /* cannot fail: the slots exist */
		}
		filters_narrow(t, &filters);
		bind_forget(t, old);
		if (t->keeper)
			t->keeper->keep(t->keeper->arg, &needs);
		/* anything_special() of the programs reads the settings of both generations. */
		t->config->settings[old] = *settings;
	}
	if (!waited)
		__atomic_store_n(&t->config->pending, 0, __ATOMIC_RELEASE);
	add_late_hits(t, &made[COUNTERS], counters, origin, n);
	take_over(t, made, next);
out:
	for (int i = 0; i < 3; i++)
		mapped_close(&made[i]);
	filters_free(&filters);
	free(counters);
	free(names);
	if (ret == -EXDEV)
		return error_set(
			err, ERR_SYSTEM,
			"rules are for cgroups, and this process cannot see the root of all cgroups: run this command outside of containers");
	if (said)
		return -1;
	return ret ? error_errno(err, -ret, "cannot put the rules in force") : 0;
}

int tables_end_trial(struct tables *t, bool keep, struct error *err)
{
	__u32 generation = keep ? t->config->generation : t->config->fallback;
	int ret = 0;

	/* Do first what can fail: on failure, nothing has changed. */
	if (t->generation != generation) {
		store_close_generation(t);
		t->generation = generation;
		ret = store_open_generation(t);
	}
	if (ret)
		return error_errno(err, -ret, "cannot open the rules");
	__atomic_store_n(&t->config->pending, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&t->config->generation, generation, __ATOMIC_RELEASE);
	__atomic_store_n(&t->config->trial_until, 0, __ATOMIC_RELEASE);
	/* Wait, so that the next generation may use the other slot. */
	if (!wait_for_programs(t, &t->arena, generation & 1)) {
		t->config->settings[!(generation & 1)] = t->config->settings[generation & 1];
		__atomic_store_n(&t->config->pending, 0, __ATOMIC_RELEASE);
	}
	return 0;
}
