/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc shows of a process. */
#ifndef LSMCTL_HOST_PROCESS_H
#define LSMCTL_HOST_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"

/*
 * Reads the real uid and the cgroup of a process. cgroup: "" without a version 2 hierarchy. -1 with the error set when
 * the process does not exist, or its cgroup is outside this process's cgroup namespace.
 */
int process_read(uint32_t pid, uint32_t *uid, char *cgroup, size_t size, struct error *err);

#define PROCESS_NAME_SIZE 64

/* Copies the name of a process: "" when it has ended. From outside: escape it. */
void process_name(pid_t pid, char name[PROCESS_NAME_SIZE]);
/* Reads a file below /proc/PID as text, at most size - 1 bytes; "" when it has ended. */
void process_file(pid_t pid, const char *file, char *text, size_t size);

#endif
