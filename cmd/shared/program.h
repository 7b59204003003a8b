/* SPDX-License-Identifier: GPL-2.0-only */
/* The paths of programs as the kernel reports them: see struct call_event. */
#ifndef LSMCTL_SHARED_PROGRAM_H
#define LSMCTL_SHARED_PROGRAM_H

#include <stdbool.h>
#include "bpf/abi.h"

#define PROGRAM_TEXT_SIZE (PROGRAM_SIZE + sizeof("..."))

/*
 * Copies the path: "/usr/bin/curl"; of a longer one "...", then its end; "" if it is unknown. Raw text of others:
 * escape it.
 */
void program_text(const char program[PROGRAM_SIZE], char text[PROGRAM_TEXT_SIZE]);

/* Returns the id of the path, as rules for programs have it; 0: unknown, or only its end is known. */
uint64_t program_id(const char program[PROGRAM_SIZE]);

#endif
