/* SPDX-License-Identifier: GPL-2.0-only */
/* The option --by of commands that sort by whom rules are for. */
#ifndef LSMCTL_SHARED_BY_H
#define LSMCTL_SHARED_BY_H

#include "bpf/abi.h"
#include "base/error.h"

#define BY_WORDS "uid|gid|cgroup|exe|everyone"

/* A range of ids is of the kind of one id. -1 with the error set. */
int by_parse(const char *arg, enum subject_kind *by, struct error *err);

#endif
