/* SPDX-License-Identifier: GPL-2.0-only */
/* A subject of rules that are about to be compiled. */
#ifndef LSMCTL_TABLE_SUBJECT_SOURCE_H
#define LSMCTL_TABLE_SUBJECT_SOURCE_H

#include <stdint.h>
#include "bpf/abi.h"

struct subject_source {
	enum subject_kind kind;
	uint64_t id;	  /* a uid, a gid, range_id(), or of a program's path */
	const char *path; /* cgroup, program; borrowed */
};

#endif
