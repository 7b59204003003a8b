// SPDX-License-Identifier: GPL-2.0-only
#include "decode.h"
#include "find.h"
#include "walk.h"

__u32 *find_root(struct tables *t, const struct rule *rule)
{
	struct subject *subject = (struct subject *)tables_line(t, t->header->subject_line + rule->subject);
	__u32 v6 = !prefix_is_v4(&rule->ip, action_len(rule->action));

	if (!rule->subject)
		return &t->header->root[v6];
	return subject ? &subject->root[v6] : NULL;
}

/* Returns the root of the hidden rules of this rule's family, or NULL. */
static const __u32 *hidden_root(struct tables *t, const struct rule *rule)
{
	const struct subject *everyone = (const struct subject *)tables_line(t, t->header->subject_line);

	return everyone ? &everyone->root[!prefix_is_v4(&rule->ip, action_len(rule->action))] : NULL;
}

__u32 find_first(struct tables *t, const __u32 *root, const struct rule *rule)
{
	struct generation g = {.t = t};
	__u32 ref = root ? trie_leaf(&g, *root, &rule->ip) : 0;

	while (ref) {
		const struct rule *there = tables_rule(t, ref & ~REF_LEAF);

		if (!there)
			return 0;
		if (action_len(there->action) <= action_len(rule->action))
			break;
		ref = there->next;
	}
	return ref;
}

static int each_below(struct tables *t, const __u32 *root, const struct rule *rule,
		      int (*each)(uint32_t slot, void *arg), void *arg)
{
	int ret = 0;

	for (__u32 ref = find_first(t, root, rule); ref && !ret;) {
		const struct rule *there = tables_rule(t, ref & ~REF_LEAF);

		if (!there || action_len(there->action) != action_len(rule->action))
			break;
		if (rule_is_twin(there, rule))
			ret = each(ref & ~REF_LEAF, arg);
		ref = there->next;
	}
	return ret;
}

int find_twins(struct tables *t, const struct rule *rule, int (*each)(uint32_t slot, void *arg), void *arg)
{
	int ret = each_below(t, find_root(t, rule), rule, each, arg);

	return ret ? ret : each_below(t, hidden_root(t, rule), rule, each, arg);
}

struct search {
	struct tables *t;
	const struct rule *rule;
	int64_t slot;
	bool twin; /* a twin was found */
};

static int is_rule(uint32_t slot, void *arg)
{
	struct search *search = arg;

	search->twin = true;
	if (tables_rule(search->t, slot)->set != search->rule->set)
		return 0;
	search->slot = slot;
	return 1;
}

int64_t find_rule(struct tables *t, const struct rule *rule)
{
	struct search search = {.t = t, .rule = rule, .slot = -1};

	/* A hidden rule has a twin that is not, and comes before it: no rule without a set is hidden. */
	if (!each_below(t, find_root(t, rule), rule, is_rule, &search) && search.twin && rule->set)
		each_below(t, hidden_root(t, rule), rule, is_rule, &search);
	return search.slot;
}

static int is_any(uint32_t slot, void *arg)
{
	(void)slot, (void)arg;
	return 1;
}

bool find_hidden(struct tables *t, const struct rule *rule)
{
	return each_below(t, hidden_root(t, rule), rule, is_any, NULL);
}
