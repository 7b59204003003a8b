// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <linux/membarrier.h>
#include "../bpf/ip.h"
#include "clock.h"
#include "tables.h"

enum {
	ARENA,
	RULES,
	COUNTERS
};

static const char *const outer_names[] = {"arenas", "rules", "counters"};
static const __u32 value_sizes[] = {sizeof(struct chunk), sizeof(struct rule), sizeof(struct counters)};

#define INNER_FLAGS (BPF_F_MMAPABLE | BPF_F_INNER_MAP)

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

static int info_of(int fd, struct bpf_map_info *info)
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
	ret = info_of(fd, &info);
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

/* The first two words are the same in every layout: see abi.h. */
static int open_config(struct tables *t, const struct pins *pins, enum tables_access access, struct error *err)
{
	int fd = pins_get_map(pins, "config", false); /* for writing: the kernel maps no read-only BPF fd */
	struct bpf_map_info info;
	int ret;

	/* A load that was cut short has no links without this: somebody took it away, and the programs decide still. */
	if (fd == -ENOENT && pins_each(pins, find_link, NULL) <= 0)
		return error_set(err, ERR_NOT_LOADED, "not loaded (run 'lsmctl load')");
	if (fd < 0)
		return open_failed(-fd, "config", pins, err);
	ret = info_of(fd, &info);
	if (ret || info.value_size < 2 * sizeof(__u32)) {
		close(fd);
		return ret ? open_failed(-ret, "config", pins, err) : not_ours(pins, "config", err);
	}
	ret = window_open(&t->shared, fd, info.value_size, t->write);
	t->config = ret ? NULL : window_at(&t->shared, 0, 2 * sizeof(__u32));
	if (!t->config)
		return open_failed(ret ? -ret : ENOMEM, "config", pins, err);
	if (t->config->magic != LSMCTL_MAGIC && t->config->magic != 0)
		return not_ours(pins, "config", err);
	if (t->config->magic != 0 && t->config->layout != LSMCTL_LAYOUT)
		return error_set(err, ERR_LAYOUT,
				 "loaded by another version of lsmctl (its layout is %u, this one knows %u): use that "
				 "version, or "
				 "run 'lsmctl unload' and 'lsmctl load'",
				 t->config->layout, LSMCTL_LAYOUT);
	if (t->shared.size < sizeof(struct shared))
		return not_ours(pins, "config", err);
	if (access != TABLES_UNPUBLISHED && t->config->state != STATE_ON)
		return error_set(err, ERR_NOT_LOADED, "not loaded: a load was cut short (run 'lsmctl load')");
	return 0;
}

/* The inner map of a generation. */
static int open_inner(const struct tables *t, __u32 slot, int which, struct window *window, __u32 *max)
{
	struct bpf_map_info info;
	int fd, ret;

	fd = bpf_map_get_fd_by_id(t->config->inner[slot][which]);
	if (fd < 0)
		return -errno;
	ret = info_of(fd, &info);
	if (ret || info.value_size != value_sizes[which]) {
		close(fd);
		return ret ? ret : -EPROTO;
	}
	*max = info.max_entries;
	return window_open(window, fd, (size_t)info.max_entries * info.value_size, t->write);
}

static int open_generation(struct tables *t)
{
	__u32 max_counters = 0, slot = t->generation & 1;
	int ret = open_inner(t, slot, ARENA, &t->arena, &t->max_lines);

	t->max_lines *= CHUNK_LINES;
	if (!ret)
		ret = open_inner(t, slot, RULES, &t->rules, &t->max_rules);
	if (!ret)
		ret = open_inner(t, slot, COUNTERS, &t->counters, &max_counters);
	if (!ret) {
		t->header = window_at(&t->arena, 0, sizeof(struct header));
		if (!t->header || max_counters < (t->max_rules + 1) / 2 || t->header->rules > t->max_rules)
			ret = -EPROTO;
	}
	return ret;
}

static void close_generation(struct tables *t)
{
	window_close(&t->arena);
	window_close(&t->rules);
	window_close(&t->counters);
	t->header = NULL;
}

