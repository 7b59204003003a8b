/* SPDX-License-Identifier: GPL-2.0-only */
/* What the running kernel can do for lsmctl, and if it cannot, why not and what to do about it. */
#ifndef LSMCTL_KERNEL_INFO_H
#define LSMCTL_KERNEL_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include "error.h"

#define KERNEL_TEXT_SIZE 512

struct kernel_version {
	unsigned int major, minor, patch; /* patch: 0 when nothing says */
	char release[KERNEL_TEXT_SIZE];	  /* as `uname -r` */
	char machine[80];
};

void kernel_version(struct kernel_version *version);
bool kernel_at_least(const struct kernel_version *version, unsigned int major, unsigned int minor, unsigned int patch);

/* Whether "bpf" is an active security module: 1 or 0, or -1 when nothing says (no securityfs, and older than 6.8). */
int kernel_bpf_lsm_active(void);

/* The active security modules, by commas; false when nothing says (no securityfs). */
bool kernel_lsm_list(char list[KERNEL_TEXT_SIZE]);

/* Whether its type information can be read; it is not. */
bool kernel_has_btf(void);
/* For confidentiality, which keeps BPF programs from reading addresses. */
bool kernel_locked_down(void);

/* Whether it was built with the option ("CONFIG_BPF_LSM"): 1 or 0, or -1 when the configuration is nowhere to be read.
 */
int kernel_config(const char *option);
/* Whether BPF LSM is built in: 1 or 0, or -1. */
int kernel_bpf_lsm_built_in(void);
/* The argument of the last NAME= on the kernel's command line. */
bool kernel_parameter(const char *name, char value[KERNEL_TEXT_SIZE]);

/*
 * Whether kernel.ftrace_enabled is 0, which on most kernels (6.1, 6.12) keeps it from calling any program that is
 * attached to a function. Others refuse to set it while one is.
 */
bool kernel_ftrace_is_off(void);

/* When a task in the kernel gives way to another one. */
enum preemption {
	PREEMPTION_UNKNOWN,
	PREEMPTION_VOLUNTARY, /* at certain points, or never */
	PREEMPTION_LAZY,      /* to real-time tasks at any */
	PREEMPTION_FULL,      /* at any */
};
enum preemption kernel_preemption(void);

/* Sets err to why BPF LSM programs cannot work here, with the boot parameter that would help. Returns -1. */
int kernel_explain_no_lsm(struct error *err);

/* 0, or -1 with the error set when neither way of attaching can work: too old, no BTF, locked down. */
int kernel_check(struct error *err);

#endif
