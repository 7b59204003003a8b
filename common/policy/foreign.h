/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds programs of others on the functions that lsmctl's programs are attached to. Such a program can refuse calls
 * too. It cannot cancel a refusal, except through a fault of the kernel: the kernel tests all 64 bits of a program's
 * return value but returns the low 32 to the caller. After a program returns 1 << 32, the kernel calls no further
 * program, and the call goes through.
 */
#ifndef LSMCTL_POLICY_FOREIGN_H
#define LSMCTL_POLICY_FOREIGN_H

#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>
#include "bpf/abi.h"
#include "programs.h"

#define FOREIGN_ANY                                                                                                    \
	HOOKS /* the hook is unknown: the kernel does not report it (before 6.0), or the program runs before all hooks \
	       */

struct foreign {
	uint32_t prog_id;
	size_t hook;			 /* enum hook, or FOREIGN_ANY */
	char name[BPF_OBJ_NAME_LEN + 1]; /* as its loader named it: untrusted */
};

/*
 * Finds at most max foreign programs, in the order of their links. Skips programs equal to ours. *n: their number, may
 * exceed max. Needs CAP_SYS_ADMIN.
 */
int foreign_find(const struct pins *pins, enum attach attach, const struct program_info programs[PROGRAMS],
		 struct foreign *found, size_t max, size_t *n, struct error *err);

#endif