int tables_open(struct tables *t, const struct pins *pins, enum tables_access access, struct error *err)
{
	int ret;

	*t = (struct tables){
		.write = access != TABLES_READ,
		.shared = WINDOW_CLOSED,
		.outer = {-1, -1, -1},
		.arena = WINDOW_CLOSED,
		.rules = WINDOW_CLOSED,
		.counters = WINDOW_CLOSED,
		.dir_fd = pins->dir_fd,
		.hold_fd = -1,
	};
	if (open_config(t, pins, access, err))
		goto fail;
	for (int i = 0; i < 3; i++) {
		t->outer[i] = tables_open_map(pins, outer_names[i], !t->write, BPF_MAP_TYPE_ARRAY_OF_MAPS,
					      sizeof(__u32), err);
		if (t->outer[i] < 0)
			goto fail;
	}
	if (access == TABLES_UNPUBLISHED)
		return 0;
	t->generation = generation_at(t->config, clock_boot());
	if (access == TABLES_WRITE && tables_trial_left(t)) {
		error_set(err, ERR_ON_TRIAL,
			  "a ruleset is on trial: say 'lsmctl confirm' or 'lsmctl confirm --revert'");
		goto fail;
	}
	ret = open_generation(t);
	if (!ret)
		return 0;
	error_errno(err, -ret, "cannot open the rules pinned in %s", pins->path);
fail:
	tables_close(t);
	return -1;
}

void tables_close(struct tables *t)
{
	close_generation(t);
	window_close(&t->shared);
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
}

/*
 * The generation that is replaced stays where it is, if it is small: the next one then takes over its maps, and of the
 * kernel's waits only that for the programs is left. In bytes, of all three maps.
 */
#define KEPT_MOST ((size_t)1 << 20)

static bool is_small(const struct window *arena, const struct window *rules, const struct window *counters)
{
	return arena->size + rules->size + counters->size <= KEPT_MOST;
}

/* Behind the bytes of watchers and learners: see seat.c. */
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

	/* What cannot be found out counts as that. */
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
	int ret = window_copy(&t->arena);

	if (!ret)
		ret = window_copy(&t->rules);
	if (!ret)
		ret = window_copy(&t->counters);
	return ret;
}

int tables_detach(struct tables *t)
{
	struct config *config = malloc(sizeof(*config));
	int ret = -ENOMEM;

	if (config)
		ret = is_small(&t->arena, &t->rules, &t->counters) ? copy_generation(t) : hold(t);
	if (ret) {
		free(config);
		return ret;
	}
	*config = *t->config;
	t->config = config;
	t->detached = true;
	t->header = window_at(&t->arena, 0, sizeof(*t->header));
	return t->header ? 0 : -ENOMEM;
}

struct settings *tables_settings(struct tables *t)
{
	return &t->config->settings[t->generation & 1];
}

/* A writer that was killed as it began or ended a trial may have left its time behind, and only one ruleset. */
uint64_t tables_trial_left(const struct tables *t)
{
	uint64_t until = t->config->trial_until, now = clock_boot();

	return until > now && t->config->generation != t->config->fallback ? until - now : 0;
}

const struct total *tables_totals(struct tables *t)
{
	return window_at(&t->shared, offsetof(struct shared, totals), sizeof(struct total) * TOTALS);
}

struct line *tables_line(struct tables *t, uint32_t line)
{
	return window_at(&t->arena, (size_t)line * sizeof(struct line), sizeof(struct line));
}

struct rule *tables_rule(struct tables *t, uint32_t slot)
{
	return window_at(&t->rules, (size_t)slot * sizeof(struct rule), sizeof(struct rule));
}

static struct counters *counters_at(struct window *window, uint32_t slot)
{
	return window_at(window, slot / 2 * sizeof(struct counters), sizeof(struct counters));
}

static struct counter counter_at(struct window *window, uint32_t slot)
{
	const struct counters *at = counters_at(window, slot);

