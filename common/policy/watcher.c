// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>
#include <bpf/bpf.h>
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

static struct watcher *watcher_at(struct mapped *shared, uint32_t slot)
{
	return mapped_at(shared, offsetof(struct shared, watchers) + slot * sizeof(struct watcher),
			 sizeof(struct watcher));
}

static uint64_t *unlearned_at(struct mapped *shared, uint32_t slot)
{
	return mapped_at(shared, offsetof(struct shared, unlearned) + slot * sizeof(uint64_t), sizeof(uint64_t));
}

/* Updates the one word that the programs read. own: the handle being taken, or NULL. */
static void sum_up(int lock_fd, struct mapped *shared, struct config *config, const struct watcher_handle *own)
{
	uint32_t watching = config->watching & RUNNING;

	for (uint32_t slot = 0; slot < WATCHERS; slot++) {
		const struct watcher *watcher = watcher_at(shared, slot);

		watching |= watcher ? watcher->verdicts : 0;
	}
	for (uint32_t slot = 0; slot < LEARNERS; slot++) {
		if (is_taken(lock_fd, WATCHER_CALLS, slot) || (own && own->kind == WATCHER_CALLS && own->slot == slot))
			watching |= LEARNING;
	}
	__atomic_store_n(&config->watching, watching, __ATOMIC_RELEASE);
}

/* Also removes the map in the slot, which frees its memory. */
static void clear(const struct pins *pins, struct mapped *shared, enum watcher_kind kind, uint32_t slot)
{
	struct watcher *watcher = kind == WATCHER_EVENTS ? watcher_at(shared, slot) : NULL;
	int outer = pins_get_map(pins, kinds[kind].map, false);

	if (watcher)
		__atomic_store_n(&watcher->verdicts, 0, __ATOMIC_RELEASE);
	if (outer >= 0) {
		bpf_map_delete_elem(outer, &slot);
		close(outer);
	}
}

void watchers_sweep(const struct pins *pins, struct ruleset *rs)
{
	int lock_fd;

	if (!ruleset_config(rs)->watching || (lock_fd = open_lock(pins)) < 0)
		return;
	for (uint32_t slot = 0; slot < WATCHERS; slot++) {
		const struct watcher *watcher = watcher_at(ruleset_shared(rs), slot);

		if (watcher && watcher->verdicts && !is_taken(lock_fd, WATCHER_EVENTS, slot))
			clear(pins, ruleset_shared(rs), WATCHER_EVENTS, slot);
	}
	for (uint32_t slot = 0; ruleset_config(rs)->watching & LEARNING && slot < LEARNERS; slot++) {
		if (!is_taken(lock_fd, WATCHER_CALLS, slot))
			clear(pins, ruleset_shared(rs), WATCHER_CALLS, slot);
	}
	sum_up(lock_fd, ruleset_shared(rs), ruleset_config(rs), NULL);
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

static int take_slot(struct watcher_handle *handle, const struct pins *pins, struct ruleset *rs, uint32_t verdicts)
{
	struct watcher *watcher = watcher_at(&handle->shared, handle->slot);
	uint64_t *unlearned = unlearned_at(&handle->shared, handle->slot % LEARNERS);
	int outer = pins_get_map(pins, kinds[handle->kind].map, false), ret = 0;

	if (outer < 0)
		return outer;
	if (bpf_map_update_elem(outer, &handle->slot, &handle->map_fd, BPF_ANY))
		ret = -errno;
	close(outer);
	if (ret || !watcher || !unlearned)
		return ret ? ret : -ENOMEM;
	if (handle->kind == WATCHER_EVENTS) {
		watcher->lost = 0;
		__atomic_store_n(&watcher->verdicts, verdicts, __ATOMIC_RELEASE);
	} else {
		*unlearned = 0;
	}
	sum_up(handle->lock_fd, &handle->shared, ruleset_config(rs), handle);
	return 0;
}

int watcher_attach(struct watcher_handle *handle, const struct pins *pins, struct ruleset *rs, enum watcher_kind kind,
		   uint32_t verdicts, int map_fd, struct error *err)
{
	int fd = fcntl(ruleset_shared(rs)->fd, F_DUPFD_CLOEXEC, 0), ret;

	*handle = (struct watcher_handle){
		.kind = kind, .lock_fd = open_lock(pins), .map_fd = map_fd, .shared = MAPPED_CLOSED};
	ret = fd < 0 || handle->lock_fd < 0 ? -errno : mapped_open(&handle->shared, fd, ruleset_shared(rs)->size, true);
	if (!ret)
		ret = find_free(handle);
	if (!ret)
		ret = take_slot(handle, pins, rs, verdicts);
	if (!ret)
		return 0;
	mapped_close(&handle->shared);
	close(handle->map_fd);
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
	struct config *config;

	if (handle->lock_fd < 0)
		return;
	config = mapped_at(&handle->shared, 0, sizeof(*config));
	if (config && !watcher_is_over(handle) && !pins_open(&pins, pin_dir, PINS_EXCLUSIVE, &ignored)) {
		struct flock held;

		/* Another policy, with its own watchers, may have replaced this one. */
		if (!watcher_is_over(handle)) {
			clear(&pins, &handle->shared, handle->kind, handle->slot);
			lock(handle->lock_fd, F_OFD_SETLK, F_UNLCK, kinds[handle->kind].first + handle->slot, &held);
			sum_up(handle->lock_fd, &handle->shared, config, NULL);
		}
		pins_close(&pins);
	}
	mapped_close(&handle->shared);
	close(handle->map_fd);
	close(handle->lock_fd);
	*handle = WATCHER_NONE;
}

uint64_t watcher_lost(struct watcher_handle *handle)
{
	const struct watcher *watcher = watcher_at(&handle->shared, handle->slot);
	const uint64_t *unlearned = unlearned_at(&handle->shared, handle->slot % LEARNERS);

	if (handle->kind == WATCHER_EVENTS)
		return watcher ? __atomic_load_n(&watcher->lost, __ATOMIC_RELAXED) : 0;
	return unlearned ? __atomic_load_n(unlearned, __ATOMIC_RELAXED) : 0;
}

bool watcher_is_over(struct watcher_handle *handle)
{
	const struct config *config = mapped_at(&handle->shared, 0, sizeof(*config));

	return !config || __atomic_load_n(&config->state, __ATOMIC_ACQUIRE) != STATE_ON;
}
