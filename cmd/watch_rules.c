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

/* Looks the rule up in the rules in force. Free it; NULL: not found. */
static char *look_up(const struct watch_rules *from, uint32_t id)
{
	struct pins pins = PINS_CLOSED;
	struct error ignored = {};
	struct ruleset *rules;
	struct rule_info rule;
	char *text = NULL;

	if (pins_open(&pins, from->pin_dir, from->patient ? PINS_SHARED : PINS_IF_FREE, &ignored))
		return NULL;
	rules = ruleset_open(&pins, RULESET_READ, &ignored);
	if (rules && !ruleset_is_pending(rules) && ruleset_find_id(rules, id, &rule)) {
		rule.spec.timeout = 0;
		rule.spec.comment[0] = '\0';
		rule.spec.error = EPERM;
		text = rule_format(&rule.spec);
	}
	if (rules)
		ruleset_close(rules);
	pins_close(&pins);
	if (text) /* without the verdict */
		memmove(text, strchr(text, ' ') + 1, strlen(strchr(text, ' ')));
	return text;
}

static const char *keep(struct watch_rules *rules, uint32_t id, char *text)
{
	struct watch_rule *at;

	if (rules->n == MOST) {
		const struct watch_rules emptied = {.pin_dir = rules->pin_dir,
						    .patient = rules->patient,
						    .begun = rules->begun,
						    .spent = rules->spent};

		watch_rules_free(rules);
		*rules = emptied;
	}
	at = array_with_room_for_one(rules->at, rules->n, sizeof(*at));
	if (at)
		rules->at = at;
	if (!at || hash_add(&rules->by_id, hash_number(id), (uint32_t)rules->n)) {
		free(text);
		return NULL;
	}
	at[rules->n++] = (struct watch_rule){id, text};
	return text;
}

const char *watch_rules_text(struct watch_rules *rules, uint32_t id)
{
	const struct wanted wanted = {rules, id};
	int64_t place = hash_find(&rules->by_id, hash_number(id), is_same, &wanted);
	uint64_t now;
	char *text;

	if (place >= 0)
		return rules->at[place].text;
	/* Among a million rules a search takes a while: events must not be lost because of it. */
	now = clock_ns(CLOCK_MONOTONIC);
	rules->begun = rules->begun ? rules->begun : now;
	if (rules->spent > GRACE + (now - rules->begun) / 2)
		return NULL;
	text = look_up(rules, id);
	rules->spent += clock_ns(CLOCK_MONOTONIC) - now;
	return text ? keep(rules, id, text) : NULL;
}

void watch_rules_free(struct watch_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		free(rules->at[i].text);
	free(rules->at);
	hash_free(&rules->by_id);
}
