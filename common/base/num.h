/* SPDX-License-Identifier: GPL-2.0-only */
/* Parses numbers strictly, in one place: decimal digits only, no sign, no blanks, nothing after them, in range. */
#ifndef LSMCTL_BASE_NUM_H
#define LSMCTL_BASE_NUM_H

#include <stdint.h>

/* 0 and *value set, or -EINVAL (not a decimal number) or -ERANGE (above max). Leading zeros are not numbers: "01". */
int num_parse(const char *text, uint64_t max, uint64_t *value);

/* Writes the digits without a NUL (needs room for 20). Returns the end. */
char *num_put(char *to, uint64_t value);

#endif
