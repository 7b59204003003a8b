// SPDX-License-Identifier: GPL-2.0-only
/*
 * node_at() counts the bits of the right word up to a byte, adds what comes before it, and node_ref() reads that word
 * of the arena. bits.c proves bits_set().
 *
 * bounds: any node, any byte
 * stub: bits_set:counted
 * cbmc: --unwind 33
 */
#include "any.h"

static struct line line;
static __u32 byte, count;

__u32 counted(__u32 word)
{
	__u32 all = ((const struct node *)&line)->begins[byte / 32];

	for (__u32 k = 0; k < 32; k++)
		assert((word >> k & 1) == (k <= byte % 32 ? all >> k & 1 : 0));
	return count;
}

int main(void)
{
	struct generation g = {0};
	const struct node *node = (const struct node *)&line;
	__u32 ref;

	line = nondet_line();
	byte = nondet_u32() & 255;
	count = nondet_u32();
	ref = node_ref(&g, node, byte);
	assert(node_at(node, byte) == node->refs + node->first[byte / 32] + count - 1);
	assert(g.lines == 1);
	assert(ref == (g.broken ? REF_BROKEN : any_line.w[node_at(node, byte) % 16]));
	return 0;
}
