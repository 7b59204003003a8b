// SPDX-License-Identifier: GPL-2.0-only
/*
 * bits_set() counts the bits of every word: it runs for all of them. A word has the bits of its halves.
 *
 * bounds: all 2^32 words
 * run:
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "common/table/walk.h"

int main(void)
{
	static uint8_t half[1 << 16];
	uint32_t wrong = 0;

	for (uint32_t i = 1; i < 1 << 16; i++)
		half[i] = (uint8_t)(half[i / 2] + (i & 1));
	for (uint32_t high = 0; high < 1 << 16; high++) {
		for (uint32_t low = 0; low < 1 << 16; low++)
			wrong |= bits_set(high << 16 | low) ^ (uint32_t)(half[high] + half[low]);
	}
	if (wrong)
		puts("bits_set() counts wrong");
	return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
