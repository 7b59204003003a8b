// SPDX-License-Identifier: GPL-2.0-only
#include "base/array.h"
#include "near.h"
#include "walk.h"

#define NEAR_MOST 16384

static bool add_chain(struct generation *g, __u32 ref, struct near *near)
{
	while (ref) {
		const struct rule *rule = rule_at(g, ref & ~REF_LEAF);
		uint32_t *grown;

		if (!rule || near->n == NEAR_MOST)
			return false;
		grown = array_with_room_for_one(near->at, near->n, sizeof(*near->at));
		if (!grown)
			return false;
		near->at = grown;
		near->at[near->n++] = ref & ~REF_LEAF;
		ref = rule->next;
	}
	return true;
}

/* Adds the rules of all leaves below a ref that the prefix leads to. bits: of the address, above the ref. */
static bool add_below(struct generation *g, __u32 ref, const struct prefix *prefix, __u32 bits, struct near *near)
{
	const struct node *node;
	__u32 first, last, before = 0;

	if (!ref)
		return true;
	if (ref & REF_LEAF)
		return add_chain(g, ref, near);
	node = bits < 128 ? (const struct node *)line_at(g, ref) : NULL;
	if (!node)
		return false;
	first = bits < prefix->len ? prefix->ip.b[bits / 8] : 0;
	last = first | (bits + 8 <= prefix->len ? 0 : bits < prefix->len ? 0xff >> (prefix->len - bits) : 0xff);
	for (__u32 byte = first; byte <= last; byte++) {
		__u32 next = node_ref(g, node, byte);

		/* Equal neighbours are one. */
		if (next != before && !add_below(g, next, prefix, bits + 8, near))
			return false;
		before = next;
	}
	return true;
}

bool near_add(struct tables *t, const struct prefix *prefix, struct near *near)
{
	bool v4 = prefix_family_v4(prefix);
	struct generation g = {.t = t};

	if (!add_below(&g, t->header->root[!v4], prefix, v4 ? 96 : 0, near))
		return false;
	/* That of everyone leads to the hidden rules. */
	for (__u32 i = 0; i < t->header->subjects; i++) {
		const struct subject *subject = (const struct subject *)line_at(&g, t->header->subject_line + i);

		if (!subject || !add_below(&g, subject->root[!v4], prefix, v4 ? 96 : 0, near))
			return false;
	}
	return true;
}
