// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "base/array.h"
#include "table/peek.h"
#include "maps.h"

#define PART 4096 /* entries that are read at once */

int run_maps_open(struct run_maps *maps, const struct pins *pins, struct error *err)
{
	static const char *const names[] = {"runs", "run_rules", "run_sockets", "run_seen"};
	int *const fds[] = {&maps->runs, &maps->rules, &maps->sockets, &maps->seen};

	*maps = RUN_MAPS_CLOSED;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int fd = pins_get_map(pins, names[i], false);

		if (fd < 0) {
			run_maps_close(maps);
			return error_errno(err, -fd, "cannot use %s/map_%s", pins->path, names[i]);
		}
		*fds[i] = fd;
	}
	return 0;
}

void run_maps_close(struct run_maps *maps)
{
	const int fds[] = {maps->runs, maps->rules, maps->sockets, maps->seen};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	*maps = RUN_MAPS_CLOSED;
}

void run_maps_close_deciding(struct run_maps *maps)
{
	struct run_maps others = *maps;

	others.seen = -1;
	run_maps_close(&others);
	*maps = (struct run_maps){-1, -1, -1, maps->seen};
}

static struct run_key key_of(uint64_t id, const struct prefix *prefix)
{
	return (struct run_key){.len = RUN_KEY_BITS + prefix->len, .run = id, .ip = prefix->ip};
}

/* From 6.13 on the kernel may have no memory at hand for many entries at once, and has it a moment later. */
static int put_rule(int fd, const struct run_key *key, const struct run_rule *rule)
{
	const struct timespec pause = {.tv_nsec = 2000000};

	for (int i = 0; i < 100; i++) {
		if (!bpf_map_update_elem(fd, key, rule, BPF_ANY))
			return 0;
		if (errno != ENOMEM)
			break;
		nanosleep(&pause, NULL);
	}
	return -errno;
}

static int full(int errnum, const char *what, struct error *err)
{
	if (errnum == E2BIG || errnum == ENOSPC)
		return error_set(err, ERR_FULL, "the runs of this host have no room for more %s", what);
	return error_errno(err, errnum, "cannot store the %s of the run", what);
}

int run_maps_put(const struct run_maps *maps, uint64_t id, const struct reach *reach, struct run_socket *sockets,
		 size_t n_sockets, bool audit, struct error *err)
{
	const struct run run = {.audit = audit};
	const __u64 one = 1;

	for (size_t i = 0; i < reach->n; i++) {
		const struct run_key key = key_of(id, &reach->at[i].prefix);
		int ret = put_rule(maps->rules, &key, &reach->at[i].rule);

		if (ret)
			return full(-ret, "destinations", err);
	}
	for (size_t i = 0; i < n_sockets; i++) {
		sockets[i].run = id;
		if (bpf_map_update_elem(maps->sockets, &sockets[i], &one, BPF_ANY))
			return full(errno, "sockets", err);
	}
	return bpf_map_update_elem(maps->runs, &id, &run, BPF_ANY) ? full(errno, "runs", err) : 0;
}

/* Other runs come and go meanwhile, and a trie then begins again: so no more steps than it has room for. */
static void find_and_drop_rules(int fd, uint64_t id)
{
	struct run_key *found = NULL, *grown, key, next;
	bool more = !bpf_map_get_next_key(fd, NULL, &key);
	size_t n = 0;

	for (size_t i = 0; more && i < RUN_PREFIXES; i++) {
		if (key.run == id) {
			grown = array_with_room_for_one(found, n, sizeof(*found));
			if (!grown)
				break;
			found = grown;
			found[n++] = key;
		}
		more = !bpf_map_get_next_key(fd, &key, &next);
		key = next;
	}
	for (size_t i = 0; i < n; i++)
		bpf_map_delete_elem(fd, &found[i]);
	free(found);
}

static void drop_rules(int fd, uint64_t id, const struct reach *reach)
{
	if (!reach)
		find_and_drop_rules(fd, id);
	for (size_t i = 0; reach && i < reach->n; i++) {
		const struct run_key key = key_of(id, &reach->at[i].prefix);

		bpf_map_delete_elem(fd, &key);
	}
}

static void drop_sockets(int fd, uint64_t id)
{
	struct run_socket socket, next;
	bool more = !bpf_map_get_next_key(fd, NULL, &socket);

	while (more) {
		more = !bpf_map_get_next_key(fd, &socket, &next);
		if (socket.run == id)
			bpf_map_delete_elem(fd, &socket);
		socket = next;
	}
}

static int by_time(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return x->seen.first < y->seen.first ? -1 : x->seen.first > y->seen.first;
}

ssize_t run_maps_seen(const struct run_maps *maps, uint64_t id, struct seen **calls, struct error *err)
{
	struct run_call *keys = calloc(PART, sizeof(*keys));
	struct run_seen *values = calloc(PART, sizeof(*values));
	struct seen *found = NULL, *grown;
	bool first = true, done = !keys || !values, ok = !done;
	__u32 at = 0, got;
	size_t n = 0;

	while (!done) {
		got = PART;
		if (bpf_map_lookup_batch(maps->seen, first ? NULL : &at, &at, keys, values, &got, NULL)) {
			done = true;
			ok = errno == ENOENT; /* the end, with the last entries */
		}
		for (__u32 i = 0; ok && i < got; i++) {
			if (keys[i].run != id)
				continue;
			grown = array_with_room_for_one(found, n, sizeof(*found));
			ok = grown;
			if (!ok)
				break;
			found = grown;
			found[n++] = (struct seen){keys[i], values[i]};
		}
		done |= !ok;
		first = false;
	}
	free(keys);
	free(values);
	if (!ok) {
		free(found);
		return error_errno(err, errno, "cannot read what the run has reached");
	}
	if (n)
		qsort(found, n, sizeof(*found), by_time);
	*calls = found;
	return (ssize_t)n;
}

static bool peek_counts(const struct pins *pins, uint64_t id, struct run *run)
{
	int prog = pins_get_prog(pins, PEEK_PROG);
	uint8_t answer[PEEK_SIZE];
	bool ok = prog >= 0 && !peek_ask(prog, &(struct peek){.what = PEEK_RUN, .at = id}, answer);

	if (prog >= 0)
		close(prog);
	if (ok)
		memcpy(run, answer, sizeof(*run));
	return ok;
}

bool run_maps_counts(const struct pins *pins, uint64_t id, struct run *run)
{
	int fd = pins_get_map(pins, "runs", true);
	bool ok;

	if (fd < 0)
		return peek_counts(pins, id, run);
	ok = !bpf_map_lookup_elem(fd, &id, run);
	close(fd);
	return ok;
}

void run_maps_drop(const struct run_maps *maps, uint64_t id, const struct reach *reach)
{
	struct error ignored = {};
	struct seen *calls = NULL;
	ssize_t n;

	bpf_map_delete_elem(maps->runs, &id);
	drop_rules(maps->rules, id, reach);
	drop_sockets(maps->sockets, id);
	n = run_maps_seen(maps, id, &calls, &ignored);
	for (ssize_t i = 0; i < n; i++)
		bpf_map_delete_elem(maps->seen, &calls[i].call);
	free(calls);
}
