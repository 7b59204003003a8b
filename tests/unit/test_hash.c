// SPDX-License-Identifier: GPL-2.0-only
/* Hashes of numbers that are alike. */
#include "unit.h"
#include "base/hash.h"

#define N 4096

/* The index uses the low bits: of so many random ones, two thirds would be in use. */
static void numbers_that_differ_in_one_place_spread(void **state)
{
	(void)state;
	for (unsigned int shift = 0; shift <= 52; shift += 4) {
		bool used[N] = {};
		unsigned int n = 0;

		for (uint64_t i = 0; i < N; i++) {
			bool *at = &used[hash_number(i << shift ^ 0x123456789abcdef) % N];

			n += !*at;
			*at = true;
		}
		assert_in_range(n, N / 2, N);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_that_differ_in_one_place_spread)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
