// SPDX-License-Identifier: GPL-2.0-only
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "big.h"

#define HUGE_PAGE ((size_t)2 << 20)

void *big_alloc(size_t size)
{
	void *at;

	if (size < 2 * HUGE_PAGE)
		return malloc(size);
	/* Else what is freed raises the bounds from which on memory goes back to the system, and stays. */
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	at = aligned_alloc(HUGE_PAGE, (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
	if (at)
		madvise(at, size / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE); /* it does without, where it must */
	return at;
}

void *big_grow(void *old, size_t old_size, size_t size)
{
	void *at;

	if (size < 2 * HUGE_PAGE)
		return realloc(old, size);
	at = big_alloc(size);
	if (!at)
		return NULL;
	if (old)
		memcpy(at, old, old_size);
	free(old);
	return at;
}
