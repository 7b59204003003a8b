// SPDX-License-Identifier: GPL-2.0-only
/* Times as people and programs read them. */
#include "unit.h"
#include <time.h>
#include "base/time.h"

static void times_are_iso_8601_with_a_zone(void **state)
{
	/* 2026-02-03T04:05:06Z in three zones; POSIX zones count westwards. */
	static const uint64_t moment = UINT64_C(1770091506999999999);
	static const char *const cases[][2] = {
		{"UTC0", "2026-02-03T04:05:06+00:00"},
		{"XXX-5:30", "2026-02-03T09:35:06+05:30"},
		{"XXX3:30", "2026-02-03T00:35:06-03:30"},
	};
	char text[TIME_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		setenv("TZ", cases[i][0], 1);
		tzset();
		time_format(moment, text);
		assert_string_equal(text, cases[i][1]);
	}
	setenv("TZ", "UTC0", 1);
	tzset();
	time_format(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00+00:00");
}

static void boot_time_now_is_now(void **state)
{
	char before[TIME_TEXT_SIZE], now[TIME_TEXT_SIZE], after[TIME_TEXT_SIZE];
	struct timespec real, boot;

	(void)state;
	clock_gettime(CLOCK_REALTIME, &real);
	time_format((uint64_t)(real.tv_sec - 1) * 1000000000u, before);
	time_format((uint64_t)(real.tv_sec + 2) * 1000000000u, after);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	time_format_boot((uint64_t)boot.tv_sec * 1000000000u + (uint64_t)boot.tv_nsec, now);
	assert_true(strcmp(before, now) <= 0);
	assert_true(strcmp(now, after) <= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_iso_8601_with_a_zone),
		cmocka_unit_test(boot_time_now_is_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
