// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs walk the tables during each change. A change replaces the smallest part of a trie that holds the rule's
 * prefix: all below one ref. It copies and links the rules that a walk through this ref can meet, and builds their
 * nodes as compile() does, behind the used lines. Then it stores the words that lead to the new part, in any order. A
 * new rule goes in front of its successor; the successor takes the place of a removed rule. So a walk that has passed
 * any of these words still meets all other rules in order, and meets the new or removed rule at most once.
 */
#include <stdlib.h>
#include <string.h>
#include "bpf/ruled_id.h"
#include "decode.h"
#include "edit.h"
#include "filter.h"
#include "find.h"
#include "link.h"
#include "walk.h"

#define NEIGHBOURS 1024 /* the most rules that one ref can lead to; above this, compiling all rules is as fast */

#define WORN_LEAST (128u << 10) /* bytes */

struct change {
	struct tables *t;
	struct arena arena; /* new lines, for the room behind the used ones */
	__u32 *ref;	    /* the change lies below this ref */
	__u32 depth;	    /* bytes of the address on the way to ref; the last one is: */
	__u32 byte;
	__u32 *node; /* the ref of the node that holds ref; NULL for a root */
	/*
	 * Copies of the rules that a walk below ref can meet. next is an index of these copies; slots has the real
	 * slots.
	 */
	struct rule rules[NEIGHBOURS];
	__u32 slots[NEIGHBOURS];
	__u32 n;
	__u32 added; /* the slot of the new rule; UINT32_MAX: none */
	/* The words to store. */
	struct {
		__u32 *word;
		__u32 value;
	} stores[NEIGHBOURS + 1];
	__u32 n_stores;
};

