/* SPDX-License-Identifier: GPL-2.0-only */
/* Strict numbers, in one place: decimal digits only, no sign, no blanks, nothing behind them, in range. */
#ifndef LSMCTL_NUM_H
#define LSMCTL_NUM_H

#include <stdint.h>

/* 0 and *value set, or -EINVAL (not a decimal number) or -ERANGE (above max). Leading zeros are not numbers: "01". */
int num_parse(const char *text, uint64_t max, uint64_t *value);

/* Writes the digits, no NUL behind them (room for 20), and returns where they end. */
char *num_put(char *to, uint64_t value);

#endif
