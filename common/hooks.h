/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hooks that the programs are for, which of them this kernel has, and what is open without one. A set of hooks is a
 * word, bit n for hook n: config.hooks says which are attached.
 */
#ifndef LSMCTL_HOOKS_H
#define LSMCTL_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "../bpf/hook.h"
#include "error.h"

#define ALL_HOOKS ((1u << HOOKS) - 1)

static inline bool has_hook(uint32_t hooks, size_t i)
{
	return hooks >> i & 1;
}

/* The program of a hook, HOOK_EGRESS among them, which is the name of its pin too; and the kernel's function that it is
 * attached to, as a security module or (fmod_ret) in front of all of them. */
const char *hook_name(size_t i);
#define HOOK_FUNCTION_SIZE 64
void hook_function(size_t i, bool fmod_ret, char function[HOOK_FUNCTION_SIZE]);

/* What is open on a kernel without it, and what to do about that. */
const char *hook_open(size_t i);
const char *hook_advice(size_t i);

/*
 * Which of them are functions of this kernel, by its type information, which nothing but load and upgrade reads. An
 * error where one is not that nothing can be enforced without.
 */
int hooks_find(bool fmod_ret, uint32_t *hooks, struct error *err);

#endif
