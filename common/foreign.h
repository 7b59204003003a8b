/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other programs on the functions that lsmctl's are attached to. Each can refuse too, and none can turn a denial round,
 * but for one fault of the kernel: it tests all 64 bits of what a program returns, and gives the caller the low 32. One
 * that returns 1 << 32 ends the row of programs, and the call goes through.
 */
#ifndef LSMCTL_FOREIGN_H
#define LSMCTL_FOREIGN_H

#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>
#include "loader.h"

#define FOREIGN_ANY                                                                                                    \
	HOOKS /* it may be on any: the kernel does not say on which (before 6.0), or it is in front of all */

struct foreign {
	uint32_t prog_id;
	size_t hook;			 /* enum hook, or FOREIGN_ANY */
	char name[BPF_OBJ_NAME_LEN + 1]; /* as whoever loaded it called it: not to be trusted */
};

/*
 * Finds the first max of them, in the order of their links; those that are the same program as ours are not told. *n:
 * how many there are, which may be more. Needs CAP_SYS_ADMIN.
 */
int foreign_find(enum attach attach, const struct program_info programs[HOOKS], struct foreign *found, size_t max,
		 size_t *n, struct error *err);

#endif
