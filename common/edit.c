// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include "draft.h"
#include "edit.h"

/* The walk, through the windows. */
struct generation {
	struct tables *t;
};
#include "../bpf/walk.h"

static const struct line *line_at(const struct generation *g, __u32 line)
{
	return tables_line(g->t, line);
}

static const struct rule *rule_at(const struct generation *g, __u32 slot)
{
	return tables_rule(g->t, slot);
}

static int is_over(const struct generation *g, __u32 extra)
{
	(void)g, (void)extra;
	return 0; /* only links are followed here, whatever the time */
}

/* One aligned word that the programs may be reading. */
static void store(__u32 *word, __u32 value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* A place in a trie: the word that holds a ref, how many bytes of the address lead there, and from which root. */
struct place {
	__u32 *word;
	__u32 depth;
	__u32 root;
};

static __u32 *word_in(struct tables *t, __u32 word)
{
	struct line *line = tables_line(t, word / LINE_WORDS);

	return line ? &line->w[word % LINE_WORDS] : NULL;
}

/* Goes down as far as there are nodes that lie around the prefix. Returns false when the tables are not what they
 * should be. */
static bool descend(struct tables *t, const struct item *item, struct place *place)
{
	struct subject *subject = (struct subject *)tables_line(t, t->header->subject_line + item->subject);

	if (!subject)
		return false;
	*place = (struct place){
		.word = &subject->root[!item->v4], .depth = item->v4 ? 12 : 0, .root = subject->root[!item->v4]};
	while (*place->word && !(*place->word & REF_LEAF) && item->len > 8 * (place->depth + 1)) {
		const struct node *node = (struct node *)tables_line(t, *place->word);
		__u32 byte = item->ip.b[place->depth];

		if (!node)
			return false;
		place->word = word_in(t, node->refs + node->first[byte >> 5] +
						 bits_set(node->begins[byte >> 5] & ((2u << (byte & 31)) - 1)) - 1);
		place->depth++;
		if (!place->word)
			return false;
	}
	return true;
}

static struct rule *rule_of(struct tables *t, __u32 ref)
{
	return tables_rule(t, ref & ~REF_LEAF);
}

static struct item item_at(struct tables *t, __u32 ref)
{
	static const struct rule none;
	const struct rule *rule = rule_of(t, ref);

	return item_of(rule ? rule : &none, ref & ~REF_LEAF);
}

/* The first ref, from ref on, whose prefix is no longer than len; 0 when there is none. */
static __u32 no_longer(struct tables *t, __u32 ref, __u32 len)
{
	while (ref) {
		const struct rule *rule = rule_of(t, ref);

		if (!rule || action_len(rule->action) <= len)
			break;
		ref = rule->next;
	}
	return ref;
}

/* The word that leads from the last rule of ref's prefix to the next prefix. */
static __u32 *parent_word(struct tables *t, __u32 ref)
{
	struct rule *rule = rule_of(t, ref);
	__u32 len = rule ? action_len(rule->action) : 0;

	while (rule && rule->next) {
		struct rule *next = rule_of(t, rule->next);

		if (!next || action_len(next->action) != len)
			break;
		rule = next;
	}
	return rule ? &rule->next : NULL;
}

/* The ref of the first rule of a prefix, or 0 when it has none. Whatever leaf its first address has leads past it. */
static __u32 head_of(struct tables *t, const struct item *item)
{
	const struct generation g = {t};
	struct place place;
	__u32 ref;

	if (!descend(t, item, &place))
		return 0;
	ref = no_longer(t, trie_leaf(&g, place.root, &item->ip), item->len);
	return ref && item_at(t, ref).len == item->len ? ref : 0;
}

static bool within_steps(struct tables *t, __u32 ref)
{
	__u32 steps = 1; /* the one that is to come */

	for (; ref && steps <= WALK_STEPS; steps++) {
		const struct rule *rule = rule_of(t, ref);

		if (!rule)
			return false;
		ref = rule->next;
	}
	return steps <= WALK_STEPS;
}

/* What has to be stored, in order, once the rule itself is there. */
#define MAX_STORES 260

struct change {
	struct tables *t;
	struct arena arena; /* new lines, to come behind those that are used */
	__u32 n;
	struct {
		__u32 *word;
		__u32 value;
	} stores[MAX_STORES];
};

static void change_begin(struct change *c, struct tables *t)
{
	*c = (struct change){.t = t, .arena = {.base = t->header->lines, .n = t->header->lines}};
}

static bool then_store(struct change *c, __u32 *word, __u32 value)
{
	if (c->n == MAX_STORES || !word)
		return false;
	for (__u32 i = 0; i < c->n; i++) {
		if (c->stores[i].word == word)
			return true; /* a run of slots shares a leaf */
	}
	c->stores[c->n].word = word;
	c->stores[c->n++].value = value;
	return true;
}

/* Whether the new lines have room; if so, puts them there. */
static bool place_lines(struct change *c)
{
	__u32 count = c->arena.n - c->arena.base;
	struct line *to;

	if (count > c->t->max_lines - c->arena.base)
		return false;
	to = window_at(&c->t->arena, (size_t)c->arena.base * sizeof(*to), count * sizeof(*to));
	if (!to)
		return false;
	if (count)
		memcpy(to, c->arena.lines, count * sizeof(*to));
	store(&c->t->header->lines, c->arena.n);
	return true;
}

static void carry_out(struct change *c)
{
	for (__u32 i = 0; i < c->n; i++)
		store(c->stores[i].word, c->stores[i].value);
}

static uint32_t put_extra(struct change *c, const struct extra *extra)
{
	size_t size = offsetof(struct extra, comment) + strlen(extra->comment) + 1;
	uint32_t line = arena_lines(&c->arena, (uint32_t)((size + sizeof(struct line) - 1) / sizeof(struct line)));

	if (line)
		memcpy(&c->arena.lines[line - c->arena.base], extra, size);
	return line;
}

/* Of the prefixes from ref up that lie within item, makes the shortest a child of `to`, whose parent was `from`. */
static bool adopt(struct change *c, __u32 ref, const struct item *item, __u32 from, __u32 to)
{
	for (;;) {
		__u32 *parent = parent_word(c->t, ref);

		if (!parent || !within_steps(c->t, ref))
			return false;
		if (*parent == from)
			return then_store(c, parent, to);
		if (!*parent || item_at(c->t, *parent).len <= item->len)
			return false;
		ref = *parent;
	}
}

/*
 * In the node at place, turns the refs of the prefix's slots that are `from` into `to`, and makes the longer prefixes
 * there whose parent is `from` children of `to`.
 */
static bool repaint(struct change *c, const struct place *place, const struct item *item, __u32 from, __u32 to)
{
	const struct generation g = {c->t};
	const struct node *node = (const struct node *)line_at(&g, *place->word);
	__u32 first = item->ip.b[place->depth], count = 1u << (8 * (place->depth + 1) - item->len);
	__u32 refs[256];
	uint32_t line;

	if (!node)
		return false;
	for (__u32 i = 0; i < 256; i++)
		refs[i] = node_ref(&g, node, i);
	for (__u32 i = first; i < first + count; i++) {
		if (refs[i] == from)
			refs[i] = to;
		else if (!(refs[i] & REF_LEAF) || !adopt(c, refs[i], item, from, to))
			return false; /* a whole subtree inherits: too much for in place */
	}
	line = node_write(&c->arena, refs);
	if (!line)
		return false;
	/* First of all stores: the new node. */
	memmove(&c->stores[1], &c->stores[0], c->n++ * sizeof(c->stores[0]));
	c->stores[0].word = place->word;
	c->stores[0].value = line;
	return true;
}

/* Into a prefix that has rules already, the first of which is head. Only behind it, or where only one word leads to it.
 */
static bool join_prefix(struct change *c, const struct place *place, struct rule *rule, __u32 ref, __u32 head)
{
	struct rule *at = rule_of(c->t, head);

	if (!at)
		return false;
	if (precedence_compare(rule, at) < 0) {
		rule->next = head;
		return *place->word == head && action_len(at->action) > 8 * place->depth &&
		       then_store(c, place->word, ref);
	}
	for (;;) {
		struct rule *next = at->next ? rule_of(c->t, at->next) : NULL;

		if (at->next && !next)
			return false;
		if (!next || action_len(next->action) != action_len(rule->action) || precedence_compare(rule, next) < 0)
			break;
		at = next;
	}
	rule->next = at->next;
	return then_store(c, &at->next, ref);
}

/* A second prefix where there was one: a node, or more, that tell them apart. */
static bool split_leaf(struct change *c, const struct place *place, struct rule *rule, __u32 ref,
		       const struct item *item, __u32 inherited)
{
	struct item there = item_at(c->t, *place->word);
	struct item both[2] = {*item, there};
	uint32_t root;

	rule->next = inherited;
	if (item_covers(item, &there)) {
		if (!within_steps(c->t, *place->word) || !then_store(c, parent_word(c->t, *place->word), ref))
			return false;
	} else {
		if (item_covers(&there, item))
			rule->next = *place->word;
		if (item_covers(&there, item) || memcmp(&there.ip, &item->ip, sizeof(there.ip)) < 0) {
			both[0] = there;
			both[1] = *item;
		}
	}
	if (trie_build(&c->arena, both, 2, place->depth, inherited, &root))
		return false;
	memmove(&c->stores[1], &c->stores[0], c->n++ * sizeof(c->stores[0]));
	c->stores[0].word = place->word;
	c->stores[0].value = root;
	return true;
}

/* Decides what has to be stored for a new rule, which will be ref. */
static bool plan_add(struct change *c, struct rule *rule, __u32 ref)
{
	struct item item = item_of(rule, ref & ~REF_LEAF);
	struct place place;
	__u32 leaf, above;

	if (!descend(c->t, &item, &place))
		return false;
	if (*place.word && !(*place.word & REF_LEAF)) {
		const struct generation g = {c->t};

		/* The prefix's slots are in this node. What covers them all, or is the prefix, is on the way from any.
		 */
		above = no_longer(c->t, trie_leaf(&g, place.root, &item.ip), item.len);
		if (above && item_at(c->t, above).len == item.len)
			return join_prefix(c, &place, rule, ref, above);
		rule->next = above;
		return repaint(c, &place, &item, above, ref);
	}
	leaf = *place.word;
	for (above = leaf; above; above = rule_of(c->t, above)->next) {
		struct item there = item_at(c->t, above);

		if (there.len == item.len && !memcmp(&there.ip, &item.ip, sizeof(there.ip)))
			return join_prefix(c, &place, rule, ref, above);
		if (there.len <= 8 * place.depth)
			break;
	}
	above = no_longer(c->t, leaf, 8 * place.depth);
	if (leaf && leaf != above)
		return split_leaf(c, &place, rule, ref, &item, above);
	rule->next = above;
	return then_store(c, place.word, ref);
}

enum edit edit_add(struct tables *t, const struct rule *rule, const struct extra *extra)
{
	__u32 slot = t->header->rules;
	struct rule new = *rule;
	struct rule *to = slot < t->max_rules ? tables_rule(t, slot) : NULL;
	enum edit ret = EDIT_DECLINED;
	struct change c;

	change_begin(&c, t);
	if (!to)
		goto out;
	if (extra) {
		uint32_t line = put_extra(&c, extra);

		if (!line)
			goto out;
		new.action = (new.action &UINT32_MAX) | (uint64_t)line << 32;
	}
	if (!plan_add(&c, &new, REF_LEAF | slot) || !within_steps(t, new.next) ||
	    tables_mention(t, &new.ip, action_len(new.action)) || !place_lines(&c))
		goto out;
	*to = new;
	store(&t->config->pending, 1);
	store(&t->header->rules, slot + 1);
	carry_out(&c);
	store(&t->header->live, t->header->live + 1);
	if (extra && extra->expires)
		store(&t->header->expiring, t->header->expiring + 1);
	store(&t->config->pending, 0);
	ret = EDIT_DONE;
out:
	arena_free(&c.arena);
	return ret;
}

/* Whether a rule is the only one of its prefix. */
static bool is_alone(struct tables *t, uint32_t slot)
{
	struct item item = item_at(t, slot);
	const struct rule *rule = tables_rule(t, slot);

	return rule && head_of(t, &item) == (REF_LEAF | slot) &&
	       (!rule->next || item_at(t, rule->next).len != item.len);
}

enum edit edit_change(struct tables *t, uint32_t slot, uint64_t action, uint16_t set, const struct extra *extra)
{
	struct rule *rule = tables_rule(t, slot);
	enum edit ret = EDIT_DECLINED;
	struct change c;

	change_begin(&c, t);
	if (!rule)
		goto out;
	/* Among rules of one prefix the verdict is part of the order. */
	if (action_verdict(action) != action_verdict(rule->action) && !is_alone(t, slot))
		goto out;
	if (extra) {
		uint32_t line = put_extra(&c, extra);

		if (!line || !place_lines(&c))
			goto out;
		action = (action & UINT32_MAX) | (uint64_t)line << 32;
		if (extra->expires)
			store(&t->header->expiring, t->header->expiring + 1);
	}
	rule->set = set; /* the programs do not look at it */
	__atomic_store_n(&rule->action, action, __ATOMIC_RELEASE);
	ret = EDIT_DONE;
out:
	arena_free(&c.arena);
	return ret;
}

/* Decides what has to be stored so that nothing leads to a rule any more. */
static bool plan_remove(struct change *c, __u32 ref)
{
	struct item item = item_at(c->t, ref);
	const struct rule *rule = rule_of(c->t, ref);
	__u32 head = head_of(c->t, &item);
	struct place place;

	if (!rule || !head || !descend(c->t, &item, &place))
		return false;
	if (head != ref) {
		struct rule *at = rule_of(c->t, head);

		while (at && at->next && at->next != ref)
			at = rule_of(c->t, at->next);
		return at && at->next == ref && then_store(c, &at->next, rule->next);
	}
	if (rule->next && item_at(c->t, rule->next).len == item.len)
		return *place.word == ref && item.len > 8 * place.depth && then_store(c, place.word, rule->next);
	if (*place.word == ref)
		return then_store(c, place.word, rule->next);
	if (*place.word & REF_LEAF)
		return adopt(c, *place.word, &item, ref, rule->next);
	return repaint(c, &place, &item, ref, rule->next);
}

enum edit edit_remove(struct tables *t, uint32_t slot)
{
	struct rule *rule = tables_rule(t, slot);
	enum edit ret = EDIT_DECLINED;
	struct change c;

	change_begin(&c, t);
	if (!rule || !plan_remove(&c, REF_LEAF | slot) || !place_lines(&c))
		goto out;
	store(&t->config->pending, 1);
	carry_out(&c);
	store(&rule->id, 0);
	store(&t->header->live, t->header->live - 1);
	store(&t->config->pending, 0);
	ret = EDIT_DONE;
out:
	arena_free(&c.arena);
	return ret;
}

bool edit_is_fragmented(const struct tables *t)
{
	uint32_t gone = t->header->rules - t->header->live;

	return gone > 1024 && gone > t->header->live / 4;
}

int64_t edit_find(struct tables *t, const struct rule *rule)
{
	struct item item = item_of(rule, 0);
	__u32 ref = head_of(t, &item);

	while (ref) {
		const struct rule *there = rule_of(t, ref);

		if (!there || action_len(there->action) != item.len)
			break;
		if (there->id && rule_identical(there, rule))
			return ref & ~REF_LEAF;
		ref = there->next;
	}
	return -1;
}
