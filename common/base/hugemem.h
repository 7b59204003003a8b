/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for arrays of a million elements with many passes over them. Uses huge pages where the kernel offers them on
 * request: this saves most page faults and TLB misses.
 */
#ifndef LSMCTL_BASE_HUGEMEM_H
#define LSMCTL_BASE_HUGEMEM_H

#include <stddef.h>

/* Like malloc() and realloc(); free() the result. old_size: bytes in use. */
void *hugemem_alloc(size_t size);
void *hugemem_grow(void *old, size_t old_size, size_t size);
/* Gives back the memory of elements, within such an array, that nobody reads again. */
void hugemem_release(const void *start, const void *end);

#endif