	if (!at)
		return (struct counter){};
	return (struct counter){.hits = __atomic_load_n(&at->hits[slot % 2], __ATOMIC_RELAXED),
				.last_hit = (uint64_t)__atomic_load_n(&at->last_hit[slot % 2], __ATOMIC_RELAXED)
					    << LAST_HIT_SHIFT};
}

static void set_counter(struct window *window, uint32_t slot, const struct counter *counter)
{
	struct counters *at = counters_at(window, slot);

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
	set_counter(&t->counters, slot, counter);
}

#define HIT_BLOCK 65536u /* slots that are mapped together */

uint32_t tables_next_hit(struct tables *t, uint32_t slot)
{
	uint32_t n = t->header->rules;

	while (slot < n) {
		uint32_t end = slot - slot % HIT_BLOCK + HIT_BLOCK < n ? slot - slot % HIT_BLOCK + HIT_BLOCK : n;
		const struct counters *at;

		if (slot % HIT_BLOCK == 0)
			window_forget(&t->counters);
		at = window_at(&t->counters, (size_t)slot / 2 * sizeof(*at), ((end + 1) / 2 - slot / 2) * sizeof(*at));
		for (uint32_t base = slot / 2; at && slot < end; slot++) {
			if (__atomic_load_n(&at[slot / 2 - base].hits[slot % 2], __ATOMIC_RELAXED))
				return slot;
		}
		slot = end;
	}
	return n;
}

/* Room for some rules and tables more, so that one at a time can be added in place. */
static uint32_t with_room(uint32_t n, uint32_t least, uint32_t most)
{
	uint32_t more = n / 64 > least ? n / 64 : least;

	return n + (more < most ? more : most);
}

static int make_inner(int which, uint32_t max, struct window *window)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = INNER_FLAGS);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, outer_names[which], sizeof(__u32), value_sizes[which], max, &opts);

	return fd < 0 ? -errno : window_open(window, fd, (size_t)max * value_sizes[which], true);
}

/* Copies into an inner map, a part at a time so that not all of it is resident. What is behind it becomes zero. */
static int fill(struct window *window, const void *from, size_t size, bool is_new)
{
	size_t end = is_new ? size : window->size;

	for (size_t offset = 0; offset < end; window_forget(window)) {
		size_t part = end - offset < (4u << 20) ? end - offset : 4u << 20;
		size_t copied = offset >= size ? 0 : part < size - offset ? part : size - offset;
		uint8_t *to = window_at(window, offset, part);

		if (!to)
			return -ENOMEM;
		if (copied)
			memcpy(to, (const uint8_t *)from + offset, copied);
		memset(to + copied, 0, part - copied);
		offset += part;
	}
	return 0;
}

/* What to put into a slot of an outer map; fd -1: nothing. */
struct put {
	int outer, fd;
	__u32 slot;
	int ret;
};

/* The kernel waits here, until no program uses what was there before. */
static void *put(void *arg)
{
	struct put *p = arg;
	int ret = p->fd < 0 ? bpf_map_delete_elem(p->outer, &p->slot)
			    : bpf_map_update_elem(p->outer, &p->slot, &p->fd, BPF_ANY);

	p->ret = ret ? -errno : 0;
	return NULL;
}

/*
 * Until no program decides by what was in force before: the map that is in the slot is put there once more. Where the
 * kernel refuses that, for want of memory, a barrier waits for the same.
 */
static int wait_for_programs(const struct tables *t, const struct window *arena, __u32 slot)
{
	struct put again = {.outer = t->outer[ARENA], .fd = arena->fd, .slot = slot};

	put(&again);
	return again.ret && syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) ? again.ret : 0;
}

/* One in each outer map, all at once, so that they wait together. */
struct puts {
	struct put of[3];
	pthread_t threads[3];
	bool started[3];
};

