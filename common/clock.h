/* SPDX-License-Identifier: GPL-2.0-only */
/* The clock by which timeouts and trials end. */
#ifndef LSMCTL_CLOCK_H
#define LSMCTL_CLOCK_H

#include <stdint.h>
#include <time.h>

/* CLOCK_BOOTTIME, ns: bpf_ktime_get_boot_ns() in the programs. */
static inline uint64_t clock_boot(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
