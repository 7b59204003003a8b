// SPDX-License-Identifier: GPL-2.0-only
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "hugemem.h"

#define HUGE_PAGE ((size_t)2 << 20)
#define LARGE	  (HUGE_PAGE / 2) /* from here on, clearing a huge page takes less than so many page faults */

void *hugemem_alloc(size_t size)
{
	size_t pages = (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	void *at;

	if (size < LARGE)
		return malloc(size);
	/* Fixes the threshold. Otherwise free() raises it, and freed memory stays in the process. */
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	at = aligned_alloc(HUGE_PAGE, pages);
	if (at)
		madvise(at, pages, MADV_HUGEPAGE); /* works without huge pages too */
	return at;
}

void *hugemem_grow(void *old, size_t old_size, size_t size)
{
	void *at;

	if (size < LARGE)
		return realloc(old, size);
	at = hugemem_alloc(size);
	if (!at)
		return NULL;
	if (old)
		memcpy(at, old, old_size);
	free(old);
	return at;
}

void hugemem_release(const void *start, const void *end)
{
	size_t size = (size_t)((const char *)end - (const char *)start), skip = -(uintptr_t)start % HUGE_PAGE;

	if (size >= skip + HUGE_PAGE)
		madvise((char *)start + skip, (size - skip) / HUGE_PAGE * HUGE_PAGE, MADV_DONTNEED);
}