static void puts_begin(struct puts *puts, struct tables *t, __u32 slot, const struct window *inner)
{
	memset(t->config->inner[slot], 0, sizeof(t->config->inner[slot])); /* none has an id of 0 */
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

/* Where those who come later find them. */
static int note_ids(__u32 ids[3], const struct window *inner)
{
	struct bpf_map_info info;
	int ret = 0;

	for (int i = 0; i < 3 && !ret; i++) {
		ret = info_of(inner[i].fd, &info);
		ids[i] = info.id;
	}
	return ret;
}

static uint32_t *filter_of(struct tables *t, bool v4, size_t *size)
{
	size_t offset = v4 ? offsetof(struct shared, filter4) : offsetof(struct shared, filter6);

	*size = sizeof(uint32_t) * (v4 ? FILTER_WORDS(FILTER4_BITS) : FILTER_WORDS(FILTER6_BITS));
	return window_at(&t->shared, offset, *size);
}

/* The bits from..to of a filter that is in use: each word is stored whole. */
static void set_bits(uint32_t *filter, uint32_t from, uint32_t to)
{
	if (from == to && filter[from / 32] >> from % 32 & 1)
		return; /* the common case: a list has many addresses of one network */
	for (uint32_t word = from / 32; word <= to / 32; word++) {
		uint32_t bits = ~0u;

		if (word == from / 32)
			bits &= ~0u << from % 32;
		if (word == to / 32)
			bits &= ~0u >> (31 - to % 32);
		if ((filter[word] & bits) != bits)
			__atomic_store_n(&filter[word], filter[word] | bits, __ATOMIC_RELEASE);
	}
}

int tables_mention(struct tables *t, const union ip *ip, uint32_t len)
{
	bool v4 = prefix_is_v4(ip, len);
	uint32_t from, to;
	uint32_t *first;

	filter_range(ip, len, t->config->filter_shift[!v4], &from, &to);
	first = window_at(&t->shared,
			  (v4 ? offsetof(struct shared, filter4) : offsetof(struct shared, filter6)) +
				  (size_t)from / 32 * 4,
			  (to / 32 - from / 32 + 1) * sizeof(uint32_t));
	if (!first)
		return -ENOMEM;
	set_bits(first - from / 32, from, to);
	return 0;
}

struct filters {
	uint32_t *bits[2];
	uint32_t shift[2];
	size_t size[2];
};

static int make_filters(const struct source *source, struct filters *f)
{
	const uint32_t n[2] = {source->n_v4, source->n_rules - source->n_v4};

	for (int family = 0; family < 2; family++) {
		uint32_t max = family ? FILTER6_BITS : FILTER4_BITS;

		f->shift[family] = filter_shift(n[family], max);
		f->size[family] = FILTER_WORDS(max) * sizeof(uint32_t);
		f->bits[family] = calloc(1, f->size[family]);
		if (!f->bits[family])
			return -ENOMEM;
	}
	/* In order, when they have one: bits that are near one another come one after the other. */
	for (uint32_t i = 0; i < source->n_rules; i++) {
		struct item item = source->items ? source->items[i] : item_of(&source->rules[i], i);
		uint32_t from, to;

		filter_range(&item.ip, item.len, f->shift[!item.v4], &from, &to);
		set_bits(f->bits[!item.v4], from, to);
	}
	return 0;
}

/*
 * The programs read a shift, a filter word and then the tables, so a filter must never say "no rule" too early. Where
 * the shift stays, the old bits and the new ones together are right for both generations. Where it changes, all bits
 * are set, so that everything is looked up, until no program can be between its look at the shift and its look at the
 * word.
 */
static int widen_filters(struct tables *t, const struct filters *f)
{
	for (int family = 0; family < 2; family++) {
		size_t size;
		uint32_t *live = filter_of(t, !family, &size);

		if (!live)
			return -ENOMEM;
		for (size_t i = 0; i < size / sizeof(*live); i++) {
			uint32_t word = f->shift[family] == t->config->filter_shift[family]
						? live[i] | f->bits[family][i]
						: ~0u;

			if (live[i] != word)
				__atomic_store_n(&live[i], word, __ATOMIC_RELEASE);
		}
	}
	return 0;
}

static void narrow_filters(struct tables *t, const struct filters *f)
{
	for (int family = 0; family < 2; family++) {
		size_t size;
		uint32_t *live = filter_of(t, !family, &size);

		for (size_t i = 0; live && i < size / sizeof(*live); i++) {
			if (live[i] != f->bits[family][i])
				__atomic_store_n(&live[i], f->bits[family][i], __ATOMIC_RELEASE);
		}
	}
}

static bool has_counters(const struct tables *t)
{
	return t->header && t->header->rules;
}

/* Counters of rules that stay, as they are now; what is counted until the old generation is out of use comes later. */
static struct counter *copy_counters(struct tables *t, const uint32_t *origin, uint32_t n)
{
	struct counter *copy = calloc((size_t)n + 1, sizeof(*copy));

	for (uint32_t i = 0; copy && has_counters(t) && i < n; i++) {
		struct counter counter = origin[i] ? tables_counter(t, origin[i] - 1) : (struct counter){};

		/* Nearly all are zero, and memory that is not written to is none. */
		if (counter.hits)
			copy[i] = counter;
	}
	if (t->header)
		window_forget(&t->counters);
	return copy;
}

static void paste_counters(struct window *to, const struct counter *copy, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (copy[i].hits)
			set_counter(to, i, &copy[i]);
	}
}

