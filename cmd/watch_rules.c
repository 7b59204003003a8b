// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/time.h"
#include "host/pins.h"
#include "rule/format.h"
#include "table/ruleset.h"
#include "watch_rules.h"

#define MOST  65536u	   /* texts kept */
#define EARLY 4096u	   /* kept at the first question: opening the tables for each would take 100 times as long */
#define GRACE 200000000ull /* ns: looking up may take this long, and then half of the time */

struct wanted {
	const struct watch_rules *rules;
	uint32_t id;
};

static bool is_same(uint32_t place, const void *arg)
{
	const struct wanted *wanted = arg;

	return wanted->rules->at[place].id == wanted->id;
}

static const char *find(const struct watch_rules *rules, uint32_t id)
{
	const struct wanted wanted = {rules, id};
	int64_t place = hash_find(&rules->by_id, hash_number(id), is_same, &wanted);

	return place < 0 ? NULL : rules->at[place].text;
}

/* Free it; NULL: no memory. */
static char *text_of(const struct rule_info *rule)
{
	struct rule_spec spec = rule->spec;
	char *text;

	spec.timeout = 0;
	spec.comment[0] = '\0';
	spec.error = EPERM;
	text = rule_format(&spec);
	if (text) /* without the verdict */
		memmove(text, strchr(text, ' ') + 1, strlen(strchr(text, ' ')));
	return text;
}

static void keep(struct watch_rules *rules, const struct rule_info *rule)
{
	char *text = text_of(rule);
	struct watch_rule *at;

	if (rules->n == MOST) {
		const struct watch_rules emptied = {.pin_dir = rules->pin_dir,
						    .patient = rules->patient,
						    .begun = rules->begun,
						    .spent = rules->spent};

		watch_rules_free(rules);
		*rules = emptied;
	}
	at = text ? array_with_room_for_one(rules->at, rules->n, sizeof(*at)) : NULL;
	if (at)
		rules->at = at;
	if (!at || hash_add(&rules->by_id, hash_number(rule->id), (uint32_t)rules->n)) {
		free(text);
		return;
	}
	at[rules->n++] = (struct watch_rule){rule->id, text};
}

static int keep_early(const struct rule_info *rule, void *arg)
{
	struct watch_rules *rules = arg;

	keep(rules, rule);
	return rules->n >= EARLY;
}

/* Looks the rule up in the rules in force. */
static void look_up(struct watch_rules *rules, uint32_t id)
{
	struct pins pins = PINS_CLOSED;
	struct error ignored = {};
	struct ruleset *in_force;
	struct rule_info rule;

	if (pins_open(&pins, rules->pin_dir, rules->patient ? PINS_SHARED : PINS_IF_FREE, &ignored))
		return;
	in_force = ruleset_open(&pins, RULESET_READ, &ignored);
	if (in_force && !ruleset_is_pending(in_force)) {
		if (!rules->n)
			ruleset_each(in_force, keep_early, rules);
		if (!find(rules, id) && ruleset_find_id(in_force, id, &rule))
			keep(rules, &rule);
	}
	if (in_force)
		ruleset_close(in_force);
	pins_close(&pins);
}

const char *watch_rules_text(struct watch_rules *rules, uint32_t id)
{
	const char *text = find(rules, id);
	uint64_t now;

	if (text)
		return text;
	/* Among a million rules a search takes a while: events must not be lost because of it. */
	now = clock_ns(CLOCK_MONOTONIC);
	rules->begun = rules->begun ? rules->begun : now;
	if (rules->spent > GRACE + (now - rules->begun) / 2)
		return NULL;
	look_up(rules, id);
	rules->spent += clock_ns(CLOCK_MONOTONIC) - now;
	return find(rules, id);
}

void watch_rules_free(struct watch_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		free(rules->at[i].text);
	free(rules->at);
	hash_free(&rules->by_id);
}
