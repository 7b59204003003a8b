// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include "base/array.h"
#include "rule/name.h"
#include "rule/prefix.h"
#include "reach.h"

int reach_check(const struct rule_spec *spec, struct error *err)
{
	if (spec->verdict != VERDICT_ALLOW)
		return error_set(err, ERR_INPUT, "only 'allow' rules here: a run refuses everything else anyway");
	if (spec->subject != SUBJECT_EVERYONE)
		return error_set(err, ERR_INPUT, "a run's rules are for all of it: leave out uid, cgroup and the like");
	if (spec->timeout)
		return error_set(err, ERR_INPUT, "a run's rules last as long as the run: leave out the timeout");
	if (prefix_is_resolvers(&spec->prefix))
		return error_set(err, ERR_INPUT, "a run reaches the name servers anyway: leave out 'resolvers'");
	if (prefix_is_name(&spec->prefix))
		return error_set(
			err, ERR_INPUT,
			"a run's rules are for addresses, near '%.64s': type the name after --allow, which looks it up once",
			name_text(&spec->prefix.ip));
	return 0;
}

static int compare(const void *a, const void *b)
{
	return prefix_compare(&((const struct rule_spec *)a)->prefix, &((const struct rule_spec *)b)->prefix);
}

static int add_ports(struct reach_entry *entry, const struct run_ports *ports, struct error *err)
{
	struct run_rule *rule = &entry->rule;
	char text[PREFIX_TEXT_SIZE];

	for (__u32 i = 0; i < rule->n; i++) {
		const struct run_ports *there = &rule->at[i];

		if ((there->proto == PROTO_ANY || there->proto == ports->proto) && there->lo <= ports->lo &&
		    there->hi >= ports->hi)
			return 0;
	}
	if (rule->n == RUN_RANGES) {
		prefix_format(&entry->prefix, true, text);
		return error_set(err, ERR_FULL,
				 "more than %d ranges of ports for %s: join some, as in 'port 8000-8999'", RUN_RANGES,
				 text);
	}
	rule->at[rule->n++] = *ports;
	return 0;
}

/* Returns the entry of a prefix; a new one has what the prefixes around it have. NULL with the error set. */
static struct reach_entry *entry_for(struct reach *reach, const struct prefix *prefix, struct error *err)
{
	struct reach_entry *last = reach->n ? &reach->at[reach->n - 1] : NULL;
	struct reach_entry *grown;
	struct reach_entry entry = {.prefix = *prefix};

	if (last && prefix_equal(&last->prefix, prefix))
		return last;
	/* They are sorted: what contains this one contains the last one too, or is it. */
	for (entry.around = reach->n; entry.around; entry.around = reach->at[entry.around - 1].around) {
		if (prefix_contains(&reach->at[entry.around - 1].prefix, prefix)) {
			entry.rule = reach->at[entry.around - 1].rule;
			break;
		}
	}
	grown = array_with_room_for_one(reach->at, reach->n, sizeof(*grown));
	if (!grown) {
		error_errno(err, ENOMEM, "cannot read the rules");
		return NULL;
	}
	reach->at = grown;
	grown[reach->n] = entry;
	return &grown[reach->n++];
}

int reach_compile(struct reach *reach, struct rules *rules, struct error *err)
{
	const struct prefix any4 = {.ip = {.b = {[10] = 0xff, 0xff}}, .len = 96};

	if (rules->n)
		qsort(rules->at, rules->n, sizeof(*rules->at), compare);
	if (!entry_for(reach, &any4, err))
		return -1;
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule_spec *spec = &rules->at[i];
		const struct run_ports ports = {.lo = spec->port_lo, .hi = spec->port_hi, .proto = spec->proto};
		struct reach_entry *entry = entry_for(reach, &spec->prefix, err);

		if (!entry || add_ports(entry, &ports, err))
			return -1;
	}
	return 0;
}

void reach_free(struct reach *reach)
{
	free(reach->at);
	*reach = (struct reach){};
}
