// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include "base/time.h"
#include "decode.h"
#include "draft.h"
#include "edit.h"
#include "find.h"
#include "names_read.h"
#include "publish.h"
#include "ruleset_impl.h"

#define IN_PLACE      64 /* recompile when a change has more rules than this, */
#define IN_PLACE_PART 64 /* and, when they need not come into force at once, more than this part of all */

/* Adds or changes one rule in place. */
static enum edit put_in_place(struct tables *t, const struct rule_spec *spec)
{
	struct extra extra = {.expires = spec->timeout ? clock_boot() + spec->timeout : 0};
	bool has_extra = spec->timeout || spec->comment[0];
	struct rule_info there;
	struct rule rule;
	int64_t slot;

	strcpy(extra.comment, spec->comment);
	if (!encode_rule(t, spec, &rule) || t->config->last_id >= DRAFT_DROP - 1)
		return EDIT_DECLINED;
	slot = find_rule(t, &rule);
	if (slot >= 0 && decode_rule(t, (uint32_t)slot, clock_boot(), &there))
		return edit_change(t, (uint32_t)slot, rule.action, has_extra ? &extra : NULL);
	/* The old rule has expired: remove it, and add the new one as a new rule. */
	if (slot >= 0 && edit_remove(t, (uint32_t)slot) != EDIT_DONE)
		return EDIT_DECLINED;
	rule.id = t->config->last_id + 1;
	return edit_add(t, &rule, has_extra ? &extra : NULL);
}

static enum edit remove_in_place(struct tables *t, const struct rule_spec *spec)
{
	struct rule rule;
	int64_t slot = encode_rule(t, spec, &rule) ? find_rule(t, &rule) : -1;

	return slot < 0 ? EDIT_DONE : edit_remove(t, (uint32_t)slot);
}

/* Changes for a copy of the tables: see tables_copy(). */
struct in_copy {
	const struct rule_spec *specs;
	const enum ruleset_change *changes;
	const struct rule_info *removed;
	size_t n;
};

static int change_copy(struct tables *copy, void *arg)
{
	const struct in_copy *in = arg;
	enum edit ret = EDIT_DONE;

	for (size_t i = 0; i < in->n && ret == EDIT_DONE; i++) {
		if (in->removed)
			ret = remove_in_place(copy, &in->removed[i].spec);
		else if (in->changes[i] != CHANGE_NONE)
			ret = put_in_place(copy, &in->specs[i]);
	}
	return ret != EDIT_DONE;
}

/* 0, 1 when compiling is better, or -1 with the error set. */
static int put_copied(struct ruleset *rs, struct in_copy *in, struct error *err)
{
	uint32_t n = (uint32_t)in->n;

	return edit_is_worn(&rs->t) ? 1 : tables_copy(&rs->t, LINES_OF_EDIT * n, n, change_copy, in, err);
}

/* Returns the draft's index of the rule in this slot. */
static int64_t draft_index(const struct draft *draft, int64_t slot)
{
	uint32_t from = 0, to = draft->n;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (draft->origin[middle] && draft->origin[middle] <= slot)
			from = middle + 1;
		else
			to = middle;
	}
	return from < draft->n && draft->origin[from] == slot + 1 ? (int64_t)from : -1;
}

/* Rules to compile into the current ruleset. */
struct addition {
	const struct rule_spec *specs;
	size_t n;
	const enum ruleset_change *changes; /* CHANGE_NONE: skip the rule; NULL: skip none */
	const struct settings *settings;    /* NULL: keep the current settings */
	uint64_t trial;			    /* ns; 0: for good */
	const struct rule_info *removed;    /* rules to remove first */
	size_t n_removed;
	const struct set_kept *kept; /* for sets that have rules then */
	size_t n_kept;
	bool planned; /* changes are as of ruleset_plan(): nothing has changed since */
	bool dry_run;
};

static void drop(struct ruleset *rs, struct draft *draft, const struct rule_info *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t slot = ruleset_find_slot(rs, &rules[i].spec);
		int64_t at = slot < 0 ? -1 : draft_index(draft, slot);

		if (at >= 0)
			draft->rules[at].id = DRAFT_DROP;
	}
}

