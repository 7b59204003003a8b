/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrays that grow by one element at a time. */
#ifndef LSMCTL_BASE_ARRAY_H
#define LSMCTL_BASE_ARRAY_H

#include <stdlib.h>

/*
 * Makes room for one element. Doubles the array when n is a power of two, and thus the array is full. NULL stands for
 * an empty array. Use only on arrays that grow by this function alone. Returns NULL without memory, and keeps the
 * array.
 */
static inline void *array_with_room_for_one(void *array, size_t n, size_t size)
{
	return n & (n - 1) ? array : reallocarray(array, n ? n * 2 : 1, size);
}

#endif
