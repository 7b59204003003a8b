/* SPDX-License-Identifier: GPL-2.0-only */
/* What is kept with a set besides its rules. The tables know nothing of what it means. */
#ifndef LSMCTL_TABLE_KEPT_H
#define LSMCTL_TABLE_KEPT_H

#include <stdint.h>
#include "bpf/abi.h"

struct set_kept {
	char set[SET_SIZE];
	char except[EXCEPT_SIZE]; /* the words that it excepts; "": none */
	char source[SOURCE_SIZE]; /* what it was restored from; "": nothing */
	uint64_t restored;	  /* when: CLOCK_BOOTTIME, ns */
};

#endif
