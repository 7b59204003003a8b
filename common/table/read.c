// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/time.h"
#include "decode.h"
#include "find.h"
#include "near.h"
#include "names_read.h"
#include "ruleset_impl.h"
#include "sort.h"
#include "store_impl.h"

#define FORGET 16384 /* a scan unmaps the slots that it has passed after this many */

/* Keeps the memory of a scan bounded: unmaps the comments that it has passed. The header stays mapped. */
static void forget_texts(struct ruleset *rs)
{
	if (!rs->t.detached)
		return;
	mapped_forget(&rs->t.arena);
	rs->t.header = mapped_at(&rs->t.arena, 0, sizeof(*rs->t.header));
}

/* Maps the next slots of a scan with one call for each array. A failure shows when they are used. */
static void map_ahead(struct ruleset *rs, uint32_t slot)
{
	uint32_t left = rs->t.header->rules - slot, n = left < FORGET ? left : FORGET;

	mapped_map(&rs->t.rules, (size_t)slot * sizeof(struct rule), (size_t)n * sizeof(struct rule));
	mapped_map(&rs->t.counters, (size_t)slot / 2 * sizeof(struct counters),
		   (size_t)(n + 1) / 2 * sizeof(struct counters));
}

int ruleset_each(struct ruleset *rs, int (*each)(const struct rule_info *rule, void *arg), void *arg)
{
	uint64_t now = clock_boot();
	struct rule_info info;
	int ret = 0;

	for (uint32_t slot = 0; !ret && slot < rs->t.header->rules; slot++) {
		if (slot && slot % FORGET == 0) {
			mapped_forget(&rs->t.rules);
			mapped_forget(&rs->t.counters);
			forget_texts(rs);
		}
		if (slot % FORGET == 0)
			map_ahead(rs, slot);
		if (decode_rule(&rs->t, slot, now, &info))
			ret = each(&info, arg);
	}
	return ret;
}

int ruleset_each_kept(struct ruleset *rs, int (*each)(const struct set_kept *kept, void *arg), void *arg)
{
	struct set_kept kept;
	int ret = 0;

	for (uint32_t i = 1; rs->t.header && i < rs->t.header->sets && !ret; i++) {
		if (decode_kept(&rs->t, i, &kept) && decode_set_name(&rs->t, i, kept.set))
			ret = each(&kept, arg);
	}
	return ret;
}

int ruleset_each_before(struct ruleset *rs, int (*each)(const struct rule_info *rule, void *arg),
			int (*kept)(const struct set_kept *kept, void *arg), void *arg)
{
	/* Shares the config; only the generation is its own. */
	struct ruleset before = {.t = rs->t};
	int ret;

	before.t.arena = before.t.rules = before.t.counters = MAPPED_CLOSED;
	before.t.header = NULL;
	before.t.write = false;
	before.t.now = NULL;
	before.t.ruled = NULL;
	before.t.n_ruled = 0;
	before.t.ruled_read = RULED_UNREAD;
	before.t.generation = rs->t.config->fallback;
	if (rs->t.config->fallback + 1 != rs->t.config->generation || store_open_generation(&before.t) ||
	    names_read(&before.t)) {
		store_close_generation(&before.t);
		return -1;
	}
	ret = ruleset_each(&before, each, arg);
	if (!ret)
		ret = ruleset_each_kept(&before, kept, arg);
	store_close_generation(&before.t);
	return ret;
}

int ruleset_each_hit(struct ruleset *rs, int (*each)(const struct rule_info *rule, void *arg), void *arg)
{
	uint64_t now = clock_boot();
	struct rule_info info;
	int ret = 0;

	for (uint32_t slot = 0; !ret; slot++) {
		slot = tables_next_hit(&rs->t, slot);
		if (slot >= rs->t.header->rules)
			break;
		if (decode_rule(&rs->t, slot, now, &info))
			ret = each(&info, arg);
	}
	return ret;
}

