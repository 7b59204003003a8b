// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "base/time.h"
#include "bpf/sha256.h"
#include "host/kernel.h"
#include "host/second_mount.h"
#include "lock.h"
#include "lock_object.h"
#include "lock_refs.h"
#include "object.h"
#include "status.h"
#include "watcher.h"

static bool same_namespace(const char *path, const char *other)
{
	struct stat a, b;

	return stat(path, &a) || stat(other, &b) || (a.st_ino == b.st_ino && a.st_dev == b.st_dev);
}

/* The mounts of a namespace end with its last process, and with them the pins. */
static int check_namespace(struct error *err)
{
	if (same_namespace("/proc/self/ns/mnt", "/proc/1/ns/mnt"))
		return 0;
	return error_set(
		err, ERR_SYSTEM,
		"cannot lock from a mount namespace that ends with its processes (run 'nsenter -t 1 -m lsmctl lock ...')");
}

static int check_in_force(const struct pins *pins, struct ruleset *rules, struct error *err)
{
	struct status *status = malloc(sizeof(*status));
	int ret = status ? status_read(pins, rules, status, true, err) : error_errno(err, ENOMEM, "cannot lock");

	if (!ret && !status_in_force(status))
		ret = error_set(
			err, ERR_SYSTEM,
			"cannot lock: it is not sure that the policy is in force ('lsmctl status --prove' says why)");
	free(status);
	return ret;
}

int lock_prepare(const struct pins *pins, struct ruleset *rules, bool check_only, struct error *err)
{
	/* The programs of the lock have no other way. */
	if (kernel_bpf_lsm_active() == 0)
		return error_set(
			err, ERR_UNSUPPORTED,
			"cannot lock: BPF LSM is not active (boot with ',bpf' at the end of lsm=; 'lsmctl doctor' says how)");
	if (check_namespace(err) || check_in_force(pins, rules, err))
		return -1;
	if (check_only)
		return 0;
	return object_pin_asked(pins, err); /* later none can be loaded */
}

static int refused(const char *what, struct error *err)
{
	return error_set(
		err, ERR_SYSTEM,
		"cannot lock: the kernel does not ask the programs of the lock (%s): another program may be in front of them, or this process is in a container",
		what);
}

static int learn_dir(const char *path, int fd, struct error *err)
{
	int own = fd < 0 ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : fd, ret = 0;

	if (own < 0)
		return error_errno(err, errno, "cannot open %s", path);
	if (lock_ask(&(struct lock_question){.op = LOCK_LEARN_DIR, .fd = own}) != LOCK_DONE)
		ret = refused(path, err);
	if (fd < 0)
		close(own);
	return ret;
}

static int learn_maps(const struct lock_refs *refs, struct error *err)
{
	for (__u32 i = 0; i < refs->n; i++) {
		int fd = bpf_map_get_fd_by_id(refs->maps[i].id), answer;

		if (fd < 0)
			return error_errno(err, errno, "cannot open map %u of the policy", refs->maps[i].id);
		answer = lock_ask(&(struct lock_question){.op = LOCK_LEARN_MAP, .fd = fd, .refs = refs->maps[i].refs});
		close(fd);
		if (answer != LOCK_DONE)
			return refused("maps", err);
	}
	return 0;
}

static void digest_of(const struct lock_key *key, __u32 digest[8])
{
	__u32 words[2 * LOCK_KEY_WORDS];

	for (size_t i = 0; i < LOCK_KEY_WORDS; i++) {
		words[2 * i] = (__u32)(key->words[i] >> 32);
		words[2 * i + 1] = (__u32)key->words[i];
	}
	sha256_of_key(words, digest);
}

static void fill(struct lock *lock, const struct lock_refs *refs, const struct lock_key *key)
{
	lock->owner = (__u32)getpid();
	lock->since = clock_ns(CLOCK_REALTIME);
	lock->has_key = key != NULL;
	if (key)
		digest_of(key, lock->digest);
	memcpy(lock->progs, refs->progs, sizeof(lock->progs));
	lock->n_progs = refs->n_progs;
	memcpy(lock->links, refs->links, sizeof(lock->links));
	lock->n_links = refs->n_links;
}

/* Loads, attaches and pins the programs, and tells them what to keep. Leaves no map open. */
static int set_up(const struct pins *pins, struct lock_refs *refs, const struct lock_key *key, struct error *err)
{
	const char *other = !strcmp(pins->path, PINS_DEFAULT_DIR) ? SECOND_MOUNT "/lsm-connect" : PINS_DEFAULT_DIR;
	struct lock_object object = {};
	__u32 progs[LOCK_PROGRAMS];
	struct lock *lock;
	int ret = lock_object_open(&object, &lock, err);

	if (!ret)
		ret = lock_refs_add(refs, lock_object_map(&object), lock_object_cgroup_link(&object), progs,
				    lock_object_programs(&object, progs), err);
	if (!ret) {
		fill(lock, refs, key);
		ret = lock_object_pin(&object, pins, err);
	}
	if (!ret)
		ret = learn_dir(pins->path, pins->dir_fd, err);
	if (!ret && second_mount_is_for(pins->path) && second_mount_is_first_there() && second_mount_is_there())
		ret = learn_dir(other, -1, err);
	if (!ret)
		ret = lock_refs_count(refs, err);
	if (!ret)
		ret = learn_maps(refs, err);
	lock_object_close(&object);
	return ret;
}

#define TRIES                                                                                                          \
	40 /* of 50 ms: the kernel frees what a process had a little after its end, watchers see an upgrade late */

_Static_assert(TRIES * 50 >= 2 * WATCHER_PATIENCE, "a watcher has the time to look");

static int turn_on(const struct pins *pins, const struct lock_refs *refs, struct error *err)
{
	int answer = LOCK_REFUSED;

	for (int i = 0; i < TRIES && answer == LOCK_REFUSED; i++) {
		if (i)
			usleep(50000);
		answer = lock_ask(&(struct lock_question){.op = LOCK_CLOSE});
	}
	if (answer == LOCK_REFUSED)
		return lock_refs_explain(refs, pins_locked(pins).refused, err);
	return answer == LOCK_DONE ? 0 : refused("the lock itself", err);
}

int lock_close(const struct pins *pins, struct ruleset **rules, const struct lock_key *key, struct error *err)
{
	struct lock_refs refs;
	int ret = lock_clean(pins, err);

	if (!ret && second_mount_is_for(pins->path))
		second_mount_make();
	if (!ret)
		ret = lock_refs_list(&refs, pins, *rules, err);
	ruleset_close(*rules);
	*rules = NULL;
	for (int i = 0; i < TRIES && !ret && lock_refs_has_old_peek(&refs); i++)
		usleep(50000);
	if (!ret)
		ret = set_up(pins, &refs, key, err);
	if (!ret)
		ret = turn_on(pins, &refs, err);
	if (ret)
		lock_object_unpin(pins);
	return ret;
}

int lock_open(const struct lock_key *key, struct error *err)
{
	struct lock_question question = {.op = LOCK_OPEN};
	int answer;

	memcpy(question.key, key->words, sizeof(question.key));
	answer = lock_ask(&question);
	if (answer == LOCK_DONE)
		return 1;
	if (answer == EPERM)
		return error_errno(err, answer, "cannot unlock");
	if (answer != LOCK_REFUSED)
		return 0; /* no program of a lock is attached */
	return -1;
}

int lock_clean(const struct pins *pins, struct error *err)
{
	int ret = lock_object_unpin(pins);

	return ret ? error_errno(err, -ret, "cannot remove the pins of an old lock in %s", pins->path) : 0;
}