static void add_late_hits(struct tables *t, struct window *to, const struct counter *copy, const uint32_t *origin,
			  uint32_t n)
{
	for (uint32_t i = 0; has_counters(t) && i < n; i++) {
		struct counter old = origin[i] ? tables_counter(t, origin[i] - 1) : (struct counter){};
		struct counters *new = old.hits == copy[i].hits ? NULL : counters_at(to, i);
		uint32_t last_hit = (uint32_t)(old.last_hit >> LAST_HIT_SHIFT);

		if (!new)
			continue;
		__atomic_fetch_add(&new->hits[i % 2], old.hits - copy[i].hits, __ATOMIC_RELAXED);
		if (new->last_hit[i % 2] < last_hit)
			new->last_hit[i % 2] = last_hit;
	}
}

/* False when none are in the slot, or they have no room for so much. */
static bool open_kept(const struct tables *t, __u32 slot, struct window inner[3], uint32_t lines, uint32_t rules)
{
	__u32 max[3] = {};
	bool found = true;

	for (int i = 0; i < 3; i++)
		found = found && t->config->inner[slot][i] && !open_inner(t, slot, i, &inner[i], &max[i]);
	if (found && is_small(&inner[ARENA], &inner[RULES], &inner[COUNTERS]) &&
	    max[ARENA] >= lines / CHUNK_LINES + 1 && max[RULES] >= rules && max[COUNTERS] >= (max[RULES] + 1) / 2)
		return true;
	for (int i = 0; i < 3; i++)
		window_close(&inner[i]);
	return false;
}

/* What was made is what is open now. Nothing here can fail: it is in force already. */
static void take_over(struct tables *t, struct window new[3], __u32 generation)
{
	close_generation(t);
	t->arena = new[ARENA];
	t->rules = new[RULES];
	t->counters = new[COUNTERS];
	for (int i = 0; i < 3; i++)
		new[i] = WINDOW_CLOSED;
	t->generation = generation;
	t->max_lines = t->arena.size / sizeof(struct line);
	t->max_rules = t->rules.size / sizeof(struct rule);
	t->header = window_at(&t->arena, 0, sizeof(*t->header)); /* mapped already */
}

