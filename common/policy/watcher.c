// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "table/peek.h"
#include "object.h"
#include "watcher.h"

static const struct {
	const char *map; /* the name of the outer map */
	uint32_t slots;
	uint32_t first; /* the first byte of the pin directory that it locks */
	const char *called;
} kinds[] = {
	[WATCHER_EVENTS] = {"rings", WATCHERS, 0, "watchers"},
	[WATCHER_CALLS] = {"learned", LEARNERS, WATCHERS, "learners"},
};

/*
 * Opens the directory again for the lock: this allows shared locks on bytes of a directory, and separates them from the
 * locks of others.
 */
static int open_lock(const struct pins *pins)
{
	return openat(pins->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int lock(int fd, int command, short type, uint32_t byte, struct flock *lock)
{
	*lock = (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
	return fcntl(fd, command, lock) ? -errno : 0;
}

/* True when a living process has the handle. On a failure, assumes so. */
static bool is_taken(int lock_fd, enum watcher_kind kind, uint32_t slot)
{
	struct flock held;

	return lock(lock_fd, F_OFD_GETLK, F_WRLCK, kinds[kind].first + slot, &held) || held.l_type != F_UNLCK;
}

uint32_t watchers_count(const struct pins *pins, enum watcher_kind kind)
{
	int lock_fd = open_lock(pins);
	uint32_t taken = 0;

	for (uint32_t slot = 0; lock_fd >= 0 && slot < kinds[kind].slots; slot++)
		taken += is_taken(lock_fd, kind, slot);
	if (lock_fd >= 0)
		close(lock_fd);
	return taken;
}

/* 0 or -errno. */
static int read_watchers(int peek, struct watcher watchers[WATCHERS])
{
	return peek_shared(peek, offsetof(struct shared, watchers), watchers, WATCHERS * sizeof(*watchers));
}

/* Returns the one word that the programs read. own: the handle being taken, or NULL. */
static uint32_t sum_of(int lock_fd, const struct watcher watchers[WATCHERS], const struct watcher_handle *own)
{
	uint32_t watching = 0;

	for (uint32_t slot = 0; slot < WATCHERS; slot++)
		watching |= watchers[slot].verdicts;
	for (uint32_t slot = 0; slot < LEARNERS; slot++) {
		if (is_taken(lock_fd, WATCHER_CALLS, slot) || (own && own->kind == WATCHER_CALLS && own->slot == slot))
			watching |= LEARNING;
	}
	return watching;
}

static int sum_up(int lock_fd, int peek)
{
	struct watcher watchers[WATCHERS];
	int ret = read_watchers(peek, watchers);

	if (ret)
		return ret;
	return peek_ask(peek, &(struct peek){.what = PEEK_WATCHING, .watching = sum_of(lock_fd, watchers, NULL)}, NULL);
}

/* Also removes the map in the slot, which frees its memory. */
static void clear(const struct pins *pins, int peek, int lock_fd, enum watcher_kind kind, uint32_t slot)
{
	struct watcher watchers[WATCHERS];
	int outer = pins_get_map(pins, kinds[kind].map, false);

	if (kind == WATCHER_EVENTS && !read_watchers(peek, watchers)) {
		watchers[slot].verdicts = 0;
		peek_ask(peek,
			 &(struct peek){.what = PEEK_WATCH, .slot = slot, .watching = sum_of(lock_fd, watchers, NULL)},
			 NULL);
	}
	if (outer >= 0) {
		bpf_map_delete_elem(outer, &slot);
		close(outer);
	}
}

/* Frees the slots of dead processes. */
static void sweep(const struct pins *pins, int peek, int lock_fd)
{
	struct watcher watchers[WATCHERS];
	struct config config;

	if (read_watchers(peek, watchers) || peek_shared(peek, 0, &config, sizeof(config)))
		return;
	for (uint32_t slot = 0; slot < WATCHERS; slot++) {
		if (watchers[slot].verdicts && !is_taken(lock_fd, WATCHER_EVENTS, slot))
			clear(pins, peek, lock_fd, WATCHER_EVENTS, slot);
	}
	for (uint32_t slot = 0; config.special.watching & LEARNING && slot < LEARNERS; slot++) {
		if (!is_taken(lock_fd, WATCHER_CALLS, slot))
			clear(pins, peek, lock_fd, WATCHER_CALLS, slot);
	}
	sum_up(lock_fd, peek);
}

void watchers_sweep(const struct pins *pins, struct ruleset *rs)
{
	struct error ignored = {};
	int lock_fd, peek;

	if (!ruleset_config(rs)->special.watching || (lock_fd = open_lock(pins)) < 0)
		return;
	peek = object_pinned_program(PEEK_PROG, pins, &ignored);
	if (peek >= 0) {
		sweep(pins, peek, lock_fd);
		close(peek);
	}
	close(lock_fd);
}

/* The exclusive lock keeps other processes out. */
static int find_free(struct watcher_handle *handle)
{
	struct flock held;

	for (uint32_t slot = 0; slot < kinds[handle->kind].slots; slot++) {
		if (is_taken(handle->lock_fd, handle->kind, slot))
			continue;
		handle->slot = slot;
		return lock(handle->lock_fd, F_OFD_SETLK, F_RDLCK, kinds[handle->kind].first + slot, &held);
	}
	return -EBUSY;
}

static int take_slot(struct watcher_handle *handle, const struct pins *pins, uint32_t verdicts)
{
	struct peek wanted = {.what = handle->kind == WATCHER_EVENTS ? PEEK_WATCH : PEEK_LEARN,
			      .slot = handle->slot,
			      .verdicts = verdicts};
	int outer = pins_get_map(pins, kinds[handle->kind].map, false), ret = 0;
	struct watcher watchers[WATCHERS];

	if (outer < 0)
		return outer;
	if (bpf_map_update_elem(outer, &handle->slot, &handle->map_fd, BPF_ANY))
		ret = -errno;
	close(outer);
	if (!ret)
		ret = read_watchers(handle->peek, watchers);
	if (ret)
		return ret;
	if (handle->kind == WATCHER_EVENTS)
		watchers[handle->slot].verdicts = verdicts;
	wanted.watching = sum_of(handle->lock_fd, watchers, handle);
	return peek_ask(handle->peek, &wanted, NULL);
}

int watcher_attach(struct watcher_handle *handle, const struct pins *pins, enum watcher_kind kind, uint32_t verdicts,
		   int map_fd, struct error *err)
{
	int ret;

	*handle = (struct watcher_handle){.kind = kind, .lock_fd = open_lock(pins), .map_fd = map_fd, .peek = -1};
	ret = handle->lock_fd < 0 ? -errno : 0;
	if (!ret) {
		handle->peek = object_pinned_program(PEEK_PROG, pins, err);
		if (handle->peek >= 0)
			sweep(pins, handle->peek, handle->lock_fd);
		ret = handle->peek < 0 ? -EIO : find_free(handle);
	}
	if (!ret)
		ret = take_slot(handle, pins, verdicts);
	if (!ret)
		return 0;
	close(handle->map_fd);
	if (handle->peek >= 0)
		close(handle->peek);
	if (handle->lock_fd >= 0)
		close(handle->lock_fd);
	*handle = WATCHER_NONE;
	if (ret == -EBUSY)
		return error_set(err, ERR_SYSTEM, "%u %s run already: end one of them", kinds[kind].slots,
				 kinds[kind].called);
	return error_errno(err, -ret, "cannot register for decisions");
}

void watcher_detach(struct watcher_handle *handle, const char *pin_dir)
{
	struct pins pins = PINS_CLOSED;
	struct error ignored = {};

	if (handle->lock_fd < 0)
		return;
	if (!watcher_is_over(handle) && !pins_open(&pins, pin_dir, PINS_ALONE, &ignored)) {
		struct flock held;

		/* Another policy, with its own watchers, may have replaced this one. */
		if (!watcher_is_over(handle)) {
			clear(&pins, handle->peek, handle->lock_fd, handle->kind, handle->slot);
			lock(handle->lock_fd, F_OFD_SETLK, F_UNLCK, kinds[handle->kind].first + handle->slot, &held);
			sum_up(handle->lock_fd, handle->peek);
		}
		pins_close(&pins);
	}
	close(handle->peek);
	close(handle->map_fd);
	close(handle->lock_fd);
	*handle = WATCHER_NONE;
}

uint64_t watcher_lost(struct watcher_handle *handle)
{
	size_t at = handle->kind == WATCHER_EVENTS
			    ? offsetof(struct shared, watchers) + handle->slot * sizeof(struct watcher) +
				      offsetof(struct watcher, lost)
			    : offsetof(struct shared, unlearned) + handle->slot * sizeof(uint64_t);
	uint64_t lost = 0;

	return peek_shared(handle->peek, at, &lost, sizeof(lost)) ? 0 : lost;
}

/*
 * An upgrade puts another program in the place of "peek". The old one, kept open, would keep the policy's maps, and so
 * keep others from locking it. Until somebody has loaded the new one, and after an unload, the old one is all there is.
 */
static void renew(struct watcher_handle *handle)
{
	const struct pins pins = {.dir_fd = handle->lock_fd};
	int peek = pins_get_prog(&pins, PEEK_PROG);

	if (peek < 0)
		return;
	close(handle->peek);
	handle->peek = peek;
}

bool watcher_is_over(struct watcher_handle *handle)
{
	uint32_t state;

	renew(handle);
	return peek_shared(handle->peek, offsetof(struct shared, config) + offsetof(struct config, state), &state,
			   sizeof(state)) ||
	       state != STATE_ON;
}
