// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/num.h"
#include "base/time.h"
#include "rule/format.h"
#include "rule/parse.h"
#include "rule/setting.h"
#include "rule/split.h"
#include "undo_target.h"

#define MAX_WORDS 64

static uint32_t hash_of(const struct rule_spec *spec)
{
	return hash_number(spec->prefix.ip.d[0] ^ spec->prefix.ip.d[1] * 31 ^ spec->prefix.len) ^
	       hash_number((uint64_t)spec->port_lo << 32 | (uint64_t)spec->port_hi << 16 | spec->proto) ^
	       hash_number((uint64_t)spec->subject << 32 | spec->id) ^ hash_text(spec->cgroup);
}

struct wanted {
	const struct undo_target *target;
	const struct rule_spec *spec;
};

static bool is_same(uint32_t place, const void *arg)
{
	const struct wanted *wanted = arg;

	return rule_same_identity(&wanted->target->at[place].spec, wanted->spec);
}

/* Finds the rule, as it is after what was taken back so far. NULL: no memory. */
static struct undo_rule *find(struct undo_target *target, const struct rule_spec *spec)
{
	const struct wanted wanted = {target, spec};
	int64_t place = hash_find(&target->by_identity, hash_of(spec), is_same, &wanted);
	struct rule_info now = {.spec = *spec};
	struct undo_rule *at;

	if (place >= 0)
		return &target->at[place];
	at = array_with_room_for_one(target->at, target->n, sizeof(*at));
	if (!at)
		return NULL;
	target->at = at;
	if (hash_add(&target->by_identity, hash_of(spec), (uint32_t)target->n))
		return NULL;
	at[target->n].there = ruleset_find(target->rules, spec, &now);
	at[target->n].spec = at[target->n].there ? now.spec : *spec;
	return &at[target->n++];
}

static int conflict(const char *line, size_t nth, struct error *err)
{
	return error_set(
		err, ERR_NOT_FOUND,
		"'%.300s' is not as change %zu left it: something has changed since that the history does not know, so nothing was undone",
		line, nth);
}

static bool is_as(const struct rule_spec *a, const struct rule_spec *b)
{
	return a->verdict == b->verdict && a->error == b->error && !strcmp(a->set, b->set) &&
	       !strcmp(a->comment, b->comment);
}

/* Returns the ns left of a timeout that the rule had at the change; 0: it has expired. */
static uint64_t left_of(const struct rule_spec *spec, const struct entry *entry)
{
	uint64_t passed = clock_boot() - entry->boot;

	return spec->timeout > passed ? spec->timeout - passed : 0;
}

static int take_back_rule(struct undo_target *target, const struct entry *entry, size_t nth, char sign,
			  const char *line, const struct rule_spec *spec, struct error *err)
{
	struct undo_rule *rule = find(target, spec);
	bool expired = spec->timeout && !left_of(spec, entry);

	if (!rule)
		return error_errno(err, ENOMEM, "cannot undo");
	if (sign == '+') {
		if (rule->there ? !is_as(&rule->spec, spec) : !spec->timeout)
			return conflict(line, nth, err);
		rule->there = false;
		return 0;
	}
	if (rule->there)
		return conflict(line, nth, err);
	rule->there = !expired;
	rule->spec = *spec;
	rule->spec.timeout = spec->timeout ? left_of(spec, entry) : 0;
	return 0;
}

static int take_back_setting(struct undo_target *target, size_t nth, char sign, const char *line, char *const words[],
			     struct error *err)
{
	const struct settings before = target->settings;

	if (setting_set(&target->settings, words[1], words[2], err))
		return -1;
	if (sign == '+' && memcmp(&before, &target->settings, sizeof(before)) != 0)
		return conflict(line, nth, err);
	return 0;
}

static int take_back_except(struct undo_target *target, size_t nth, char sign, const char *line, char *const words[],
			    struct error *err)
{
	struct kept_set *kept = kept_sets_get(&target->sets, words[3]);

	if (!kept)
		return error_errno(err, ENOMEM, "cannot undo");
	if (sign == '+' && strcmp(kept->except, words[1]))
		return conflict(line, nth, err);
	return kept_set_text(&kept->except, sign == '+' ? "" : words[1]) ? error_errno(err, ENOMEM, "cannot undo") : 0;
}

/* Not checked: the same list may have been restored again since. */
static int take_back_restored(struct undo_target *target, char sign, char *const words[], struct error *err)
{
	struct kept_set *kept = kept_sets_get(&target->sets, words[5]);
	uint64_t at;

	if (!kept)
		return error_errno(err, ENOMEM, "cannot undo");
	if (num_parse(words[3], UINT64_MAX, &at))
		return error_set(err, ERR_INPUT, "a line of the history that lsmctl has not written, near '%.64s'",
				 words[3]);
	kept->restored = sign == '+' ? 0 : at;
	return kept_set_text(&kept->source, sign == '+' ? "" : words[1]) ? error_errno(err, ENOMEM, "cannot undo") : 0;
}

static int take_back_line(struct undo_target *target, const struct entry *entry, size_t nth, char *line,
			  bool settings_only, struct error *err)
{
	char sign = line[0], *copy = strdup(line + 1), *words[MAX_WORDS + 1] = {};
	struct rules rules = {};
	int n, ret = -1;

	if (!copy)
		return error_errno(err, ENOMEM, "cannot undo");
	n = words_split(copy, words, MAX_WORDS, err);
	if (n < 0)
		goto out;
	if ((sign != '+' && sign != '-') || !n)
		error_set(err, ERR_INPUT, "a line of the history that lsmctl has not written, near '%.64s'", line);
	else if (n == 3 && !strcmp(words[0], "set"))
		ret = take_back_setting(target, nth, sign, line + 2, words, err);
	else if (settings_only)
		ret = 0;
	else if (n == 4 && !strcmp(words[0], "except"))
		ret = take_back_except(target, nth, sign, line + 2, words, err);
	else if (n == 6 && !strcmp(words[0], "restored"))
		ret = take_back_restored(target, sign, words, err);
	else if (!rules_parse(&rules, (size_t)n, words, VERDICT_BLOCK, err))
		ret = rules.n == 1 ? take_back_rule(target, entry, nth, sign, line + 2, rules.at, err)
				   : error_set(err, ERR_INPUT, "a line of the history with several rules, near '%.64s'",
					       line);
out:
	rules_free(&rules);
	free(copy);
	return ret;
}

int undo_take_back(struct undo_target *target, const struct entry *entry, size_t nth, bool settings_only,
		   struct error *err)
{
	size_t len = strlen(entry->lines);

	/* The last line first. */
	while (len) {
		char *line;

		if (entry->lines[len - 1] == '\n')
			entry->lines[--len] = '\0';
		while (len && entry->lines[len - 1] != '\n')
			len--;
		line = entry->lines + len;
		if (*line && take_back_line(target, entry, nth, line, settings_only, err))
			return -1;
	}
	return 0;
}

void undo_target_free(struct undo_target *target)
{
	free(target->at);
	kept_sets_free(&target->sets);
	hash_free(&target->by_identity);
}
