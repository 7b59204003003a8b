// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "window.h"

#define CHUNK WINDOW_CHUNK

static size_t chunks(const struct window *window)
{
	return (window->size + CHUNK - 1) / CHUNK;
}

int window_open(struct window *window, int fd, size_t size, bool write)
{
	struct window opened = {.fd = fd, .write = write, .size = size};

	opened.mapped = calloc(chunks(&opened) + 1, 1);
	opened.base = mmap(NULL, size + CHUNK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (opened.base == MAP_FAILED || !opened.mapped) {
		if (opened.base != MAP_FAILED)
			munmap(opened.base, size + CHUNK);
		free(opened.mapped);
		close(fd);
		return -ENOMEM;
	}
	*window = opened;
	return 0;
}

void window_close(struct window *window)
{
	if (window->fd < 0)
		return;
	munmap(window->base, window->size + CHUNK);
	free(window->mapped);
	close(window->fd);
	*window = WINDOW_CLOSED;
}

/* Chunks from first to before end, in one go. */
static int map_chunks(struct window *window, size_t first, size_t end)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), offset = first * CHUNK;
	size_t size = window->size < end * CHUNK ? window->size - offset : end * CHUNK - offset;

	size = (size + page - 1) / page * page;
	if (mmap(window->base + offset, size, window->write ? PROT_READ | PROT_WRITE : PROT_READ,
		 MAP_SHARED | MAP_FIXED, window->fd, (off_t)offset) == MAP_FAILED)
		return -errno;
	memset(window->mapped + first, 1, end - first);
	return 0;
}

void *window_map(struct window *window, size_t offset, size_t size)
{
	size_t end = (offset + size + CHUNK - 1) / CHUNK;

	if (offset > window->size || size > window->size - offset)
		return NULL;
	for (size_t chunk = offset / CHUNK, next; size && chunk < end; chunk = next) {
		for (next = chunk; next < end && !window->mapped[next]; next++)
			;
		if (next > chunk && map_chunks(window, chunk, next))
			return NULL;
		next += next == chunk;
	}
	return window->base + offset;
}

int window_copy(struct window *window)
{
	uint8_t *all = window_map(window, 0, window->size), *copy;

	copy = all ? mmap(NULL, window->size + CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
		   : MAP_FAILED;
	if (copy == MAP_FAILED)
		return -ENOMEM;
	memcpy(copy, all, window->size);
	munmap(window->base, window->size + CHUNK);
	window->base = copy;
	window->copied = true;
	return 0;
}

void window_forget(struct window *window)
{
	if (window->copied)
		return;
	if (mmap(window->base, window->size + CHUNK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
		 -1, 0) != MAP_FAILED)
		memset(window->mapped, 0, chunks(window));
}
