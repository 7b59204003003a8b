/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hooks of the programs: which of them this kernel has, and what stays open without one. A set of hooks is a word,
 * bit n for hook n: config.hooks has those of this kernel.
 */
#ifndef LSMCTL_HOST_HOOKS_H
#define LSMCTL_HOST_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "bpf/hook.h"
#include "base/error.h"

#define ALL_HOOKS ((1u << HOOKS) - 1)

static inline bool has_hook(uint32_t hooks, size_t i)
{
	return hooks >> i & 1;
}

/* True for hooks whose programs load does not attach: policy/creation.h does while something needs them. */
static inline bool hook_is_on_demand(size_t i)
{
	return i == HOOK_CREATE || i == HOOK_POST_CREATE;
}

/*
 * hook_name(): the name of the hook's program and pin, HOOK_EGRESS and those after it included. hook_function(): the
 * kernel function that it attaches to, as a security module or (fmod_ret) before all modules.
 */
const char *hook_name(size_t i);
#define HOOK_FUNCTION_SIZE 64
void hook_function(size_t i, bool fmod_ret, char function[HOOK_FUNCTION_SIZE]);

/* hook_open(): what stays open on a kernel without the hook. hook_advice(): what to do about it. */
const char *hook_open(size_t i);
const char *hook_advice(size_t i);

/*
 * Finds the hooks that this kernel has, in its type information. Only load and upgrade read that. Fails when a required
 * hook is missing.
 */
int hooks_find(bool fmod_ret, uint32_t *hooks, struct error *err);

#endif