int tables_publish(struct tables *t, const struct source *source, const struct arena *arena, const uint32_t *origin,
		   const struct settings *settings, uint64_t trial_until, struct error *err)
{
	struct window new[3] = {WINDOW_CLOSED, WINDOW_CLOSED, WINDOW_CLOSED};
	uint32_t n = source->n_rules, max_rules = with_room(n, 128, 4096);
	uint32_t chunks = (with_room(arena->n, 512, 16384) + CHUNK_LINES - 1) / CHUNK_LINES;
	__u32 next = t->generation + 1, slot = next & 1, old = !slot;
	struct counter *counters = copy_counters(t, origin, n);
	struct filters filters = {};
	struct puts puts;
	bool is_new;
	int ret = counters ? make_filters(source, &filters) : -ENOMEM, waited;

	if (ret)
		goto out;
	/* With some of the room to spare. */
	is_new = !open_kept(t, slot, new, arena->n + 64, n + 16);
	if (is_new) {
		ret = make_inner(ARENA, chunks, &new[ARENA]);
		if (!ret)
			ret = make_inner(RULES, max_rules, &new[RULES]);
		if (!ret)
			ret = make_inner(COUNTERS, (max_rules + 1) / 2, &new[COUNTERS]);
	}
	if (!ret)
		ret = widen_filters(t, &filters);
	/*
	 * The idle slot: nobody looks there. Where a writer was killed as it made the slot idle, or where what was on
	 * trial has just ended by itself, a program may, until after a wait.
	 */
	if (!ret && (t->config->pending || t->config->trial_until) && t->header)
		ret = wait_for_programs(t, &t->arena, old);
	if (ret)
		goto out;
	if (is_new)
		puts_begin(&puts, t, slot, new); /* waits for as long as this is filled */
	ret = fill(&new[ARENA], arena->lines, arena->n * sizeof(struct line), is_new);
	if (!ret)
		ret = fill(&new[RULES], source->rules, n * sizeof(struct rule), is_new);
	if (!ret)
		ret = fill(&new[COUNTERS], NULL, 0, is_new);
	if (!ret && has_counters(t))
		paste_counters(&new[COUNTERS], counters, n);
	if (!ret && !window_at(&new[ARENA], 0, sizeof(struct header)))
		ret = -ENOMEM;
	if (is_new) {
		int put = puts_end(&puts);

		ret = ret ? ret : put;
		if (!ret)
			ret = note_ids(t->config->inner[slot], new);
	}
	if (ret)
		goto out;
	t->config->settings[slot] = *settings;
	t->config->fallback = t->generation;
	/* Whoever is killed from here on has left the old one behind. A trial keeps it, and ends with a wait. */
	if (!trial_until)
		__atomic_store_n(&t->config->pending, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&t->config->trial_until, trial_until, __ATOMIC_RELEASE);
	__atomic_store_n(&t->config->generation, next, __ATOMIC_RELEASE); /* from here the new one is in force */
	for (int family = 0; family < 2; family++)
		__atomic_store_n(&t->config->filter_shift[family], filters.shift[family], __ATOMIC_RELEASE);
	/* Only when no program decides by the old one may that one go. */
	waited = wait_for_programs(t, &new[ARENA], slot);
	if (!trial_until && !waited) {
		if (t->header && !is_small(&t->arena, &t->rules, &t->counters)) {
			puts_begin(&puts, t, old, NULL);
			puts_end(&puts); /* cannot fail: they are there */
		}
		narrow_filters(t, &filters);
		t->config->settings[old] = *settings; /* the programs' anything_special() looks at both */
	}
	if (!waited)
		__atomic_store_n(&t->config->pending, 0, __ATOMIC_RELEASE);
	add_late_hits(t, &new[COUNTERS], counters, origin, n);
	take_over(t, new, next);
out:
	for (int i = 0; i < 3; i++)
		window_close(&new[i]);
	free(filters.bits[0]);
	free(filters.bits[1]);
	free(counters);
	return ret ? error_errno(err, -ret, "cannot put the rules in force") : 0;
}

int tables_end_trial(struct tables *t, bool keep, struct error *err)
{
	__u32 generation = keep ? t->config->generation : t->config->fallback;
	int ret = 0;

	/* What can fail comes first: then nothing has changed. */
	if (t->generation != generation) {
		close_generation(t);
		t->generation = generation;
		ret = open_generation(t);
	}
	if (ret)
		return error_errno(err, -ret, "cannot open the rules");
	__atomic_store_n(&t->config->pending, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&t->config->generation, generation, __ATOMIC_RELEASE);
	__atomic_store_n(&t->config->trial_until, 0, __ATOMIC_RELEASE);
	/* So that the other one's place can be filled anew. */
	if (!wait_for_programs(t, &t->arena, generation & 1)) {
		t->config->settings[!(generation & 1)] = t->config->settings[generation & 1];
		__atomic_store_n(&t->config->pending, 0, __ATOMIC_RELEASE);
	}
	return 0;
}
