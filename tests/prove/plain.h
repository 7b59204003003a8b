/* SPDX-License-Identifier: GPL-2.0-only */
/* What the walk's arithmetic is held against, a bit at a time. */
#ifndef LSMCTL_PROVE_PLAIN_H
#define LSMCTL_PROVE_PLAIN_H

#include "bpf/abi.h"

static inline _Bool plain_covers(const union ip *prefix, __u32 len, const union ip *ip)
{
	for (__u32 bit = 0; bit < 128; bit++) {
		if (bit < len && ((prefix->b[bit / 8] ^ ip->b[bit / 8]) & 0x80 >> bit % 8))
			return 0;
	}
	return 1;
}

static inline _Bool plain_is_v4(const union ip *ip)
{
	for (__u32 i = 0; i < 12; i++) {
		if (ip->b[i] != (i < 10 ? 0 : 0xff))
			return 0;
	}
	return 1;
}

#endif
