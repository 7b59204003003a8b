/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The decision walk: from a subject's root and a destination to the deciding rule. Plain C; clang compiles it for BPF,
 * the host compiler for `test`, the unit tests, the fuzzer and the benchmark. The includer provides the memory
 * accessors: each returns a pointer, or NULL when the place does not exist (to which intact tables never lead).
 *
 * A node's slot above a single prefix names the first rule of that prefix, however long the prefix is. So a leaf is
 * only a candidate, and the walk checks each rule against the address. Rules are linked in order of precedence: the
 * rules of one prefix, then those of the next shorter prefix that covers it.
 */
#ifndef LSMCTL_WALK_H
#define LSMCTL_WALK_H

#include "call.h"
#include "ip.h"

struct generation; /* the includer's: where the arrays are */
static const struct line *line_at(struct generation *g, __u32 line);
static const struct rule *rule_at(struct generation *g, __u32 slot);
/* 1: the rule with this extra has expired: see extra_is_over(). -1: the extra does not exist. */
static inline int is_over(struct generation *g, __u32 extra);

/* The result of a walk: 0 for no rule; or the low half of the rule's action, above its ref. */
#define REF_BROKEN 0xffffffffu /* Corrupt tables: cannot happen, and blocks */
/* The result for corrupt tables: block, with EPERM (1). */
#define FOUND_BROKEN ((__u64)(VERDICT_BLOCK | 1 << 2 | PROTO_ANY << 17) << 32 | REF_BROKEN)

static inline int extra_is_over(const struct extra *extra, __u64 now)
{
	return extra->expires && extra->expires <= now;
}

static inline __u32 bits_set(__u32 word)
{
	word = word - (word >> 1 & 0x55555555);
	word = (word & 0x33333333) + (word >> 2 & 0x33333333);
	word = (word + (word >> 4)) & 0x0f0f0f0f;
	return (word * 0x01010101) >> 24;
}

/* Returns the word of the arena with the ref for one value of a node's 8 bits. */
static inline __u32 node_at(const struct node *node, __u32 byte)
{
	__u32 begun = bits_set(node->begins[byte >> 5] & ((2u << (byte & 31)) - 1));

	return node->refs + node->first[byte >> 5] + begun - 1;
}

static inline __u32 node_ref(struct generation *g, const struct node *node, __u32 byte)
{
	__u32 at = node_at(node, byte);
	const struct line *refs = line_at(g, at / LINE_WORDS);

	return refs ? refs->w[at % LINE_WORDS] : REF_BROKEN;
}

/* Follows a root to its leaf. */
static __always_inline __u32 trie_leaf(struct generation *g, __u32 ref, const union ip *ip)
{
	/* The rest of the address. An IPv4 root starts at the last 32 bits; the first 64 of an IPv4 address are 0. */
	__u64 high = be64(ip->d[0]), low = be64(ip->d[1]);

	high |= low << 32 & ip_v4_mask(ip);
	for (__u32 depth = 0; depth < 16; depth++) {
		const struct node *node;

		if (!ref || ref & REF_LEAF)
			break;
		node = (const struct node *)line_at(g, ref);
		if (!node)
			return REF_BROKEN;
		ref = node_ref(g, node, high >> 56);
		high = high << 8 | low >> 56;
		low <<= 8;
	}
	return !ref || ref & REF_LEAF ? ref : REF_BROKEN; /* deeper than any address is long */
}

static inline __u32 root_at(struct generation *g, const struct header *h, __u32 index, __u32 kind, __u64 id,
			    __u32 family)
{
	const struct subject *subject = (const struct subject *)line_at(g, h->subject_line + index);

	if (!subject)
		return REF_BROKEN;
	if (subject->kind != kind || subject->id != id)
		return kind == SUBJECT_CGROUP ? REF_BROKEN : 0; /* a place leads to cgroups alone */
	return subject->root[family & 1];
}

