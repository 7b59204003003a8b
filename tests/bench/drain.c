// SPDX-License-Identifier: GPL-2.0-only
/*
 * drain DIR N: a watcher of what the policy pinned in DIR blocks that throws each report away, and ends after N. It is
 * what no watcher can do without.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "bpf/abi.h"
#include "policy/watcher.h"

#define RING_SIZE (1u << 21) /* as watch has it */

static unsigned long seen;

static int throw_away(void *arg, void *report, size_t size)
{
	(void)arg, (void)report, (void)size;
	seen++;
	return 0;
}

int main(int argc, char **argv)
{
	const struct timespec pause = {.tv_nsec = 2L * WATCH_PAUSE};
	struct watcher_handle handle = WATCHER_NONE;
	struct pins pins = PINS_CLOSED;
	struct ring_buffer *ring;
	struct error err = {};
	unsigned long n;

	if (argc != 3) {
		fputs("usage: drain DIR N\n", stderr);
		return 2;
	}
	n = strtoul(argv[2], NULL, 10);
	if (pins_open(&pins, argv[1], PINS_ALONE, &err) ||
	    watcher_attach(&handle, &pins, WATCHER_EVENTS, 1u << VERDICT_BLOCK,
			   bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, RING_SIZE, NULL), &err)) {
		fprintf(stderr, "drain: %s\n", err.text);
		return 1;
	}
	pins_close(&pins);
	ring = ring_buffer__new(handle.map_fd, throw_away, NULL, NULL);
	if (!ring) {
		perror("drain");
		return 1;
	}
	while (seen < n && ring_buffer__poll(ring, WATCHER_PATIENCE) >= 0) {
		do
			nanosleep(&pause, NULL);
		while (ring_buffer__consume(ring) > 0 && seen < n);
	}
	ring_buffer__free(ring);
	watcher_detach(&handle, argv[1]);
	return seen < n;
}
