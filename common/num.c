// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include "num.h"

int num_parse(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t sum = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		/* Once past max it stays past it; the rest is only looked at for characters that are no digits. */
		if (sum <= max && __builtin_mul_overflow(sum, 10, &sum))
			sum = UINT64_MAX;
		if (sum <= max && __builtin_add_overflow(sum, (uint64_t)(*text - '0'), &sum))
			sum = UINT64_MAX;
	}
	if (sum > max)
		return -ERANGE;
	*value = sum;
	return 0;
}
