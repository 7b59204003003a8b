// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/num.h"
#include "duration.h"

#define SECOND UINT64_C(1000000000)

static const struct {
	char letter;
	uint64_t seconds;
} units[] = {
	{'d', 86400},
	{'h', 3600},
	{'m', 60},
	{'s', 1},
};

#define UNITS (sizeof(units) / sizeof(units[0]))

int duration_parse(const char *text, uint64_t *ns)
{
	uint64_t sum = 0, value;
	char digits[16];
	size_t unit = 0;

	if (!num_parse(text, DURATION_MAX / SECOND, &value)) {
		*ns = value * SECOND;
		return 0;
	}
	do {
		size_t len = strspn(text, "0123456789");

		if (len >= sizeof(digits))
			return -1;
		memcpy(digits, text, len);
		digits[len] = '\0';
		if (num_parse(digits, DURATION_MAX / SECOND, &value))
			return -1;
		/* Accepts each unit once, in descending order: "30m2h" is a mistake. */
		while (unit < UNITS && units[unit].letter != text[len])
			unit++;
		if (unit == UNITS)
			return -1;
		/* Cannot overflow: both factors are far below 2^32, and the sum has at most four products. */
		sum += value * units[unit++].seconds;
		text += len + 1;
	} while (*text);
	if (sum > DURATION_MAX / SECOND)
		return -1;
	*ns = sum * SECOND;
	return 0;
}

void duration_format(uint64_t ns, char text[32])
{
	uint64_t left = ns / SECOND + (ns % SECOND != 0);
	int len = 0;

	for (size_t i = 0; i < UNITS; i++) {
		uint64_t n = left / units[i].seconds;

		left %= units[i].seconds;
		if (n || (i == UNITS - 1 && !len))
			len += sprintf(text + len, "%" PRIu64 "%c", n, units[i].letter);
	}
}
