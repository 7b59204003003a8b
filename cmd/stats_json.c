// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include "shared/rules_json.h"
#include "shared/session.h"
#include "table/ruleset.h"
#include "stats.h"
#include "stats_top.h"

static json_t *decisions_value(const struct totals *totals)
{
	return json_pack("{s:I,s:I,s:I}", "allowed", (json_int_t)totals->by_verdict[VERDICT_ALLOW], "blocked",
			 (json_int_t)totals->by_verdict[VERDICT_BLOCK], "audited",
			 (json_int_t)totals->by_verdict[VERDICT_AUDIT]);
}

int stats_same(struct ruleset *rules, uint64_t *loaded_at, struct error *err)
{
	uint64_t now = ruleset_config(rules)->loaded_at;

	if (*loaded_at && *loaded_at != now)
		return error_set(err, ERR_NOT_LOADED, "the policy was unloaded");
	*loaded_at = now;
	return 0;
}

/* Arguments and results of print_json(). */
struct printing {
	const struct output *out;
	uint64_t most;
	uint64_t *loaded_at;
	struct error *err;
	int ret;
};

static int add(const struct rule_info *rule, void *arg)
{
	return rules_json_add(arg, rule);
}

/* Prints all rules in the order of list, or with --top only those with the most hits. */
static void print_json(struct ruleset *rules, FILE *to, void *arg)
{
	struct printing *p = arg;
	struct rules_json list;
	struct top top = {.most = p->most};
	struct totals totals;
	json_t *decisions;

	p->ret = p->loaded_at ? stats_same(rules, p->loaded_at, p->err) : 0;
	if (!p->ret)
		p->ret = ruleset_totals(rules, &totals, p->err);
	if (!p->ret && p->most)
		p->ret = top_read(&top, rules, p->err);
	decisions = p->ret ? NULL : decisions_value(&totals);
	if (!p->ret && !decisions)
		p->ret = error_errno(p->err, ENOMEM, "cannot count the rules");
	if (!p->ret) {
		rules_json_begin(&list, p->out, to, "decisions", decisions);
		if (!p->most)
			ruleset_each(rules, add, &list);
		for (size_t i = 0; i < top.n; i++)
			rules_json_add(&list, &top.at[i]->rule);
		rules_json_end(&list);
	}
	json_decref(decisions);
	top_free(&top);
}

int stats_print_json(const struct invocation *inv, uint64_t most, uint64_t *loaded_at, struct error *err)
{
	struct printing printing = {.out = &inv->out, .most = most, .loaded_at = loaded_at, .err = err};

	return session_print(inv, stdout, print_json, &printing, err) ? -1 : printing.ret;
}
