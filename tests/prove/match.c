// SPDX-License-Identifier: GPL-2.0-only
/*
 * rule_matches() says what plain conditions say, also where an extra is missing.
 *
 * bounds: any rule whose prefix is no longer than an address, any call
 * stub: is_over:over_as_said
 * cbmc: --unwind 129
 */
#include "any.h"
#include "plain.h"

static int plainly(const struct rule *rule, const struct query *q, int over)
{
	__u32 proto = action_proto(rule->action), port = call_port(q->call);

	if (proto != PROTO_ANY && proto != call_proto(q->call) && !(proto == PROTO_RAW && call_raw(q->call)))
		return 0;
	if (rule->port_lo != 0 || rule->port_hi != 65535) {
		if (port == NO_PORT || port < rule->port_lo || port > rule->port_hi)
			return 0;
	}
	if (!plain_covers(&rule->ip, action_len(rule->action), &q->ip))
		return 0;
	return action_extra(rule->action) && over ? (over < 0 ? -1 : 0) : 1;
}

static int said;

int over_as_said(struct generation *g, __u32 extra)
{
	(void)g, (void)extra;
	return said;
}

int main(void)
{
	struct generation g = {0};
	struct rule rule = nondet_rule();
	const struct query q = any_query();

	rule.ip = any_ip();
	said = nondet_int();
	__CPROVER_assume(said >= -1 && said <= 1);
	__CPROVER_assume(action_len(rule.action) <= 128 && call_port(q.call) <= NO_PORT);
	/* The compiler writes ranges whose ends are in order. */
	__CPROVER_assume(rule.port_lo <= rule.port_hi);
	assert(rule_matches(&g, &rule, &q) == plainly(&rule, &q, said));
	return 0;
}
