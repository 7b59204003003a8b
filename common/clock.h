/* SPDX-License-Identifier: GPL-2.0-only */
/* Clocks; that by which timeouts and trials end is CLOCK_BOOTTIME. */
#ifndef LSMCTL_CLOCK_H
#define LSMCTL_CLOCK_H

#include <stdint.h>
#include <time.h>

/* In ns. */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* CLOCK_BOOTTIME: bpf_ktime_get_boot_ns() in the programs. */
static inline uint64_t clock_boot(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

#endif
