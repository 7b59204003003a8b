// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "num.h"

int num_parse(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t sum = 0;
	bool past = false;

	if (!*text || (text[0] == '0' && text[1]))
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		/* After an overflow, only check that the other characters are digits. */
		if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, *text - '0', &sum))
			past = true;
	}
	if (past || sum > max)
		return -ERANGE;
	*value = sum;
	return 0;
}

char *num_put(char *to, uint64_t value)
{
	char digits[20];
	size_t i = sizeof(digits);

	if (value < 10) { /* fast path: the hits of nearly every rule */
		*to = (char)('0' + value);
		return to + 1;
	}
	do
		digits[--i] = (char)('0' + value % 10);
	while (value /= 10);
	memcpy(to, digits + i, sizeof(digits) - i);
	return to + sizeof(digits) - i;
}
