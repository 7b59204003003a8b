/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps a BPF array chunk by chunk, when a chunk is first used. The kernel fills in the page table of a mapping when it
 * makes it, so that mapping all of a big array would take a small command most of its time.
 */
#ifndef LSMCTL_TABLE_MAPPED_H
#define LSMCTL_TABLE_MAPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "peek.h"

struct mapped {
	int fd; /* owned; -1: closed */
	bool write;
	size_t size; /* bytes */
	uint8_t *base;
	uint8_t *mapped; /* a byte for each chunk */
	bool copied;	 /* the memory is a private copy, see mapped_copy() */
	bool peeked;	 /* fd is of the program "peek": chunks are private copies, made when first used */
	struct peeked array;
};

/* Small, since the kernel fills in the page table of a whole chunk for one access. */
#define MAPPED_CHUNK ((size_t)16 << 10)

#define MAPPED_CLOSED ((struct mapped){.fd = -1})

/* Takes over fd, also on failure. size in bytes. 0 or -errno. */
int mapped_open(struct mapped *map, int fd, size_t size, bool write);
/* The same for an array that is locked, by a copy of the fd of the program "peek". */
int mapped_open_peeked(struct mapped *map, int prog, const struct peeked *array);
void mapped_close(struct mapped *map);

/*
 * Returns base + offset, and maps size bytes there. NULL when they lie outside the array or cannot be mapped. Valid
 * until mapped_forget() or mapped_close().
 */
void *mapped_map(struct mapped *map, size_t offset, size_t size);

static inline void *mapped_at(struct mapped *map, size_t offset, size_t size)
{
	size_t chunk = offset / MAPPED_CHUNK;

	/* Fast path, for a million accesses to mapped chunks. */
	if (offset < map->size && size && size <= map->size - offset && (offset + size - 1) / MAPPED_CHUNK == chunk &&
	    map->mapped[chunk])
		return map->base + offset;
	return mapped_map(map, offset, size);
}

/* Copies the whole map to private memory, so that later changes of the map do not show. 0 or -errno. */
int mapped_copy(struct mapped *map);

/* Unmaps everything: for a caller that streams through a big map. */
void mapped_forget(struct mapped *map);

#endif
