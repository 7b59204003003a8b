// SPDX-License-Identifier: GPL-2.0-only
/*
 * trie_leaf() asks one node after the other for the bytes of the address in their order, from the first, or from the
 * 13th for an IPv4 address, and says what the last node says. What a node says is anything: node.c proves node_ref().
 *
 * bounds: any root, any address, any answers
 * stub: node_ref:anything line_at:the_node
 * cbmc: --unwind 17
 */
#include "any.h"
#include "plain.h"

static union ip ip;
static __u32 from, asked, last;
static _Bool none;

const struct line *the_node(struct generation *g, __u32 line)
{
	(void)g;
	assert(line == last);
	none = nondet_bool();
	return none ? NULL : &any_line;
}

__u32 anything(struct generation *g, const struct node *node, __u32 byte)
{
	(void)g;
	assert((const void *)node == &any_line);
	assert(from + asked >= 16 || byte == ip.b[from + asked]);
	asked++;
	last = nondet_u32();
	return last;
}

int main(void)
{
	struct generation g = {0};
	__u32 leaf;

	ip = any_ip();
	from = plain_is_v4(&ip) ? 12 : 0;
	last = nondet_u32();
	leaf = trie_leaf(&g, last, &ip);
	if (none || (last && !(last & REF_LEAF)))
		assert(leaf == REF_BROKEN && (none || asked == 16));
	else
		assert(leaf == last);
	return 0;
}