static int slot_compare(const void *a, const void *b)
{
	const uint32_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

struct neighbours {
	const struct prefixes *prefixes;
	int (*each)(const struct rule_info *rule, void *arg);
	void *arg;
};

static int give_near(const struct rule_info *rule, void *arg)
{
	const struct neighbours *of = arg;
	const struct prefix *its = &rule->spec.prefix;

	for (size_t i = 0; i < of->prefixes->n; i++) {
		const struct prefix *prefix = &of->prefixes->at[i];

		if (prefix_contains(prefix, its) || prefix_contains(its, prefix))
			return of->each(rule, of->arg);
	}
	return 0;
}

int ruleset_each_near(struct ruleset *rs, const struct prefixes *prefixes,
		      int (*each)(const struct rule_info *rule, void *arg), void *arg)
{
	struct neighbours of = {prefixes, each, arg};
	uint64_t now = clock_boot();
	struct rule_info info;
	struct near near = {};
	bool few = true;
	int ret = 0;

	for (size_t i = 0; few && i < prefixes->n; i++)
		few = near_add(&rs->t, &prefixes->at[i], &near);
	if (!few)
		ret = ruleset_each(rs, give_near, &of);
	else if (near.n)
		qsort(near.at, near.n, sizeof(*near.at), slot_compare);
	for (size_t i = 0; few && !ret && i < near.n; i++) {
		if ((!i || near.at[i] != near.at[i - 1]) && decode_rule(&rs->t, near.at[i], now, &info))
			ret = give_near(&info, &of);
	}
	free(near.at);
	return ret;
}

static int count_one(const struct rule_info *rule, void *arg)
{
	(void)rule;
	++*(uint32_t *)arg;
	return 0;
}

uint32_t ruleset_count(struct ruleset *rs)
{
	uint32_t n = 0;

	/* Expired rules do not count, even before a writer removes them. */
	if (!rs->t.header->expiring)
		return rs->t.header->live;
	ruleset_each(rs, count_one, &n);
	return n;
}

int64_t ruleset_find_slot(struct ruleset *rs, const struct rule_spec *identity)
{
	struct rule rule;

	return rs->t.header && encode_rule(&rs->t, identity, &rule) ? find_rule(&rs->t, &rule) : -1;
}

bool ruleset_find(struct ruleset *rs, const struct rule_spec *identity, struct rule_info *rule)
{
	int64_t slot = ruleset_find_slot(rs, identity);

	return slot >= 0 && decode_rule(&rs->t, (uint32_t)slot, clock_boot(), rule);
}

struct twins {
	struct ruleset *rs;
	const struct rule_spec *identity;
	int (*each)(const struct rule_info *rule, void *arg);
	void *arg;
};

static int give_twin(uint32_t slot, void *arg)
{
	struct twins *twins = arg;
	struct rule_info info;

	if (!decode_rule(&twins->rs->t, slot, clock_boot(), &info) || !strcmp(info.spec.set, twins->identity->set))
		return 0;
	return twins->each(&info, twins->arg);
}

int ruleset_each_twin(struct ruleset *rs, const struct rule_spec *identity,
		      int (*each)(const struct rule_info *rule, void *arg), void *arg)
{
	struct twins twins = {rs, identity, each, arg};
	struct rule_spec any = *identity;
	struct rule rule;

	any.set[0] = '\0'; /* there may be no such set */
	return rs->t.header && encode_rule(&rs->t, &any, &rule) ? find_twins(&rs->t, &rule, give_twin, &twins) : 0;
}

struct runner_up {
	struct tables *t;
	uint64_t now;
	const struct rule *decides; /* the rule that decides now */
	uint32_t slot;
};

static int compare_twin(uint32_t slot, void *arg)
{
	struct runner_up *up = arg;
	const struct rule *twin = tables_rule(up->t, slot), *best;
	struct rule_info info;

	best = up->slot == NO_SLOT ? NULL : tables_rule(up->t, up->slot);
	/* A rule behind those of this prefix comes after all of them. */
	if (best && (best->subject != twin->subject || action_len(best->action) != action_len(twin->action)))
		best = NULL;
	if (twin != up->decides && decode_rule(up->t, slot, up->now, &info) &&
	    (!best || precedence_compare(twin, best) < 0))
		up->slot = slot;
	return 0;
}

uint32_t ruleset_runner_up(struct ruleset *rs, uint32_t slot, uint32_t walked)
{
	const struct rule *rule = slot == NO_SLOT ? NULL : tables_rule(&rs->t, slot);
	struct runner_up up = {.t = &rs->t, .now = clock_boot(), .decides = rule, .slot = walked};

	if (rule && rule->id)
		find_twins(&rs->t, rule, compare_twin, &up);
	return up.slot;
}

bool ruleset_at(struct ruleset *rs, uint32_t slot, struct rule_info *rule)
{
	return decode_rule(&rs->t, slot, clock_boot(), rule);
}

bool ruleset_find_id(struct ruleset *rs, uint32_t id, struct rule_info *rule)
{
	for (uint32_t slot = 0; id && slot < rs->t.header->rules; slot++) {
		const struct rule *there = tables_rule(&rs->t, slot);

		if (there && there->id == id)
			return decode_rule(&rs->t, slot, clock_boot(), rule);
	}
	return false;
}

int ruleset_totals(struct ruleset *rs, struct totals *totals, struct error *err)
{
	const struct total *from = tables_totals(&rs->t);

	if (!from)
		return error_errno(err, ENOMEM, "cannot read the totals");
	*totals = (struct totals){};
	for (int i = 0; i < TOTALS; i++) {
		for (int at = 0; at < (HOOK_EGRESS + 1) * VERDICTS; at++) {
			int hook = at / VERDICTS, verdict = at % VERDICTS;
			uint64_t n = __atomic_load_n(&from[i].decided[hook][verdict], __ATOMIC_RELAXED);

			totals->by_verdict[verdict] += n;
			totals->by_hook[hook][verdict] += n;
		}
	}
	return 0;
}

int ruleset_tally(struct ruleset *rs, struct set_tally **tallies, size_t *n, struct error *err)
{
	uint32_t sets = rs->t.header->sets ? rs->t.header->sets : 1;
	/* A rule's set index has 16 bits. */
	struct set_tally *all = calloc(sets <= UINT16_MAX ? sets : UINT16_MAX + 1, sizeof(*all));
	uint64_t now = clock_boot();

	if (!all)
		return error_errno(err, ENOMEM, "cannot count the rules");
	for (uint32_t slot = 0; slot < rs->t.header->rules; slot++) {
		const struct extra *extra;
		struct extra room;
		const struct rule *rule;
		uint32_t verdict, set;

		if (slot && slot % FORGET == 0) {
			mapped_forget(&rs->t.rules);
			mapped_forget(&rs->t.counters);
		}
		rule = tables_rule(&rs->t, slot);
		if (!rule || !rule->id)
			continue;
		extra = rs->t.header->expiring ? decode_extra(&rs->t, rule, &room) : NULL;
		if (extra && extra->expires && extra->expires <= now)
			continue;
		verdict = action_verdict(rule->action);
		set = rule->set < sets ? rule->set : 0;
		all[set].rules[verdict < VERDICTS ? verdict : VERDICT_BLOCK]++;
		all[set].hits += tables_counter(&rs->t, slot).hits;
	}
	*n = 0;
	for (uint32_t set = 0; set < sets && set <= UINT16_MAX; set++) {
		struct set_tally tally = all[set];

		if (!tally.rules[VERDICT_ALLOW] && !tally.rules[VERDICT_BLOCK] && !tally.rules[VERDICT_AUDIT])
			continue;
		if (set) {
			struct set_kept kept;

			decode_set_name(&rs->t, set, tally.set);
			tally.kept = decode_kept(&rs->t, set, &kept) ? malloc(sizeof(kept)) : NULL;
			if (tally.kept)
				*tally.kept = kept;
		}
		all[(*n)++] = tally;
	}
	*tallies = all;
	return 0;
}

void ruleset_tally_free(struct set_tally *tallies, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(tallies[i].kept);
	free(tallies);
}

int ruleset_each_except(struct ruleset *rs, int (*each)(const char *set, const char *words, void *arg), void *arg,
			struct error *err)
{
	const struct subject *everyone = rs->t.header ? decode_subject_at(&rs->t, 0) : NULL;
	struct set_tally *tallies = NULL;
	size_t n = 0;
	int ret = 0;

	/* Fast path: no set excepts anything. */
	if (!everyone || !everyone->path_line)
		return 0;
	/* A set whose rules are gone is gone, although the tables have its name until they are compiled again. */
	if (ruleset_tally(rs, &tallies, &n, err))
		return -1;
	for (size_t i = 0; i < n && !ret; i++)
		ret = tallies[i].kept && tallies[i].kept->except[0] ? each(tallies[i].set, tallies[i].kept->except, arg)
								    : 0;
	ruleset_tally_free(tallies, n);
	return ret;
}
