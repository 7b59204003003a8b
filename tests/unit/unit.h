/* SPDX-License-Identifier: GPL-2.0-only */
/* What every unit test begins with: cmocka and what it wants included before it. */
#ifndef LSMCTL_UNIT_H
#define LSMCTL_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* cmocka writes to both outputs: a line at a time, so that they do not get into each other's lines in a pipe. */
__attribute__((constructor)) static inline void unit_whole_lines(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/* cmocka shows only the values that differ: this names the case of a table too. */
#define assert_case(condition, name)                                                                                   \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			fail_msg("'%s': not so: %s", name, #condition);                                                \
	} while (0)

static inline void assert_in(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in: %s", part, text);
}

/* The same numbers every run (xorshift64*), so that a failure can be met again. */
static inline uint64_t unit_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1du;
}

#endif
