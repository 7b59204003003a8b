// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "time.h"

void time_format(uint64_t realtime, char text[TIME_TEXT_SIZE])
{
	time_t seconds = (time_t)(realtime / 1000000000u);
	struct tm tm;
	char zone[8];

	localtime_r(&seconds, &tm);
	strftime(text, TIME_TEXT_SIZE - 8, "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm); /* +hhmm; ISO 8601 has a colon in it */
	sprintf(text + strlen(text), "%.3s:%.2s", zone, zone + 3);
}

void time_format_boot(uint64_t boottime, char text[TIME_TEXT_SIZE])
{
	time_format((uint64_t)((int64_t)boottime + clock_offset()), text);
}

int64_t clock_offset(void)
{
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (real.tv_sec - boot.tv_sec) * 1000000000 + real.tv_nsec - boot.tv_nsec;
}
