/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for a million of something, which is gone through again and again: in huge pages where the kernel gives them
 * to those who ask. That spares most page faults, and the processor most of its searches for a page.
 */
#ifndef LSMCTL_BIG_H
#define LSMCTL_BIG_H

#include <stddef.h>

/* As malloc() and realloc(); free() it. old_size: bytes of it that are in use. */
void *big_alloc(size_t size);
void *big_grow(void *old, size_t old_size, size_t size);

#endif
