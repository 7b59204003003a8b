/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports what the running kernel can do for lsmctl; if it cannot, why, and what to do about it. */
#ifndef LSMCTL_HOST_KERNEL_H
#define LSMCTL_HOST_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"

#define KERNEL_TEXT_SIZE 512

struct kernel_version {
	unsigned int major, minor, patch; /* patch: 0 when unknown */
	char release[KERNEL_TEXT_SIZE];	  /* as `uname -r` */
	char machine[80];
};

void kernel_version(struct kernel_version *version);
bool kernel_at_least(const struct kernel_version *version, unsigned int major, unsigned int minor, unsigned int patch);

/* Returns 1 when "bpf" is an active security module, else 0; -1 when unknown (no securityfs, and older than 6.8). */
int kernel_bpf_lsm_active(void);

/* Copies the active security modules, separated by commas. Returns false when unknown (no securityfs). */
bool kernel_lsm_list(char list[KERNEL_TEXT_SIZE]);

/* True when the kernel's type information exists. Does not read it. */
bool kernel_has_btf(void);
/* True under lockdown=confidentiality, which stops BPF programs from reading addresses. */
bool kernel_locked_down(void);

/*
 * Returns 1 when the kernel was built with the option ("CONFIG_BPF_LSM"), else 0; -1 when the configuration is not
 * readable.
 */
int kernel_config(const char *option);
/* Returns 1 when BPF LSM is built in, else 0; -1 when unknown. */
int kernel_bpf_lsm_built_in(void);
/* Copies the value of the last NAME= on the kernel's command line. */
bool kernel_parameter(const char *name, char value[KERNEL_TEXT_SIZE]);

/*
 * True when kernel.ftrace_enabled is 0. Most kernels (6.1, 6.12) then call no program attached to a function. Other
 * kernels refuse the 0 while such a program is attached.
 */
bool kernel_ftrace_is_off(void);

/* Where the kernel may preempt a task that runs in it. */
enum preemption {
	PREEMPTION_UNKNOWN,
	PREEMPTION_VOLUNTARY, /* at certain points, or nowhere */
	PREEMPTION_LAZY,      /* anywhere, for real-time tasks */
	PREEMPTION_FULL,      /* anywhere */
};
enum preemption kernel_preemption(void);

/* Sets err to the reason why BPF LSM programs cannot work here, with the boot parameter that helps. Returns -1. */
int kernel_explain_no_lsm(struct error *err);

/* Returns 0, or -1 with the error set when no way of attaching can work: kernel too old, no BTF, locked down. */
int kernel_check(struct error *err);

#endif
