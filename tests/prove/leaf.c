// SPDX-License-Identifier: GPL-2.0-only
/*
 * trie_leaf() over any bytes reads only its lines, follows at most 16 nodes, and says REF_BROKEN when a line is missing
 * or when the 16th node leads to another. What else it says is no ref, or a rule's.
 *
 * bounds: any root, any address
 * cbmc: --unwind 17
 */
#include "any.h"

int main(void)
{
	struct generation g = {0};
	const union ip ip = any_ip();
	__u32 leaf = trie_leaf(&g, nondet_u32(), &ip);

	assert(g.lines <= 2 * 16);
	assert(!g.broken || leaf == REF_BROKEN);
	assert(!leaf || leaf & REF_LEAF);
	return 0;
}
