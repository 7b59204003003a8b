// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "ruleset_impl.h"
#include "seat.h"

static const struct {
	const char *map; /* the outer one */
	uint32_t seats;
	uint32_t first; /* byte of the pin directory */
	const char *called;
} kinds[] = {
	[SEAT_WATCHER] = {"rings", WATCHERS, 0, "watchers"},
	[SEAT_LEARNER] = {"learned", LEARNERS, WATCHERS, "learners"},
};

/* An open of its own, for the lock: shared ones on bytes may be held on a directory, and tell from any other's. */
static int open_lock(const struct pins *pins)
{
	return openat(pins->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int lock(int fd, int command, short type, uint32_t byte, struct flock *lock)
{
	*lock = (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
	return fcntl(fd, command, lock) ? -errno : 0;
}

/* Whether a living process has the seat. What cannot be found out counts as that. */
static bool is_taken(int lock_fd, enum seat_kind kind, uint32_t slot)
{
	struct flock held;

	return lock(lock_fd, F_OFD_GETLK, F_WRLCK, kinds[kind].first + slot, &held) || held.l_type != F_UNLCK;
}

uint32_t seats_taken(const struct pins *pins, enum seat_kind kind)
{
	int lock_fd = open_lock(pins);
	uint32_t taken = 0;

	for (uint32_t slot = 0; lock_fd >= 0 && slot < kinds[kind].seats; slot++)
		taken += is_taken(lock_fd, kind, slot);
	if (lock_fd >= 0)
		close(lock_fd);
	return taken;
}

static struct watcher *watcher_at(struct window *shared, uint32_t slot)
{
	return window_at(shared, offsetof(struct shared, watchers) + slot * sizeof(struct watcher),
			 sizeof(struct watcher));
}

static uint64_t *unlearned_at(struct window *shared, uint32_t slot)
{
	return window_at(shared, offsetof(struct shared, unlearned) + slot * sizeof(uint64_t), sizeof(uint64_t));
}

/* The one word that the programs look at. own: the seat that is being taken, or NULL. */
static void sum_up(int lock_fd, struct window *shared, struct config *config, const struct seat *own)
{
	uint32_t watching = 0;

	for (uint32_t slot = 0; slot < WATCHERS; slot++) {
		const struct watcher *watcher = watcher_at(shared, slot);

		watching |= watcher ? watcher->verdicts : 0;
	}
	for (uint32_t slot = 0; slot < LEARNERS; slot++) {
		if (is_taken(lock_fd, SEAT_LEARNER, slot) || (own && own->kind == SEAT_LEARNER && own->slot == slot))
			watching |= LEARNING;
	}
	__atomic_store_n(&config->watching, watching, __ATOMIC_RELEASE);
}

/* The map in it goes too, and with it its memory. */
static void clear(const struct pins *pins, struct window *shared, enum seat_kind kind, uint32_t slot)
{
	struct watcher *watcher = kind == SEAT_WATCHER ? watcher_at(shared, slot) : NULL;
	int outer = pins_get_map(pins, kinds[kind].map, false);

	if (watcher)
		__atomic_store_n(&watcher->verdicts, 0, __ATOMIC_RELEASE);
	if (outer >= 0) {
		bpf_map_delete_elem(outer, &slot);
		close(outer);
	}
}

void seats_sweep(const struct pins *pins, struct ruleset *rs)
{
	int lock_fd;

	if (!rs->t.config->watching || (lock_fd = open_lock(pins)) < 0)
		return;
	for (uint32_t slot = 0; slot < WATCHERS; slot++) {
		const struct watcher *watcher = watcher_at(&rs->t.shared, slot);

		if (watcher && watcher->verdicts && !is_taken(lock_fd, SEAT_WATCHER, slot))
			clear(pins, &rs->t.shared, SEAT_WATCHER, slot);
	}
	for (uint32_t slot = 0; rs->t.config->watching & LEARNING && slot < LEARNERS; slot++) {
		if (!is_taken(lock_fd, SEAT_LEARNER, slot))
			clear(pins, &rs->t.shared, SEAT_LEARNER, slot);
	}
	sum_up(lock_fd, &rs->t.shared, rs->t.config, NULL);
	close(lock_fd);
}

/* Nobody else looks for one meanwhile: the exclusive lock is held. */
static int find_free(struct seat *seat)
{
	struct flock held;

	for (uint32_t slot = 0; slot < kinds[seat->kind].seats; slot++) {
		if (is_taken(seat->lock_fd, seat->kind, slot))
			continue;
		seat->slot = slot;
		return lock(seat->lock_fd, F_OFD_SETLK, F_RDLCK, kinds[seat->kind].first + slot, &held);
	}
	return -EBUSY;
}

static int sit_down(struct seat *seat, const struct pins *pins, struct ruleset *rs, uint32_t verdicts)
{
	struct watcher *watcher = watcher_at(&seat->shared, seat->slot);
	uint64_t *unlearned = unlearned_at(&seat->shared, seat->slot % LEARNERS);
	int outer = pins_get_map(pins, kinds[seat->kind].map, false), ret = 0;

	if (outer < 0)
		return outer;
	if (bpf_map_update_elem(outer, &seat->slot, &seat->map_fd, BPF_ANY))
		ret = -errno;
	close(outer);
	if (ret || !watcher || !unlearned)
		return ret ? ret : -ENOMEM;
	if (seat->kind == SEAT_WATCHER) {
		watcher->lost = 0;
		__atomic_store_n(&watcher->verdicts, verdicts, __ATOMIC_RELEASE);
	} else {
		*unlearned = 0;
	}
	sum_up(seat->lock_fd, &seat->shared, rs->t.config, seat);
	return 0;
}

int seat_take(struct seat *seat, const struct pins *pins, struct ruleset *rs, enum seat_kind kind, uint32_t verdicts,
	      int map_fd, struct error *err)
{
	int fd = fcntl(rs->t.shared.fd, F_DUPFD_CLOEXEC, 0), ret;

	*seat = (struct seat){.kind = kind, .lock_fd = open_lock(pins), .map_fd = map_fd, .shared = WINDOW_CLOSED};
	ret = fd < 0 || seat->lock_fd < 0 ? -errno : window_open(&seat->shared, fd, rs->t.shared.size, true);
	if (!ret)
		ret = find_free(seat);
	if (!ret)
		ret = sit_down(seat, pins, rs, verdicts);
	if (!ret)
		return 0;
	window_close(&seat->shared);
	close(seat->map_fd);
	if (seat->lock_fd >= 0)
		close(seat->lock_fd);
	*seat = SEAT_NONE;
	if (ret == -EBUSY)
		return error_set(err, ERR_SYSTEM, "there are %u %s already: end one of them", kinds[kind].seats,
				 kinds[kind].called);
	return error_errno(err, -ret, "cannot be told of decisions");
}

void seat_leave(struct seat *seat, const char *pin_dir)
{
	struct pins pins = PINS_CLOSED;
	struct error ignored = {};
	struct config *config;

	if (seat->lock_fd < 0)
		return;
	config = window_at(&seat->shared, 0, sizeof(*config));
	if (config && !seat_is_over(seat) && !pins_open(&pins, pin_dir, PINS_EXCLUSIVE, &ignored)) {
		struct flock held;

		/* Another policy may have come in the place of this one, with seats of its own. */
		if (!seat_is_over(seat)) {
			clear(&pins, &seat->shared, seat->kind, seat->slot);
			lock(seat->lock_fd, F_OFD_SETLK, F_UNLCK, kinds[seat->kind].first + seat->slot, &held);
			sum_up(seat->lock_fd, &seat->shared, config, NULL);
		}
		pins_close(&pins);
	}
	window_close(&seat->shared);
	close(seat->map_fd);
	close(seat->lock_fd);
	*seat = SEAT_NONE;
}

uint64_t seat_lost(struct seat *seat)
{
	const struct watcher *watcher = watcher_at(&seat->shared, seat->slot);
	const uint64_t *unlearned = unlearned_at(&seat->shared, seat->slot % LEARNERS);

	if (seat->kind == SEAT_WATCHER)
		return watcher ? __atomic_load_n(&watcher->lost, __ATOMIC_RELAXED) : 0;
	return unlearned ? __atomic_load_n(unlearned, __ATOMIC_RELAXED) : 0;
}

bool seat_is_over(struct seat *seat)
{
	const struct config *config = window_at(&seat->shared, 0, sizeof(*config));

	return !config || __atomic_load_n(&config->state, __ATOMIC_ACQUIRE) != STATE_ON;
}
