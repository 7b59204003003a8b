/* SPDX-License-Identifier: GPL-2.0-only */
/* Durations as users write them. */
#ifndef LSMCTL_RULE_DURATION_H
#define LSMCTL_RULE_DURATION_H

#include <stdint.h>

/*
 * duration_parse(): parses "90s", "5m", "2h30m", "1d" (units in descending order) and bare seconds, up to DURATION_MAX,
 * into ns. 0, or -1. duration_format(): formats ns in the largest units, "2h30m". Rounds seconds up, so that only 0
 * reads "0s".
 */
#define DURATION_MAX (UINT64_C(1000000000) * 86400 * 36500) /* adding it to a clock cannot overflow */
int duration_parse(const char *text, uint64_t *ns);
void duration_format(uint64_t ns, char text[32]);

#endif
