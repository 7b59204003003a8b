/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the program "peek", by which commands read maps that are locked: see bpf/peek.bpf.h. */
#ifndef LSMCTL_TABLE_PEEK_H
#define LSMCTL_TABLE_PEEK_H

#include <stddef.h>
#include <stdint.h>
#include "bpf/peek.h"

/* answer: PEEK_SIZE bytes, or NULL. 0 or -errno. */
int peek_ask(int prog, const struct peek *question, void *answer);

/* Copies size bytes of struct shared from offset `at` on. 0 or -errno. */
int peek_shared(int prog, size_t at, void *to, size_t size);

/* Copies the bytes from `from` to `end` of an array to the same place in `base`. 0 or -errno. */
struct peeked {
	enum peek_what what;
	uint32_t slot;
	size_t size; /* of the array, bytes */
};
int peek_array(int prog, const struct peeked *array, uint8_t *base, size_t from, size_t end);

#endif