/* Returns the root of a subject's rules for a family (0: IPv4, 1: IPv6), or 0. id: of a cgroup, the subject's index. */
static inline __u32 subject_root(struct generation *g, const struct header *h, __u32 kind, __u64 id, __u32 family)
{
	__u32 at = subject_hash(kind, id);

	if (kind == SUBJECT_EVERYONE)
		return h->root[family & 1];
	if (kind == SUBJECT_CGROUP)
		return root_at(g, h, (__u32)id, kind, 0, family);
	for (__u32 i = 0; i < SUBJECT_PROBES; i++, at++) {
		__u32 word = h->hash_line * LINE_WORDS + (at & h->hash_mask);
		const struct line *line = line_at(g, word / LINE_WORDS);
		__u32 found = line ? line->w[word % LINE_WORDS] : 0, root;

		if (!found)
			return line ? 0 : REF_BROKEN;
		root = root_at(g, h, found, kind, id, family);
		if (root)
			return root;
	}
	return 0;
}

/*
 * Returns the range asked as number i of a list (see range_list()), below its header->ranges. 0, which is no range:
 * corrupt tables.
 */
static inline __u64 range_at(struct generation *g, const struct header *h, __u32 list, __u32 i)
{
	__u32 at = h->subject_line + h->subjects + (list & 1) * RANGE_LINES + i / (LINE_WORDS / 2);
	const struct line *line = h->ranges[list & 1] <= ID_RANGES ? line_at(g, at) : NULL;
	__u32 word = i % (LINE_WORDS / 2) * 2;

	return line ? line->w[word] | (__u64)line->w[word + 1] << 32 : 0;
}

/*
 * These two return 0 when a range of ports has a port or is all of them, and when a protocol, or PROTO_ANY, is that of
 * a call. They use arithmetic instead of conditions: the verifier follows both sides of each jump, for every step of a
 * walk. A product is zero when a factor is; the sign of a difference tells which is greater.
 */
static __always_inline __u64 ports_differ(__u32 lo, __u32 hi, __u32 port)
{
	return ((port - lo) >> 31 | (hi - port) >> 31) * ((hi - lo) ^ 0xffff);
}

static __always_inline __u64 proto_differs(__u32 proto, __u32 call)
{
	return (proto ^ PROTO_ANY) * (proto ^ call_proto(call));
}

/* Returns a word. Else clang computes the parts of a call before a loop, and keeps each on the stack, which is full. */
static __always_inline __u32 anew(__u32 word)
{
#ifdef __bpf__
	asm volatile("" : "+r"(word));
#endif
	return word;
}

/*
 * 1 when a rule matches a call, -1 when it is corrupt. A prefix can have many rules for ports, and the walk passes
 * most: so ports come first. Three factors of 9 bits cannot overflow to zero.
 */
static __always_inline int rule_matches(struct generation *g, const struct rule *rule, const struct query *q)
{
	__u64 action = rule->action;
	__u32 proto = action_proto(action), call = anew(q->call);
	__u64 differs = ports_differ(rule->port_lo, rule->port_hi, call_port(call));

	if (differs)
		return 0;
	differs = prefix_differs(&rule->ip, action_len(action), &q->ip);
	differs |= proto_differs(proto, call) * ((proto ^ PROTO_RAW) | (call_raw(call) ^ 1));
	if (differs)
		return 0;
	if (action_extra(action)) {
		int over = is_over(g, action_extra(action));

		return over ? (over < 0 ? -1 : 0) : 1;
	}
	return 1;
}

/*
 * Tries as many rules as `steps` from *at on. Returns the deciding rule; 0: none matches the call. Sets *at to where
 * the walk goes on, 0 when it has ended.
 */
static __always_inline __u64 walk_part(struct generation *g, __u32 *at, const struct query *q, __u32 steps)
{
	__u32 ref = *at;

	*at = 0;
	for (__u32 step = 0; step < steps; step++) {
		const struct rule *rule;
		int matches;

		if (!ref)
			return 0;
		rule = rule_at(g, ref & ~REF_LEAF);
		if (!rule || action_len(rule->action) > 128)
			return FOUND_BROKEN;
		matches = rule_matches(g, rule, q);
		if (matches)
			return matches > 0 ? (__u64)(__u32)rule->action << 32 | ref : FOUND_BROKEN;
		ref = rule->next;
	}
	*at = ref;
	return 0;
}

/* Returns the deciding rule, starting at the leaf's; 0: no rule of this subject matches the call. */
static __always_inline __u64 walk(struct generation *g, __u32 ref, const struct query *q)
{
	__u64 found = walk_part(g, &ref, q, WALK_STEPS);

	return ref ? FOUND_BROKEN : found;
}

#endif
