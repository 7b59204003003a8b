// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "base/time.h"
#include "store_impl.h"

const char *const store_names[3] = {"arenas", "rules", "counters"};
const __u32 store_value_sizes[3] = {sizeof(struct chunk), sizeof(struct rule), sizeof(struct counters)};

static int not_ours(const struct pins *pins, const char *name, struct error *err)
{
	return error_set(err, ERR_LAYOUT,
			 "%s/map_%s is not a map of this lsmctl: run 'lsmctl unload', or use another --pin-dir",
			 pins->path, name);
}

static int open_failed(int errnum, const char *name, const struct pins *pins, struct error *err)
{
	if (errnum == ENOENT)
		return error_set(err, ERR_LAYOUT, "%s lacks map_%s: run 'lsmctl unload', then 'lsmctl load'",
				 pins->path, name);
	return error_errno(err, errnum, "cannot open %s/map_%s", pins->path, name);
}

int store_map_info(int fd, struct bpf_map_info *info)
{
	__u32 len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(fd, info, &len) ? -errno : 0;
}

int tables_open_map(const struct pins *pins, const char *name, bool read_only, enum bpf_map_type type,
		    uint32_t value_size, struct error *err)
{
	int fd = pins_get_map(pins, name, read_only), ret;
	struct bpf_map_info info;

	if (fd < 0)
		return open_failed(-fd, name, pins, err);
	ret = store_map_info(fd, &info);
	if (!ret && info.type == type && info.value_size == value_size)
		return fd;
	close(fd);
	return ret ? open_failed(-ret, name, pins, err) : not_ours(pins, name, err);
}

static int find_link(const char *name, void *arg)
{
	(void)arg;
	return pins_is_link(name);
}

/* Every layout has the same first two words: see abi.h. */
static int open_config(struct tables *t, const struct pins *pins, enum tables_access access, struct error *err)
{
	/* Asks first, since the lock counts what it refuses. */
	bool locked = access == TABLES_READ && pins_locked(pins).on;
	/* Writable: the kernel refuses to map a read-only BPF fd. */
	int fd = locked ? -EPERM : pins_get_map(pins, "config", false);
	struct bpf_map_info info = {.value_size = sizeof(struct shared)};
	int ret;

	if (locked)
		t->peek = pins_get_prog(pins, PEEK_PROG);
	/* An unfinished load has no links. With links, somebody removed this pin, and the programs still decide. */
	if (fd == -ENOENT && pins_each(pins, find_link, NULL) <= 0)
		return error_set(err, ERR_NOT_LOADED, "not loaded (run 'lsmctl load')");
	if (fd < 0 && t->peek < 0)
		return open_failed(-fd, "config", pins, err);
	ret = t->peek < 0 ? store_map_info(fd, &info) : 0;
	if (ret || info.value_size < 2 * sizeof(__u32)) {
		close(fd);
		return ret ? open_failed(-ret, "config", pins, err) : not_ours(pins, "config", err);
	}
	ret = t->peek < 0 ? mapped_open(&t->shared, fd, info.value_size, t->write)
			  : mapped_open_peeked(&t->shared, t->peek, &(struct peeked){PEEK_SHARED, 0, info.value_size});
	t->config = ret ? NULL : mapped_at(&t->shared, 0, 2 * sizeof(__u32));
	if (!t->config)
		return open_failed(ret ? -ret : ENOMEM, "config", pins, err);
	if (t->config->magic != LSMCTL_MAGIC && t->config->magic != 0)
		return not_ours(pins, "config", err);
	if (t->config->magic != 0 && t->config->layout != LSMCTL_LAYOUT)
		return error_set(
			err, ERR_LAYOUT,
			"loaded by another version of lsmctl (its layout is %u, this one knows %u): use that version, or run 'lsmctl unload' and 'lsmctl load'",
			t->config->layout, LSMCTL_LAYOUT);
	if (t->shared.size < sizeof(struct shared))
		return not_ours(pins, "config", err);
	if (access != TABLES_UNPUBLISHED && t->config->state != STATE_ON)
		return error_set(err, ERR_NOT_LOADED, "not loaded: a load was cut short (run 'lsmctl load')");
	return 0;
}

/* The same of locked maps: of an array only what is used is read. */
static int open_peeked(const struct tables *t, __u32 slot, int which, struct mapped *map, __u32 *max)
{
	static const enum peek_what whats[] = {
		[ARENA] = PEEK_ARENA, [RULES] = PEEK_RULES_AT, [COUNTERS] = PEEK_COUNTERS_AT};
	union {
		struct header header;
		uint8_t bytes[PEEK_SIZE];
	} first;
	struct peeked array = {whats[which], slot, 0};
	int ret = peek_ask(t->peek, &(struct peek){.what = PEEK_ARENA, .slot = slot}, &first);

	if (ret)
		return ret;
	*max = which == ARENA	? first.header.lines / CHUNK_LINES + 1
	       : which == RULES ? first.header.rules + 1
				: first.header.rules / 2 + 1;
	array.size = (size_t)*max * store_value_sizes[which];
	return mapped_open_peeked(map, t->peek, &array);
}