static int put_compiled(struct ruleset *rs, const struct addition *add, struct error *err)
{
	struct draft draft = {};
	uint32_t current;
	int ret = draft_begin(&draft, &rs->t, err);

	if (add->settings)
		draft.settings = *add->settings;
	draft.trial_until = add->trial ? draft.now + add->trial : 0;
	if (!ret)
		ret = draft_add_current(&draft, &rs->t, -1, -1, err);
	if (!ret)
		drop(rs, &draft, add->removed, add->n_removed);
	current = draft.n;
	for (size_t i = 0; i < add->n && !ret; i++) {
		int64_t slot, at;

		if (add->changes && add->changes[i] == CHANGE_NONE)
			continue;
		slot = add->planned && add->changes[i] == CHANGE_ADD ? -1 : ruleset_find_slot(rs, &add->specs[i]);
		ret = draft_add(&draft, &add->specs[i], err);
		if (ret || slot < 0)
			continue;
		at = draft_index(&(struct draft){.n = current, .origin = draft.origin}, slot);
		if (at < 0)
			continue; /* expired: add it as a new rule */
		/* Keeps the place, id and counter of the old rule. Takes all other fields from the new one. */
		draft.rules[draft.n - 1].id = draft.rules[at].id;
		draft.rules[at] = draft.rules[draft.n - 1];
		draft.n--;
	}
	for (size_t i = 0; i < add->n_kept && !ret; i++) {
		int set = intern_find_set(&draft.named, add->kept[i].set);

		if (set >= 0 && intern_kept(&draft.named, (uint32_t)set, &add->kept[i]))
			ret = error_errno(err, ENOMEM, "cannot build the ruleset");
	}
	if (!ret)
		ret = add->dry_run ? draft_check(&draft, err) : draft_publish(&draft, &rs->t, err);
	draft_free(&draft);
	return ret;
}

int ruleset_recompile(struct ruleset *rs, struct error *err)
{
	return put_compiled(rs, &(struct addition){}, err);
}

int ruleset_end_trial(struct ruleset *rs, bool keep, struct error *err)
{
	struct error ignored = {};

	if (tables_end_trial(&rs->t, keep, err))
		return -1;
	names_read(&rs->t); /* of the other generation; without memory, the tables are not compiled again */
	/*
	 * Compile again: this narrows the filters and leaves one generation. A failure does no harm, since the trial
	 * has ended already; the next change compiles again.
	 */
	ruleset_recompile(rs, &ignored);
	return 0;
}

static int full(struct ruleset *rs, uint32_t count, size_t wanted, struct error *err)
{
	return error_set(
		err, ERR_FULL,
		"no room: %u of %u rules are used and %zu more are wanted (more room: 'lsmctl unload', then 'lsmctl load --max-rules N')",
		count, rs->t.config->max_rules, wanted);
}

int ruleset_check_room(struct ruleset *rs, uint32_t count, size_t wanted, struct error *err)
{
	uint32_t max = rs->t.config->max_rules;

	return count > max || wanted > max - count ? full(rs, count, wanted, err) : 0;
}

/*
 * Checks the room for new rules beside those in force. Finding expired rules takes a scan of all rules, so this scans
 * only when the room is short.
 */
static int check_room_beside(struct ruleset *rs, size_t wanted, struct error *err)
{
	uint32_t live = rs->t.header ? rs->t.header->live : 0, max = rs->t.config->max_rules;

	if (live <= max && wanted <= max - live)
		return 0;
	return ruleset_check_room(rs, rs->t.header ? ruleset_count(rs) : 0, wanted, err);
}

int ruleset_try(struct ruleset *rs, const struct settings *settings, const struct rule_spec *specs, size_t n,
		uint64_t trial, bool dry_run, struct error *err)
{
	const struct addition addition = {.specs = specs, .n = n, .settings = settings, .trial = trial};

	if (check_room_beside(rs, n, err))
		return -1;
	return dry_run ? 0 : put_compiled(rs, &addition, err);
}

int ruleset_plan(struct ruleset *rs, const struct rule_spec *specs, size_t n, enum ruleset_change *changes,
		 struct rule_info *old, struct error *err)
{
	size_t added = 0;

	for (size_t i = 0; i < n; i++) {
		if (!rs->t.header || !ruleset_find(rs, &specs[i], &old[i])) {
			changes[i] = CHANGE_ADD;
			added++;
		} else {
			changes[i] = rule_same(&specs[i], &old[i].spec) ? CHANGE_NONE : CHANGE_EDIT;
		}
	}
	return check_room_beside(rs, added, err);
}

int ruleset_check(struct ruleset *rs, const struct rule_spec *specs, size_t n, const enum ruleset_change *changes,
		  struct error *err)
{
	struct draft draft = {};
	int ret = draft_begin(&draft, &rs->t, err);

	for (size_t i = 0; i < n && !ret; i++)
		ret = changes[i] == CHANGE_NONE ? 0 : draft_add(&draft, &specs[i], err);
	draft_free(&draft);
	return ret;
}

int ruleset_put(struct ruleset *rs, const struct rule_spec *specs, size_t n, const enum ruleset_change *changes,
		struct rule_info *old, bool apart, struct error *err)
{
	uint32_t most = apart && rs->t.header ? rs->t.header->live / IN_PLACE_PART : 0;
	const struct addition all = {.specs = specs, .n = n, .changes = changes, .trial = rs->trial, .planned = true};
	struct addition rest = all;
	enum edit edit = EDIT_DONE;
	size_t todo = 0, added = 0, done = 0;
	int ret = 1;