/* Stores one aligned word that programs may read at the same time. */
static void store(__u32 *word, __u32 value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static void then_store(struct change *c, __u32 *word, __u32 value)
{
	if (*word == value)
		return;
	c->stores[c->n_stores].word = word;
	c->stores[c->n_stores++].value = value;
}

static struct change *change_begin(struct tables *t)
{
	struct change *c = malloc(sizeof(*c));

	if (!c)
		return NULL;
	c->t = t;
	c->arena = (struct arena){.base = t->header->lines, .n = t->header->lines};
	c->n = c->n_stores = 0;
	c->added = UINT32_MAX;
	return c;
}

static void change_free(struct change *c)
{
	if (c)
		arena_free(&c->arena);
	free(c);
}

static struct rule *rule_of(struct tables *t, __u32 ref)
{
	return tables_rule(t, ref & ~REF_LEAF);
}

static bool is_node(__u32 ref)
{
	return ref && !(ref & REF_LEAF);
}

/* Returns the address of a node's ref for one value of the next byte. */
static __u32 *node_word(struct tables *t, __u32 ref, __u32 byte)
{
	const struct node *node = (const struct node *)tables_line(t, ref);
	__u32 word = node ? node_at(node, byte) : 0;
	struct line *line = tables_line(t, word / LINE_WORDS);

	return node && line ? &line->w[word % LINE_WORDS] : NULL;
}

/* Finds the ref to replace. Returns false when the tables are corrupt. */
static bool find_ref(struct change *c, const struct rule *rule)
{
	__u32 len = action_len(rule->action);

	c->ref = find_root(c->t, rule);
	c->depth = prefix_is_v4(&rule->ip, len) ? 12 : 0;
	c->node = NULL;
	while (c->ref && is_node(*c->ref) && len >= 8 * (c->depth + 1)) {
		c->node = c->ref;
		c->byte = rule->ip.b[c->depth++];
		c->ref = node_word(c->t, *c->node, c->byte);
	}
	return c->ref;
}

/* Collects the rules from ref on. Stops at a rule that it has already. */
static bool gather_path(struct change *c, __u32 ref)
{
	while (ref) {
		const struct rule *rule = rule_of(c->t, ref);

		for (__u32 i = c->n; i-- > 0;) {
			if (c->slots[i] == (ref & ~REF_LEAF))
				return true;
		}
		if (!rule || c->n == NEIGHBOURS)
			return false;
		c->slots[c->n] = ref & ~REF_LEAF;
		c->rules[c->n++] = *rule;
		ref = rule->next;
	}
	return true;
}

static bool gather(struct change *c, __u32 ref, __u32 depth)
{
	__u32 last = 0;

	if (!is_node(ref))
		return gather_path(c, ref);
	for (__u32 byte = 0; byte < 256 && depth < 16; byte++) {
		const __u32 *word = node_word(c->t, ref, byte);

		if (!word || (*word != last && !gather(c, *word, depth + 1)))
			return false;
		last = *word;
	}
	return depth < 16;
}

/*
 * Plans another value for the ref. Other values of the byte may share its word, so this fits only when all of them
 * change alike.
 */
static bool put_ref(struct change *c, __u32 ref)
{
	__u32 refs[256], line;
	bool shared = false;

	if (ref == *c->ref)
		return true;
	for (__u32 byte = 0; c->node && byte < 256; byte++) {
		const __u32 *word = node_word(c->t, *c->node, byte);

		if (!word)
			return false;
		refs[byte] = *word;
		shared = shared || (word == c->ref && byte != c->byte);
	}
	if (!shared) {
		then_store(c, c->ref, ref);
		return true;
	}
	refs[c->byte] = ref;
	line = node_write(&c->arena, refs);
	then_store(c, c->node, line);
	return line != 0; /* on failure, nothing of the plan is stored */
}

/* Plans the stores after which a walk below the ref meets exactly the rules in c. */
static bool plan(struct change *c)
{
	struct links links = {.rules = c->rules, .steps = WALK_STEPS};
	struct item items[NEIGHBOURS];
	struct error ignored = {};
	__u32 n = c->n, above = 0, inherited = 0, ref;

	/* compile() reports a walk with too many steps, and hides twins. */
	if (rules_sort(c->rules, n, items) || link_rules(&links, items, &n, &ignored))
		return false;
	for (__u32 i = 0; i < c->n; i++) {
		__u32 next = c->rules[i].next ? REF_LEAF | c->slots[c->rules[i].next & ~REF_LEAF] : 0;
		struct rule *rule = tables_rule(c->t, c->slots[i]);

		if (!rule)
			return false;
		if (c->slots[i] == c->added)
			rule->next = next; /* the new rule: no word leads to it yet */
		else
			then_store(c, &rule->next, next);
	}
	for (__u32 i = 0; i < n; i++)
		items[i].slot = c->slots[items[i].slot];
	/* The prefixes that cover everything below the ref sort first. */
	for (; above < n && items[above].len <= 8 * c->depth; above++)
		inherited = REF_LEAF | items[above].slot;
	return !trie_build(&c->arena, items + above, n - above, c->depth, inherited, &ref) && put_ref(c, ref);
}

/* Writes the new lines to the arena. Returns false when it lacks room. */
static bool place_lines(struct change *c)
{
	__u32 count = c->arena.n - c->arena.base;
	struct line *to;

	to = mapped_at(&c->t->arena, (size_t)c->arena.base * sizeof(*to), count * sizeof(*to));
	if (!to)
		return false;
	if (count)
		memcpy(to, c->arena.lines, count * sizeof(*to));
	store(&c->t->header->lines, c->arena.n);
	return true;
}

static void carry_out(const struct change *c)
{
	for (__u32 i = 0; i < c->n_stores; i++)
		store(c->stores[i].word, c->stores[i].value);
}

static void count_blocking(struct tables *t, __u64 action, int by)
{
	if (action_verdict(action) == VERDICT_BLOCK)
		store(&t->header->blocking, t->header->blocking + (__u32)by);
}

/* Sets the extra of an action; NULL: none. Returns false without memory. */
static bool put_extra(struct change *c, const struct extra *extra, __u64 *action)
{
	size_t size = extra ? offsetof(struct extra, comment) + strlen(extra->comment) + 1 : 0;
	uint32_t line = 0;

	if (extra) {
		line = arena_lines(&c->arena, (uint32_t)((size + sizeof(struct line) - 1) / sizeof(struct line)));
		if (!line)
			return false;
		memcpy(&c->arena.lines[line - c->arena.base], extra, size);
	}
	*action = (*action & UINT32_MAX) | (__u64)line << 32;
	return true;
}

enum edit edit_add_at(struct tables *t, uint32_t slot, const struct rule *rule, const struct extra *extra)
{
	struct rule *to = slot < t->max_rules ? tables_rule(t, slot) : NULL;
	struct change *c = change_begin(t);
	enum edit ret = slot < t->max_rules ? EDIT_DECLINED : EDIT_FULL;

	/* A name may need its text in the arena, and the programs that learn it. */
	if (!to || !c || ip_is_name(&rule->ip))
		goto out;
	*to = *rule;
	c->added = slot;
	if (!put_extra(c, extra, &to->action) || !find_ref(c, rule) || !gather(c, *c->ref, c->depth) ||
	    c->n == NEIGHBOURS)
		goto out;
	c->slots[c->n] = slot;
	c->rules[c->n++] = *to;
	if (!plan(c) || tables_mention(t, rule))
		goto out;
	if (!place_lines(c)) {
		ret = EDIT_FULL;
		goto out;
	}
	store(&t->config->pending, 1);
	store(&t->config->last_id, rule->id); /* stored first, so that a kill here uses no id twice */
	if (slot == t->header->rules)
		store(&t->header->rules, slot + 1);
	count_blocking(t, rule->action, 1); /* counted before it blocks */
	carry_out(c);
	store(&t->header->live, t->header->live + 1);
	if (extra && extra->expires)
		store(&t->header->expiring, t->header->expiring + 1);
	store(&t->config->pending, 0);
	ret = EDIT_DONE;
out:
	change_free(c);
	return ret;
}

enum edit edit_add(struct tables *t, const struct rule *rule, const struct extra *extra)
{
	return edit_add_at(t, t->header->rules, rule, extra);
}

/* True when the rule may hide twins that a walk must meet when it goes, or when it is another one. */
static bool hides(struct tables *t, const struct rule *rule)
{
	uint32_t line = action_extra(rule->action);
	const struct extra *extra = line ? (const struct extra *)tables_line(t, line) : NULL;

	return (!extra || !extra->expires) && find_hidden(t, rule);
}

enum edit edit_remove(struct tables *t, uint32_t slot)
{
	struct rule *rule = tables_rule(t, slot);
	struct change *c = change_begin(t);
	enum edit ret = EDIT_DECLINED;
	__u32 at = 0;

	if (!rule || !c || ip_is_name(&rule->ip) || hides(t, rule) || !find_ref(c, rule) ||
	    !gather(c, *c->ref, c->depth))
		goto out;
	while (at < c->n && c->slots[at] != slot)
		at++;
	if (at == c->n)
		goto out;
	c->slots[at] = c->slots[--c->n];
	c->rules[at] = c->rules[c->n];
	if (!plan(c))
		goto out;
	ret = place_lines(c) ? EDIT_DONE : EDIT_FULL;
	if (ret != EDIT_DONE)
		goto out;
	store(&t->config->pending, 1);
	carry_out(c);
	count_blocking(t, rule->action, -1);
	store(&rule->id, 0);
	store(&t->header->live, t->header->live - 1);
	store(&t->config->pending, 0);
out:
	change_free(c);
	return ret;
}

/* True when the changed rule keeps its place among the rules of its prefix. */
static bool keeps_place(struct tables *t, uint32_t slot, const struct rule *changed)
{
	bool passed = false;

	for (__u32 ref = find_first(t, find_root(t, changed), changed); ref;) {
		const struct rule *there = rule_of(t, ref);

		if (!there || action_len(there->action) != action_len(changed->action))
			break;
		if (ref == (REF_LEAF | slot))
			passed = true;
		else if ((precedence_compare(changed, there) < 0) != passed)
			return false;
		ref = there->next;
	}
	return passed;
}

enum edit edit_change(struct tables *t, uint32_t slot, uint64_t action, const struct extra *extra)
{
	struct rule *rule = tables_rule(t, slot);
	struct change *c = change_begin(t);
	struct rule changed = rule ? *rule : (struct rule){};
	enum edit ret = EDIT_DECLINED;
	__u64 stored = action, old;

	/* The change stores a single word. The verdict is part of the order of the rules of one prefix. */
	changed.action = action;
	if (!rule || !c || hides(t, rule) || !keeps_place(t, slot, &changed))
		goto out;
	if (!put_extra(c, extra, &stored))
		goto out;
	if (!place_lines(c)) {
		ret = EDIT_FULL;
		goto out;
	}
	if (extra && extra->expires)
		store(&t->header->expiring, t->header->expiring + 1);
	count_blocking(t, stored, 1);
	old = __atomic_exchange_n(&rule->action, stored, __ATOMIC_RELEASE);
	count_blocking(t, old, -1);
	ret = EDIT_DONE;
out:
	change_free(c);
	return ret;
}

bool edit_is_fragmented(const struct tables *t)
{
	uint32_t gone = t->header->rules - t->header->live;

	return gone > 1024 && gone > t->header->live / 4;
}

bool edit_is_worn(struct tables *t)
{
	const struct subject *everyone = decode_subject_at(t, 0);
	uint64_t compiled = everyone ? everyone->compiled : 0;
	uint64_t size = compiled * sizeof(struct line) +
			(uint64_t)t->header->rules * (sizeof(struct rule) + sizeof(struct counters) / 2);

	return (t->header->lines - compiled) * sizeof(struct line) > size / 2 + WORN_LEAST;
}