/* Opens an inner map of a generation. */
int store_open_inner(const struct tables *t, __u32 slot, int which, struct mapped *map, __u32 *max)
{
	struct bpf_map_info info;
	int fd, ret;

	if (t->peek >= 0)
		return open_peeked(t, slot, which, map, max);
	fd = bpf_map_get_fd_by_id(t->config->inner[slot][which]);
	if (fd < 0)
		return -errno;
	ret = store_map_info(fd, &info);
	if (ret || info.value_size != store_value_sizes[which]) {
		close(fd);
		return ret ? ret : -EPROTO;
	}
	*max = info.max_entries;
	return mapped_open(map, fd, (size_t)info.max_entries * info.value_size, t->write);
}

int store_open_generation(struct tables *t)
{
	__u32 max_counters = 0, slot = t->generation & 1;
	int ret = store_open_inner(t, slot, ARENA, &t->arena, &t->max_lines);

	t->max_lines *= CHUNK_LINES;
	if (!ret)
		ret = store_open_inner(t, slot, RULES, &t->rules, &t->max_rules);
	if (!ret)
		ret = store_open_inner(t, slot, COUNTERS, &t->counters, &max_counters);
	if (!ret) {
		t->header = mapped_at(&t->arena, 0, sizeof(struct header));
		if (!t->header || max_counters < (t->max_rules + 1) / 2 || t->header->rules > t->max_rules)
			ret = -EPROTO;
	}
	return ret;
}

void store_close_generation(struct tables *t)
{
	mapped_close(&t->arena);
	mapped_close(&t->rules);
	mapped_close(&t->counters);
	t->header = NULL;
	free(t->now);
	t->now = NULL;
	free(t->ruled);
	t->ruled = NULL;
	t->n_ruled = 0;
	t->ruled_read = RULED_UNREAD;
}

int tables_open(struct tables *t, const struct pins *pins, enum tables_access access, struct error *err)
{
	int ret;

	*t = (struct tables){
		.write = access != TABLES_READ,
		.shared = MAPPED_CLOSED,
		.outer = {-1, -1, -1},
		.cgroups = -1,
		.arena = MAPPED_CLOSED,
		.rules = MAPPED_CLOSED,
		.counters = MAPPED_CLOSED,
		.dir_fd = pins->dir_fd,
		.peek = -1,
		.hold_fd = -1,
	};
	if (open_config(t, pins, access, err))
		goto fail;
	for (int i = 0; i < 3 && t->peek < 0; i++) {
		t->outer[i] = tables_open_map(pins, store_names[i], !t->write, BPF_MAP_TYPE_ARRAY_OF_MAPS,
					      sizeof(__u32), err);
		if (t->outer[i] < 0)
			goto fail;
	}
	if (t->peek < 0)
		t->cgroups =
			tables_open_map(pins, "cgroups", !t->write, BPF_MAP_TYPE_ARRAY_OF_MAPS, sizeof(__u32), err);
	if (t->cgroups < 0 && t->peek < 0)
		goto fail;
	if (access == TABLES_UNPUBLISHED)
		return 0;
	t->generation = generation_at(t->config, clock_boot());
	if (access == TABLES_WRITE && tables_trial_left(t)) {
		error_set(err, ERR_ON_TRIAL,
			  "a ruleset is on trial: run 'lsmctl confirm' or 'lsmctl confirm --revert'");
		goto fail;
	}
	ret = store_open_generation(t);
	if (!ret)
		return 0;
	error_errno(err, -ret, "cannot open the rules pinned in %s", pins->path);
fail:
	tables_close(t);
	return -1;
}

void tables_close(struct tables *t)
{
	store_close_generation(t);
	mapped_close(&t->shared);
	if (t->detached)
		free(t->config);
	if (t->detached && t->hold_fd >= 0)
		close(t->hold_fd);
	t->detached = false;
	for (int i = 0; i < 3; i++) {
		if (t->outer[i] >= 0)
			close(t->outer[i]);
		t->outer[i] = -1;
	}
	if (t->cgroups >= 0)
		close(t->cgroups);
	t->cgroups = -1;
	if (t->peek >= 0)
		close(t->peek);
	t->peek = -1;
}

/*
 * In bytes, all three maps together. Publishing keeps an old generation that is no larger, for the next one to use its
 * maps. That leaves a single wait in the kernel: for the programs.
 */
#define KEPT_MOST ((size_t)1 << 20)

bool store_is_small(const struct mapped *arena, const struct mapped *rules, const struct mapped *counters)
{
	return arena->size + rules->size + counters->size <= KEPT_MOST;
}