	for (size_t i = 0; i < n; i++) {
		todo += changes[i] != CHANGE_NONE;
		added += changes[i] == CHANGE_ADD;
	}
	if (!rs->t.header || rs->trial || todo > (most > IN_PLACE ? most : IN_PLACE) || edit_is_fragmented(&rs->t))
		return put_compiled(rs, &all, err);
	/* All go into the copy, so that it takes the place of the old rules as a whole, or not at all. */
	if (tables_is_held(&rs->t) || added > rs->t.max_rules - rs->t.header->rules)
		edit = EDIT_FULL;
	while (edit == EDIT_DONE && done < n) {
		edit = changes[done] == CHANGE_NONE ? EDIT_DONE : put_in_place(&rs->t, &specs[done]);
		done += edit == EDIT_DONE;
	}
	if (done == n)
		return 0;
	rest.specs += done;
	rest.n -= done;
	rest.changes += done;
	rest.planned = false;
	if (edit == EDIT_FULL)
		ret = put_copied(rs, &(struct in_copy){.specs = rest.specs, .changes = rest.changes, .n = rest.n}, err);
	if (ret == 1)
		ret = put_compiled(rs, &rest, err);
	if (!ret)
		return 0;
	/* Rolls back the changes made in place. Compiles when one cannot be rolled back in place. */
	while (done-- > 0) {
		struct error ignored = {};

		if (changes[done] == CHANGE_ADD && ruleset_find(rs, &specs[done], &old[done]))
			ruleset_remove(rs, &old[done], 1, &ignored);
		else if (changes[done] == CHANGE_EDIT && put_in_place(&rs->t, &old[done].spec) != EDIT_DONE)
			put_compiled(rs, &(struct addition){.specs = &old[done].spec, .n = 1}, &ignored);
	}
	return -1;
}

static int remove_compiled(struct ruleset *rs, const struct rule_info *rules, size_t n, struct error *err)
{
	struct draft draft = {};
	int ret = draft_begin(&draft, &rs->t, err);

	draft.trial_until = rs->trial ? draft.now + rs->trial : 0;
	if (!ret)
		ret = draft_add_current(&draft, &rs->t, -1, -1, err);
	if (!ret)
		drop(rs, &draft, rules, n);
	if (!ret)
		ret = draft_publish(&draft, &rs->t, err);
	draft_free(&draft);
	return ret;
}

int ruleset_remove(struct ruleset *rs, const struct rule_info *rules, size_t n, struct error *err)
{
	enum edit edit = EDIT_DONE;
	size_t done = 0;
	int ret = 1;

	if (rs->trial || n > IN_PLACE || edit_is_fragmented(&rs->t))
		return remove_compiled(rs, rules, n, err);
	if (tables_is_held(&rs->t))
		edit = EDIT_FULL;
	while (edit == EDIT_DONE && done < n) {
		edit = remove_in_place(&rs->t, &rules[done].spec);
		done += edit == EDIT_DONE;
	}
	if (edit == EDIT_FULL)
		ret = put_copied(rs, &(struct in_copy){.removed = rules + done, .n = n - done}, err);
	if (done < n && ret == 1)
		ret = remove_compiled(rs, rules + done, n - done, err);
	return done == n ? 0 : ret;
}

int ruleset_flush(struct ruleset *rs, struct error *err)
{
	struct draft draft = {};
	int ret = draft_begin(&draft, &rs->t, err);

	draft.trial_until = rs->trial ? draft.now + rs->trial : 0;
	if (!ret)
		ret = draft_publish(&draft, &rs->t, err);
	draft_free(&draft);
	return ret;
}

void ruleset_set_trial(struct ruleset *rs, uint64_t trial)
{
	rs->trial = trial;
}

int ruleset_amend(struct ruleset *rs, const struct amendment *amendment, bool dry_run, struct error *err)
{
	const struct addition change = {.specs = amendment->specs,
					.n = amendment->n,
					.settings = amendment->settings,
					.trial = rs->trial,
					.removed = amendment->removed,
					.n_removed = amendment->n_removed,
					.kept = amendment->kept,
					.n_kept = amendment->n_kept,
					.dry_run = dry_run};
	size_t more = 0;

	for (size_t i = 0; i < amendment->n; i++)
		more += ruleset_find_slot(rs, &amendment->specs[i]) < 0;
	if (more > amendment->n_removed && check_room_beside(rs, more - amendment->n_removed, err))
		return -1;
	return put_compiled(rs, &change, err);
}

int ruleset_begin_on_trial(struct ruleset *rs, uint64_t trial, struct error *err)
{
	struct draft draft = {}, nothing = {};
	int ret = draft_begin(&draft, &rs->t, err);

	if (!ret)
		ret = draft_add_current(&draft, &rs->t, -1, -1, err);
	if (!ret)
		ret = draft_begin(&nothing, &rs->t, err);
	nothing.settings = (struct settings){.default_verdict = VERDICT_ALLOW};
	if (!ret)
		ret = draft_publish(&nothing, &rs->t, err);
	/* The counters that they have are of a generation that is gone: all of them are 0. */
	if (draft.n)
		memset(draft.origin, 0, draft.n * sizeof(*draft.origin));
	draft.trial_until = clock_boot() + trial;
	if (!ret)
		ret = draft_publish(&draft, &rs->t, err);
	draft_free(&nothing);
	draft_free(&draft);
	return ret;
}
