/* SPDX-License-Identifier: GPL-2.0-only */
/* Clocks. Timeouts and trials use CLOCK_BOOTTIME. */
#ifndef LSMCTL_BASE_TIME_H
#define LSMCTL_BASE_TIME_H

#include <stdint.h>
#include <time.h>

/* Returns ns. */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Returns CLOCK_BOOTTIME in ns, as bpf_ktime_get_boot_ns() does in the programs. */
static inline uint64_t clock_boot(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

#define TIME_TEXT_SIZE 40

/* Formats ISO 8601 with a zone. realtime: CLOCK_REALTIME, ns. */
void time_format(uint64_t realtime, char text[TIME_TEXT_SIZE]);
void time_format_boot(uint64_t boottime, char text[TIME_TEXT_SIZE]);

/* Returns CLOCK_REALTIME - CLOCK_BOOTTIME, ns. Added to a kernel time, it gives a calendar time. */
int64_t clock_offset(void);

#endif
