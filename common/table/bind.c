// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "base/array.h"
#include "host/cgroup_tree.h"
#include "bind.h"
#include "place_walk.h"
#include "store_impl.h"

#define SPARE 64 /* entries more than places, for cgroups that go while this counts them */

/* A cgroup that has a place, whose children may have one. */
struct there {
	char *path; /* from the root, without the first slash; ".": the root */
	uint64_t id;
	__u32 place;
};

struct bind {
	struct tables view; /* with the arena of the new generation, and nothing else */
	__u32 places;
	struct tables *t;
	__u32 slot;
	int map, root;
	struct there *now; /* of the level at hand */
	struct there *next;
	uint32_t n_now, n_next;
	const struct there *parent;
};

static const struct places *places_of(struct tables *t)
{
	const struct header *header = mapped_at(&t->arena, 0, sizeof(*header));

	return header && header->cgroups ? (const struct places *)tables_line(t, header->cgroups) : NULL;
}

/* True when two arenas have the same places, whatever subjects they are for. */
static bool same_places(struct tables *a, struct tables *b)
{
	const struct places *one = places_of(a), *other = places_of(b);
	struct places heads[2];
	__u32 first[2];

	if (!one || !other)
		return false;
	heads[0] = *one;
	heads[1] = *other;
	heads[0].subject_line = heads[1].subject_line = 0;
	first[0] = ((const struct header *)mapped_at(&a->arena, 0, sizeof(struct header)))->cgroups;
	first[1] = ((const struct header *)mapped_at(&b->arena, 0, sizeof(struct header)))->cgroups;
	if (memcmp(&heads[0], &heads[1], sizeof(heads[0])) != 0)
		return false;
	for (__u32 i = 1; i < heads[0].lines; i++) {
		const struct line *from = tables_line(a, first[0] + i), *to = tables_line(b, first[1] + i);

		if (!from || !to || memcmp(from, to, sizeof(*from)) != 0)
			return false;
	}
	return true;
}

static int put_map(struct tables *t, __u32 slot, int fd)
{
	struct bpf_map_info info;
	int ret = bpf_map_update_elem(t->cgroups, &slot, &fd, BPF_ANY) ? -errno : store_map_info(fd, &info);

	if (!ret)
		__atomic_store_n(&t->config->bound[slot], info.id, __ATOMIC_SEQ_CST);
	return ret;
}

static void drop(struct tables *t, __u32 slot)
{
	if (!t->config->bound[slot])
		return;
	__atomic_store_n(&t->config->bound[slot], 0, __ATOMIC_SEQ_CST);
	bpf_map_delete_elem(t->cgroups, &slot);
}

/* Puts a cgroup into the map, and before that tells the programs to look there. 0 or -errno. */
static int put_place(struct bind *b, uint64_t id, __u32 place, __u64 flags)
{
	__u8 *byte = mapped_at(&b->t->shared, offsetof(struct shared, placed) + placed_hash(id), sizeof(*byte));

	if (!byte)
		return -ENOMEM;
	__atomic_store_n(byte, 1, __ATOMIC_SEQ_CST);
	return bpf_map_update_elem(b->map, &id, &place, flags) ? -errno : 0;
}

/* Marks the parent of a cgroup that does not fit, so that the programs refuse what is below it and has no place. */
static int lose(struct bind *b)
{
	__atomic_fetch_add(&b->t->config->unbound[b->slot], 1, __ATOMIC_RELAXED);
	return put_place(b, b->parent->id, b->parent->place | PLACE_LOST, BPF_ANY);
}

static int remember(struct bind *b, char *path, uint64_t id, __u32 place)
{
	struct there *next = array_with_room_for_one(b->next, b->n_next, sizeof(*next));

	if (next)
		b->next = next;
	if (!next || !path) {
		free(path);
		return -ENOMEM;
	}
	next[b->n_next++] = (struct there){path, id, place};
	return 0;
}

/*
 * Gives a cgroup its place. A program may have done so before. A cgroup that is removed meanwhile has lost its name
 * before the program that forgets it runs: so if the name is still there, the program is yet to run.
 */
static int bind_child(const char *name, uint64_t id, void *arg)
{
	struct bind *b = arg;
	__u32 place = place_of_child(&b->view, b->places, b->parent->place, name);
	bool root = !strcmp(b->parent->path, ".");
	char *path = NULL;
	int ret;

	if (!place)
		return 0;
	if (place == PLACE_BROKEN)
		return -EIO; /* part of the new arena cannot be mapped */
	if (asprintf(&path, "%s%s%s", root ? "" : b->parent->path, root ? "" : "/", name) < 0)
		return -ENOMEM;
	ret = put_place(b, id, place, BPF_NOEXIST);
	if (ret && ret != -EEXIST) {
		free(path);
		return ret == -E2BIG || ret == -ENOMEM ? lose(b) : ret;
	}
	if (!cgroup_tree_has(b->root, path, id))
		bpf_map_delete_elem(b->map, &id);
	return remember(b, path, id, place);
}

static void forget_level(struct there *level, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		free(level[i].path);
	free(level);
}

/*
 * Goes level by level. A program adds the children of a cgroup that has its place. Those that were being made before
 * are there when the kernel has made what it had begun to make.
 */
