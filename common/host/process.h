/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc shows of a process. */
#ifndef LSMCTL_HOST_PROCESS_H
#define LSMCTL_HOST_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"

/*
 * Reads the real uid and gid, and the cgroup of a process. cgroup: "" without a version 2 hierarchy. -1 with the error
 * set when the process does not exist, or its cgroup is outside this process's cgroup namespace.
 */
int process_read(uint32_t pid, uint32_t *uid, uint32_t *gid, char *cgroup, size_t size, struct error *err);

/* Reads only the real gid. False when the process has ended. */
bool process_gid(pid_t pid, uint32_t *gid);

/*
 * Reads the path of the program that a process runs, as this process sees it; the path that it had, for a deleted file.
 * False when it has ended, is the kernel's, or has its program on other file systems, as a container does.
 */
bool process_exe(pid_t pid, char *path, size_t size);

#define PROCESS_NAME_SIZE 64

/* Copies the name of a process: "" when it has ended. From outside: escape it. */
void process_name(pid_t pid, char name[PROCESS_NAME_SIZE]);
/* Reads a file below /proc/PID as text, at most size - 1 bytes; "" when it has ended. */
void process_file(pid_t pid, const char *file, char *text, size_t size);

#endif
