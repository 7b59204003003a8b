// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <linux/membarrier.h>
#include "next.h"

#define MOST_DOUBLINGS 7

/* Adds spare room, so that edits can add rules and tables in place: doubled so often, up to a quarter of all. */
static uint32_t with_room(uint32_t n, uint32_t least, uint32_t most, uint32_t doublings)
{
	uint32_t more = n / 64 > least ? n / 64 : least, limit = n / 4 + least;

	more = (more < most ? more : most) << doublings;
	return n + (more < limit ? more : limit);
}

uint32_t doublings_after(const struct tables *t)
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

int next_make(const struct tables *t, __u32 slot, uint32_t lines, uint32_t rules, uint32_t doublings,
	      struct mapped made[3], bool *is_new)
{
	uint32_t max_rules = with_room(rules, 128, 4096, doublings);
	uint32_t max_lines = with_room(lines, 512, 16384, doublings);
	int ret;

	/* Asks for part of the spare room too; for all where it was short. */
	*is_new = !open_kept(t, slot, made, doublings ? max_lines : lines + 64, doublings ? max_rules : rules + 16);
	if (!*is_new)
		return 0;
	ret = make_inner(ARENA, (max_lines + CHUNK_LINES - 1) / CHUNK_LINES, &made[ARENA]);
	if (!ret)
		ret = make_inner(RULES, max_rules, &made[RULES]);
	if (!ret)
		ret = make_inner(COUNTERS, (max_rules + 1) / 2, &made[COUNTERS]);
	return ret;
}

/* What a map is filled with: memory, or another map. */
struct contents {
	const void *at;
	struct mapped *map;
	size_t size;
};

/* In parts, so that never all of the new map is resident. The old one stays mapped to the end, as it may be already. */
static int fill(struct mapped *map, const struct contents *from, bool is_new)
{
	size_t end = is_new ? from->size : map->size;

	for (size_t offset = 0; offset < end; mapped_forget(map)) {
		size_t part = end - offset < (4u << 20) ? end - offset : 4u << 20;
		size_t copied = offset >= from->size ? 0 : part < from->size - offset ? part : from->size - offset;
		const uint8_t *at = !copied	? NULL
				    : from->map ? mapped_at(from->map, offset, copied)
						: (const uint8_t *)from->at + offset;
		uint8_t *to = mapped_at(map, offset, part);

		if (!to || (copied && !at))
			return -ENOMEM;
		if (copied)
			memcpy(to, at, copied);
		memset(to + copied, 0, part - copied);
		offset += part;
	}
	if (from->map)
		mapped_forget(from->map);
	return 0;
}

int next_fill(struct mapped *map, const void *from, size_t size, bool is_new)
{
	return fill(map, &(struct contents){.at = from, .size = size}, is_new);
}

int next_copy(struct mapped *map, struct mapped *from, size_t size, bool is_new)
{
	return fill(map, &(struct contents){.map = from, .size = size}, is_new);
}

/* The update waits in the kernel until no program uses the old map. */
static void *put(void *arg)
{
	struct put *p = arg;
	int ret = p->fd < 0 ? bpf_map_delete_elem(p->outer, &p->slot)
			    : bpf_map_update_elem(p->outer, &p->slot, &p->fd, BPF_ANY);

	p->ret = ret ? -errno : 0;
	return NULL;
}

int wait_for_programs(const struct tables *t, const struct mapped *arena, __u32 slot)
{
	struct put again = {.outer = t->outer[ARENA], .fd = arena->fd, .slot = slot};

	put(&again);
	return again.ret && syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) ? again.ret : 0;
}

void puts_begin(struct puts *puts, struct tables *t, __u32 slot, const struct mapped *inner)
{
	memset(t->config->inner[slot], 0, sizeof(t->config->inner[slot])); /* no map has the id 0 */
	for (int i = 0; i < 3; i++) {
		puts->of[i] = (struct put){.outer = t->outer[i], .fd = inner ? inner[i].fd : -1, .slot = slot};
		puts->started[i] = !pthread_create(&puts->threads[i], NULL, put, &puts->of[i]);
		if (!puts->started[i])
			put(&puts->of[i]);
	}
}

int puts_end(struct puts *puts)
{
	int ret = 0;

	for (int i = 0; i < 3; i++) {
		if (puts->started[i])
			pthread_join(puts->threads[i], NULL);
		ret = ret ? ret : puts->of[i].ret;
	}
	return ret;
}

int next_note_ids(__u32 ids[3], const struct mapped *made)
{
	struct bpf_map_info info;
	int ret = 0;

	for (int i = 0; i < 3 && !ret; i++) {
		ret = store_map_info(made[i].fd, &info);
		ids[i] = info.id;
	}
	return ret;
}
