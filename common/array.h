/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrays that grow by one element at a time. */
#ifndef LSMCTL_ARRAY_H
#define LSMCTL_ARRAY_H

#include <stdlib.h>

/*
 * An array that doubles when it has a power of two of elements, and so is full; NULL is one of none. For an array that
 * grows here alone. NULL: no memory, and it is as it was.
 */
static inline void *array_with_room_for_one(void *array, size_t n, size_t size)
{
	return n & (n - 1) ? array : reallocarray(array, n ? n * 2 : 1, size);
}

#endif
