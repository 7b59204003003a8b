/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A memory-mapped BPF array of which only what is looked at is mapped: the kernel fills in the page table of a mapping
 * when it is made, so that mapping all of a big one would cost a small command most of its time.
 */
#ifndef LSMCTL_WINDOW_H
#define LSMCTL_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct window {
	int fd; /* owned; -1: closed */
	bool write;
	size_t size; /* bytes */
	uint8_t *base;
	uint8_t *mapped; /* a byte for each chunk */
	bool copied;	 /* what is there is the process's own: see window_copy() */
};

/* Small, since the kernel fills in the page table of all of it for one look. */
#define WINDOW_CHUNK ((size_t)16 << 10)

#define WINDOW_CLOSED ((struct window){.fd = -1})

/* Takes over fd, also when it fails. size in bytes. 0 or -errno. */
int window_open(struct window *window, int fd, size_t size, bool write);
void window_close(struct window *window);

/*
 * base + offset, with size bytes there mapped, or NULL when they are not in the array or cannot be mapped. Stays valid
 * until window_forget() or window_close().
 */
void *window_map(struct window *window, size_t offset, size_t size);

static inline void *window_at(struct window *window, size_t offset, size_t size)
{
	size_t chunk = offset / WINDOW_CHUNK;

	/* What is asked for a million times is there. */
	if (offset < window->size && size && size <= window->size - offset &&
	    (offset + size - 1) / WINDOW_CHUNK == chunk && window->mapped[chunk])
		return window->base + offset;
	return window_map(window, offset, size);
}

/* From here on it is as it is now, whatever becomes of the map: all of it is copied. 0 or -errno. */
int window_copy(struct window *window);

/* Unmaps everything, for who streams through a big one. */
void window_forget(struct window *window);

#endif
