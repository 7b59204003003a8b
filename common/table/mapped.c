// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "mapped.h"

#define CHUNK MAPPED_CHUNK

static size_t chunks(const struct mapped *map)
{
	return (map->size + CHUNK - 1) / CHUNK;
}

int mapped_open(struct mapped *map, int fd, size_t size, bool write)
{
	struct mapped opened = {.fd = fd, .write = write, .size = size};

	opened.mapped = calloc(chunks(&opened) + 1, 1);
	opened.base = mmap(NULL, size + CHUNK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (opened.base == MAP_FAILED || !opened.mapped) {
		if (opened.base != MAP_FAILED)
			munmap(opened.base, size + CHUNK);
		free(opened.mapped);
		close(fd);
		return -ENOMEM;
	}
	*map = opened;
	return 0;
}

int mapped_open_peeked(struct mapped *map, int prog, const struct peeked *array)
{
	int fd = fcntl(prog, F_DUPFD_CLOEXEC, 0), ret = fd < 0 ? -errno : mapped_open(map, fd, array->size, false);

	if (ret)
		return ret;
	map->peeked = true;
	map->array = *array;
	if (mprotect(map->base, map->size + CHUNK, PROT_READ | PROT_WRITE)) {
		mapped_close(map);
		return -ENOMEM;
	}
	return 0;
}

void mapped_close(struct mapped *map)
{
	if (map->fd < 0)
		return;
	munmap(map->base, map->size + CHUNK);
	free(map->mapped);
	close(map->fd);
	*map = MAPPED_CLOSED;
}

/* Maps the chunks first to end - 1 with one call. */
static int map_chunks(struct mapped *map, size_t first, size_t end)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), offset = first * CHUNK;
	size_t size = map->size < end * CHUNK ? map->size - offset : end * CHUNK - offset;

	if (map->peeked) {
		int ret = peek_array(map->fd, &map->array, map->base, offset, offset + size);

		memset(map->mapped + first, !ret, end - first);
		return ret;
	}
	size = (size + page - 1) / page * page;
	if (mmap(map->base + offset, size, map->write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED | MAP_FIXED,
		 map->fd, (off_t)offset) == MAP_FAILED)
		return -errno;
	memset(map->mapped + first, 1, end - first);
	return 0;
}

void *mapped_map(struct mapped *map, size_t offset, size_t size)
{
	size_t end = (offset + size + CHUNK - 1) / CHUNK;

	if (offset > map->size || size > map->size - offset)
		return NULL;
	for (size_t chunk = offset / CHUNK, next; size && chunk < end; chunk = next) {
		for (next = chunk; next < end && !map->mapped[next]; next++)
			;
		if (next > chunk && map_chunks(map, chunk, next))
			return NULL;
		next += next == chunk;
	}
	return map->base + offset;
}

int mapped_copy(struct mapped *map)
{
	uint8_t *all = mapped_map(map, 0, map->size), *copy;

	if (map->peeked) {
		map->copied = all != NULL;
		return all ? 0 : -ENOMEM;
	}
	copy = all ? mmap(NULL, map->size + CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
		   : MAP_FAILED;
	if (copy == MAP_FAILED)
		return -ENOMEM;
	memcpy(copy, all, map->size);
	munmap(map->base, map->size + CHUNK);
	map->base = copy;
	map->copied = true;
	return 0;
}

void mapped_forget(struct mapped *map)
{
	if (map->copied)
		return;
	if (mmap(map->base, map->size + CHUNK, map->peeked ? PROT_READ | PROT_WRITE : PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED)
		memset(map->mapped, 0, chunks(map));
}