static int bind_levels(struct bind *b)
{
	__u32 place = 1;
	uint64_t id = ROOT_CGROUP;
	int ret = put_place(b, id, place, BPF_ANY);

	if (!ret)
		ret = remember(b, strdup("."), id, place);
	while (!ret && b->n_next) {
		forget_level(b->now, b->n_now);
		b->now = b->next;
		b->n_now = b->n_next;
		b->next = NULL;
		b->n_next = 0;
		ret = cgroup_tree_wait(b->root);
		for (uint32_t i = 0; i < b->n_now && !ret; i++) {
			b->parent = &b->now[i];
			ret = cgroup_tree_each(b->root, b->parent->path, b->parent->id, bind_child, b);
		}
	}
	forget_level(b->now, b->n_now);
	forget_level(b->next, b->n_next);
	return ret;
}

/* Forgets the cgroups that have gone: while neither slot has a map, no program looks there. */
static void clear_filter(struct tables *t)
{
	void *placed = NULL;

	if (!(t->config->bound[0] | t->config->bound[1]))
		placed = mapped_at(&t->shared, offsetof(struct shared, placed), 1u << FILTER_PLACED_BITS);
	if (placed)
		memset(placed, 0, 1u << FILTER_PLACED_BITS);
}

static int bind_new(struct tables *t, const struct tables *view, __u32 slot, __u32 places, __u32 most)
{
	struct bind b = {.view = *view, .places = places, .t = t, .slot = slot};
	int ret;

	b.root = cgroup_tree_open();
	if (b.root < 0)
		return b.root;
	b.map = bpf_map_create(BPF_MAP_TYPE_HASH, "bound", sizeof(__u64), sizeof(__u32), most, NULL);
	ret = b.map < 0 ? -errno : 0;
	__atomic_store_n(&t->config->unbound[slot], 0, __ATOMIC_RELAXED);
	clear_filter(t);
	if (!ret)
		ret = put_map(t, slot, b.map);
	if (!ret)
		ret = bind_levels(&b);
	if (b.map >= 0)
		close(b.map);
	close(b.root);
	if (ret)
		drop(t, slot);
	return ret;
}

/* What the programs have to know of places before they look for one: see struct config. */
static __u32 levels_of(struct tables *view, const struct header *header, const struct places *places)
{
	struct generation g = {.t = view};

	return places ? places->depth | (place_subjects(&g, header->cgroups, 1) ? ROOT_RULED : 0) : 0;
}

int bind_places(struct tables *t, struct mapped *arena, __u32 slot)
{
	struct tables view = {.arena = *arena};
	const struct header *header = mapped_at(&view.arena, 0, sizeof(*header));
	const struct places *places = places_of(&view);
	__u32 shared = t->config->bound[!slot], lost = t->config->unbound[0] | t->config->unbound[1];
	bool same = shared && !lost && t->header && same_places(t, &view);
	int ret, fd;

	__atomic_store_n(&t->config->levels[slot], levels_of(&view, header, places), __ATOMIC_RELEASE);
	if (same && t->config->bound[slot] == shared)
		return 0;
	drop(t, slot);
	if (!places)
		return 0;
	fd = same ? bpf_map_get_fd_by_id(shared) : -1;
	if (fd < 0)
		return bind_new(t, &view, slot, header->cgroups,
				places->most ? places->most + SPARE : places->places + BOUND_ROOM);
	ret = put_map(t, slot, fd);
	close(fd);
	return ret;
}

void bind_forget(struct tables *t, __u32 slot)
{
	if (t->config->bound[slot] != t->config->bound[!slot])
		drop(t, slot);
}

uint32_t bind_lost(const struct config *config, __u32 generation)
{
	__u32 slot = generation & 1;

	return config->unbound[slot] + (config->bound[slot] == config->bound[!slot] ? config->unbound[!slot] : 0);
}

static void count_one(struct tables *t, __u32 place, uint32_t *counts)
{
	struct generation g = {.t = t};
	__u32 list = place_subjects(&g, t->header->cgroups, place & ~PLACE_LOST);
	__u32 own = list && list != PLACE_BROKEN ? arena_word(&g, list) >> 16 : 0;

	for (__u32 i = 0; i < own; i++) {
		__u32 subject = place_subject_at(&g, t->header->cgroups, place & ~PLACE_LOST, i);

		if (!subject || subject == PLACE_BROKEN)
			break;
		if (subject < t->header->subjects)
			counts[subject]++;
	}
}

/* Sets t->now. */
static void count(struct tables *t)
{
	int fd = t->peek < 0 ? bpf_map_get_fd_by_id(t->config->bound[t->generation & 1]) : -1; /* or locked */
	uint32_t *counts = fd < 0 ? NULL : calloc(t->header->subjects, sizeof(*counts));
	__u64 key, *last = NULL;
	__u32 place;

	while (counts && !bpf_map_get_next_key(fd, last, &key)) {
		if (!bpf_map_lookup_elem(fd, &key, &place))
			count_one(t, place, counts);
		last = &key;
	}
	if (fd >= 0)
		close(fd);
	t->now = counts;
}

int64_t bind_now(struct tables *t, uint32_t subject)
{
	if (!t->now && t->header->cgroups)
		count(t);
	return t->now && subject < t->header->subjects ? (int64_t)t->now[subject] : -1;
}