/* Follows the bytes of watchers and learners: see watcher.c. */
#define FIRST_HELD (1 << 20)

static int hold_lock(const struct tables *t, int fd, int command, short type, struct flock *lock)
{
	*lock = (struct flock){
		.l_type = type, .l_whence = SEEK_SET, .l_start = FIRST_HELD + (off_t)t->generation, .l_len = 1};
	return fcntl(fd, command, lock) ? -errno : 0;
}

bool tables_is_held(const struct tables *t)
{
	struct flock lock;

	/* On a failure, assume that the generation is held. */
	return hold_lock(t, t->dir_fd, F_OFD_GETLK, F_WRLCK, &lock) || lock.l_type != F_UNLCK;
}

static int hold(struct tables *t)
{
	struct flock lock;

	t->hold_fd = openat(t->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return t->hold_fd < 0 ? -errno : hold_lock(t, t->hold_fd, F_OFD_SETLK, F_RDLCK, &lock);
}

static int copy_generation(struct tables *t)
{
	int ret = mapped_copy(&t->arena);

	if (!ret)
		ret = mapped_copy(&t->rules);
	if (!ret)
		ret = mapped_copy(&t->counters);
	return ret;
}

int tables_detach(struct tables *t)
{
	struct config *config = malloc(sizeof(*config));
	int ret = -ENOMEM;

	if (config)
		ret = store_is_small(&t->arena, &t->rules, &t->counters) ? copy_generation(t) : hold(t);
	if (ret) {
		free(config);
		return ret;
	}
	*config = *t->config;
	t->config = config;
	t->detached = true;
	t->header = mapped_at(&t->arena, 0, sizeof(*t->header));
	return t->header ? 0 : -ENOMEM;
}

const struct settings *tables_settings(struct tables *t)
{
	return &t->config->settings[t->generation & 1];
}

bool tables_on_trial(const struct tables *t)
{
	/* A writer killed at the start or end of a trial may leave trial_until set with only one ruleset. */
	return t->config->trial_until && t->config->generation != t->config->fallback;
}

uint64_t tables_trial_left(const struct tables *t)
{
	uint64_t until = t->config->trial_until, now = clock_boot();

	return tables_on_trial(t) && until > now ? until - now : 0;
}

const struct total *tables_totals(struct tables *t)
{
	return mapped_at(&t->shared, offsetof(struct shared, totals), sizeof(struct total) * TOTALS);
}

struct line *tables_line(struct tables *t, uint32_t line)
{
	return mapped_at(&t->arena, (size_t)line * sizeof(struct line), sizeof(struct line));
}

struct rule *tables_rule(struct tables *t, uint32_t slot)
{
	return mapped_at(&t->rules, (size_t)slot * sizeof(struct rule), sizeof(struct rule));
}

struct counters *store_counters_at(struct mapped *map, uint32_t slot)
{
	return mapped_at(map, slot / 2 * sizeof(struct counters), sizeof(struct counters));
}

static struct counter counter_at(struct mapped *map, uint32_t slot)
{
	const struct counters *at = store_counters_at(map, slot);

	if (!at)
		return (struct counter){};
	return (struct counter){.hits = __atomic_load_n(&at->hits[slot % 2], __ATOMIC_RELAXED),
				.last_hit = (uint64_t)__atomic_load_n(&at->last_hit[slot % 2], __ATOMIC_RELAXED)
					    << LAST_HIT_SHIFT};
}

void store_set_counter(struct mapped *map, uint32_t slot, const struct counter *counter)
{
	struct counters *at = store_counters_at(map, slot);

	if (!at)
		return;
	at->hits[slot % 2] = counter->hits;
	at->last_hit[slot % 2] = (uint32_t)(counter->last_hit >> LAST_HIT_SHIFT);
}

struct counter tables_counter(struct tables *t, uint32_t slot)
{
	return counter_at(&t->counters, slot);
}

void tables_set_counter(struct tables *t, uint32_t slot, const struct counter *counter)
{
	store_set_counter(&t->counters, slot, counter);
}

#define HIT_BLOCK 65536u /* slots mapped at once */

uint32_t tables_next_hit(struct tables *t, uint32_t slot)
{
	uint32_t n = t->header->rules;

	while (slot < n) {
		uint32_t end = slot - slot % HIT_BLOCK + HIT_BLOCK < n ? slot - slot % HIT_BLOCK + HIT_BLOCK : n;
		const struct counters *at;

		if (slot % HIT_BLOCK == 0)
			mapped_forget(&t->counters);
		at = mapped_at(&t->counters, (size_t)slot / 2 * sizeof(*at), ((end + 1) / 2 - slot / 2) * sizeof(*at));
		for (uint32_t base = slot / 2; at && slot < end; slot++) {
			if (__atomic_load_n(&at[slot / 2 - base].hits[slot % 2], __ATOMIC_RELAXED))
				return slot;
		}
		slot = end;
	}
	return n;
}
