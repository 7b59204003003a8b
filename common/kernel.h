/* SPDX-License-Identifier: GPL-2.0-only */
/* What the running kernel can do for lsmctl, and if it cannot, why not and what to do about it. */
#ifndef LSMCTL_KERNEL_INFO_H
#define LSMCTL_KERNEL_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include "error.h"

#define KERNEL_TEXT_SIZE 512

/* Whether "bpf" is an active security module: 1 or 0, or -1 when nothing says (no securityfs, and older than 6.8). */
int kernel_bpf_lsm_active(void);

/* Sets err to why BPF LSM programs cannot work here, with the boot parameter that would help. Returns -1. */
int kernel_explain_no_lsm(struct error *err);

/* 0, or -1 with the error set when neither way of attaching can work: too old, no BTF, locked down. */
int kernel_check(struct error *err);

#endif
