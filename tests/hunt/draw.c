// SPDX-License-Identifier: GPL-2.0-only
/* Numbers by chance; the same from the same seed. */
#include "hunt.h"

static uint64_t state;

void draw_from(uint64_t seed)
{
	state = seed;
}

static uint32_t draw(void)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15ull);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (uint32_t)((z ^ z >> 31) >> 16);
}

unsigned int below(unsigned int n)
{
	return (uint32_t)((uint64_t)draw() * n >> 32);
}

bool percent(unsigned int n)
{
	return below(100) < n;
}

uint8_t any_choice(enum kind kind)
{
	return (uint8_t)below(choices_of(kind));
}
