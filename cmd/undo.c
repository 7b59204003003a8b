// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include "base/num.h"
#include "base/time.h"
#include "policy/answers.h"
#include "policy/names.h"
#include "policy/needed.h"
#include "shared/changes.h"
#include "shared/report.h"
#include "shared/source.h"
#include "shared/warnings.h"
#include "undo_entries.h"
#include "undo_target.h"

#define KEY_LIST 0x200

static struct {
	bool list;
	uint64_t trial; /* ns */
} options;

static const struct argp_option option_table[] = {
	{"list", KEY_LIST, NULL, 0, "show the last changes, the newest first", 0},
	CONFIRM_OPTION,
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case KEY_LIST:
		options.list = true;
		return 0;
	case KEY_CONFIRM:
		return confirm_option(arg, &options.trial, state->input);
	}
	return ARGP_ERR_UNKNOWN;
}

/* "root", or "root (kim)" when another user has logged in. */
static void who(const struct entry *entry, char *text, size_t size)
{
	const struct passwd *user = getpwuid(entry->uid);
	size_t len;

	if (user)
		snprintf(text, size, "%.60s", user->pw_name);
	else
		snprintf(text, size, "%u", entry->uid);
	if (entry->login < 0 || (uint32_t)entry->login == entry->uid)
		return;
	len = strlen(text);
	user = getpwuid((uid_t)entry->login);
	if (user)
		snprintf(text + len, size - len, " (%.60s)", user->pw_name);
	else
		snprintf(text + len, size - len, " (%ld)", entry->login);
}

static json_t *user_value(long uid)
{
	const struct passwd *user = uid < 0 ? NULL : getpwuid((uid_t)uid);

	return user ? output_string(user->pw_name) : json_null();
}

static void list_json(const struct invocation *inv, const struct entries *entries)
{
	json_t *root = output_root(), *changes = json_array();

	for (size_t i = 0; i < entries->n; i++) {
		const struct entry *entry = &entries->at[i];
		char time[TIME_TEXT_SIZE];
		json_t *change = json_object();

		time_format(entry->time, time);
		json_object_set_new(change, "n", json_integer((json_int_t)i + 1));
		json_object_set_new(change, "time", json_string(time));
		json_object_set_new(change, "uid", json_integer(entry->uid));
		json_object_set_new(change, "user", user_value(entry->uid));
		json_object_set_new(change, "login_uid", entry->login < 0 ? json_null() : json_integer(entry->login));
		json_object_set_new(change, "login", user_value(entry->login));
		json_object_set_new(change, "added", json_integer(entry->added));
		json_object_set_new(change, "removed", json_integer(entry->removed));
		json_object_set_new(change, "written_down", json_boolean(!entry->large));
		json_object_set_new(change, "command", output_string(entry->command));
		json_array_append_new(changes, change);
	}
	json_object_set_new(root, "changes", changes);
	output_json(&inv->out, root);
}

static void list_text(const struct invocation *inv, const struct entries *entries)
{
	static const char *const header[] = {"N", "TIME", "WHO", "RULES", "COMMAND"};
	struct table table = table_open(&inv->out, 5, header);
	char time[TIME_TEXT_SIZE], name[160];

	for (size_t i = 0; i < entries->n; i++) {
		const struct entry *entry = &entries->at[i];

		time_format(entry->time, time);
		who(entry, name, sizeof(name));
		table_cell(&table, "%zu", i + 1);
		table_cell(&table, "%s", time);
		table_cell(&table, "%s", name);
		table_cell(&table, "+%u -%u%s", entry->added, entry->removed, entry->large ? " (too many)" : "");
		table_cell(&table, "%s", entry->command);
	}
	table_close(&table);
}

static int check_memory(const struct replaced *result, void *arg, struct error *err)
{
	const struct changes *all = arg;

	(void)result;
	return all->no_memory ? error_errno(err, ENOMEM, "cannot undo") : 0;
}

/* The sets with which something else is kept than now. */
struct amended_sets {
	struct set_kept *at; /* room for all */
	size_t n;
};

static void amend_set(const struct kept_set *now, const struct kept_set *then, void *arg)
{
	struct amended_sets *sets = arg;
	struct set_kept *at = &sets->at[sets->n++];

	*at = (struct set_kept){.restored = then->restored};
	strcpy(at->set, now->set[0] ? now->set : then->set);
	snprintf(at->except, sizeof(at->except), "%s", then->except);
	snprintf(at->source, sizeof(at->source), "%s", then->source);
}

static int amend(struct session *session, const struct undo_target *target, const struct kept_sets *sets_now,
		 bool dry_run, struct changes *all, struct error *err)
{
	struct amended_sets sets = {.at = calloc(sets_now->n + target->sets.n + 1, sizeof(*sets.at))};
	struct rule_info *removed = calloc(target->n + 1, sizeof(*removed));
	struct rule_spec *put = calloc(target->n + 1, sizeof(*put));
	size_t n_removed = 0, n_put = 0;
	int ret = -1;

	/* Backwards, so that rules which went together come in their order. */
	if (sets.at)
		kept_sets_compare(sets_now, &target->sets, amend_set, &sets);
	for (size_t i = target->n; removed && put && i-- > 0;) {
		const struct undo_rule *rule = &target->at[i];
		struct rule_info now = {}, then = {.spec = rule->spec};
		bool there = ruleset_find(session->rules, &rule->spec, &now);

		if (there && !rule->there)
			removed[n_removed++] = now;
		else if (rule->there && (!there || !rule_same(&rule->spec, &now.spec)))
			put[n_put++] = rule->spec;
		else
			continue;
		then.id = now.id;
		changes_keep(there ? &now : NULL, rule->there ? &then : NULL, all);
	}
	if (!removed || !put || !sets.at || all->no_memory)
		error_errno(err, ENOMEM, "cannot undo");
	else
		ret = ruleset_amend(session->rules,
				    &(struct amendment){.removed = removed,
							.n_removed = n_removed,
							.specs = put,
							.n = n_put,
							.kept = sets.at,
							.n_kept = sets.n,
							.settings = &target->settings},
				    dry_run, err);
	free(removed);
	free(put);
	free(sets.at);
	return ret;
}

/* The rules and sets from before the last change. */
struct from_before {
	struct replacement *replacement;
	struct kept_sets *sets;
};

static int add_before(const struct rule_info *rule, void *arg)
{
	const struct from_before *from = arg;
	struct error ignored = {};

	return ruleset_replace_add(from->replacement, &rule->spec, 1, &ignored) ? 1 : 0;
}

static int keep_before(const struct set_kept *kept, void *arg)
{
	const struct from_before *from = arg;
	struct error ignored = {};

	return kept_sets_put(from->sets, kept) || ruleset_replace_kept(from->replacement, kept, &ignored) ? 1 : 0;
}

/* Of a change that was too large to be written down, the rules from before it may be in the kernel still. */
static int go_back(struct session *session, struct undo_target *target, const struct entry *entry, size_t nth,
		   bool dry_run, struct changes *all, struct error *err)
{
	const struct config *config = ruleset_config(session->rules);
	struct replacement *replacement = ruleset_replace_begin(session->rules, "history", NULL, err);
	struct replaced result = {.each = changes_keep, .may = check_memory, .arg = all};
	struct from_before from = {replacement, &target->sets};
	int ret = -1;

	if (!replacement)
		return -1;
	kept_sets_free(&target->sets);
	if (config->generation != entry->after || config->fallback != entry->before ||
	    ruleset_each_before(session->rules, add_before, keep_before, &from)) {
		error_set(
			err, ERR_NOT_FOUND,
			"change %zu is too large to have been written down (%u rules came, %u went), and the kernel has the rules from before it no more: restore a saved file",
			nth, entry->added, entry->removed);
		goto out;
	}
	*ruleset_replace_settings(replacement) = target->settings;
	ret = ruleset_replace_end(replacement, !dry_run, options.trial, &result, err);
out:
	ruleset_replace_free(replacement);
	return ret;
}

static int find_target(struct undo_target *target, const struct entries *entries, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct entry *entry = &entries->at[i];

		if (entry->large && i + 1 < n)
			return error_set(
				err, ERR_NOT_FOUND,
				"change %zu is too large to have been written down: 'lsmctl undo %zu' goes as far as that, if it still can",
				i + 1, i + 1);
		if (undo_take_back(target, entry, i + 1, entries->at[n - 1].large, err))
			return -1;
	}
	return 0;
}

static int undo(struct session *session, const struct invocation *inv, const struct entries *entries, size_t n,
		struct error *err)
{
	struct undo_target target = {.rules = session->rules, .settings = *ruleset_settings(session->rules)};
	const struct settings before = target.settings;
	struct kept_sets sets_before = {};
	struct changes all = {};
	struct report report = {};
	struct history history = {};
	struct error why = {}, unlearned = {};
	int ret = kept_sets_read(&sets_before, session->rules) || kept_sets_read(&target.sets, session->rules)
			  ? error_errno(err, ENOMEM, "cannot undo")
			  : find_target(&target, entries, n, err);

	if (!ret)
		ret = report_open(&report, inv, err);
	if (ret)
		goto out;
	report.trial = options.trial;
	history_begin(&history, session, inv);
	ruleset_set_trial(session->rules, options.trial);
	if (!inv->dry_run && needed_attach(&session->pins, session->rules, &target.settings, err) < 0)
		ret = -1;
	if (!ret && !inv->dry_run && answers_needed(&target.settings))
		answers_attach(&session->pins, session->rules, &why);
	if (!ret && !inv->dry_run && target.settings.names)
		names_attach(&session->pins, session->rules, &target.settings, false, &unlearned);
	if (!ret)
		ret = entries->at[n - 1].large
			      ? go_back(session, &target, &entries->at[n - 1], n, inv->dry_run, &all, err)
			      : amend(session, &target, &sets_before, inv->dry_run, &all, err);
	if (ret) {
		report_drop(&report);
		goto out;
	}
	if (!inv->dry_run) {
		needed_leave(&session->pins, session->rules);
		answers_leave(&session->pins, session->rules);
		names_leave(&session->pins, session->rules);
	}
	changes_report(&all, session, &report, inv->dry_run);
	changes_note(&all, &history);
	report_settings(&report, &before, &target.settings);
	report_excepts(&report, &sets_before, &target.sets);
	history_settings(&history, &before, &target.settings);
	history_commit(&history, session, inv, options.trial);
	if (report.root)
		json_object_set_new(report.root, "undone", json_integer((json_int_t)n));
	ret = report_close(&report, session, err);
	warn_of_answers(&why);
	warn_of_names(&unlearned);
out:
	history_drop(&history);
	free(all.at);
	undo_target_free(&target);
	kept_sets_free(&sets_before);
	return ret;
}

static int work(const struct invocation *inv, struct session *session, size_t n, struct error *err)
{
	struct entries entries = {};
	int ret = entries_read(&entries, inv->pin_dir, ruleset_config(session->rules)->loaded_at, err);

	if (!ret && options.list) {
		session_close(session);
		(inv->out.json ? list_json : list_text)(inv, &entries);
	} else if (!ret && n > entries.n) {
		ret = error_set(err, ERR_NOT_FOUND,
				"no such change, near '%zu': %zu of those since load are known ('lsmctl undo --list')",
				n, entries.n);
	} else if (!ret) {
		ret = undo(session, inv, &entries, n, err);
	}
	entries_free(&entries);
	return ret;
}

static int run(struct invocation *inv, struct error *err)
{
	bool reads = inv->dry_run || options.list;
	struct session session;
	uint64_t n = 1;
	int ret;

	if (options.list && (inv->n || options.trial))
		return error_set(err, ERR_USAGE, "--list goes with nothing else: it shows all changes that are known");
	if (inv->n && (num_parse(inv->words[0], HISTORY_MOST, &n) || !n))
		return error_set(err, ERR_USAGE, "bad number of changes, near '%.64s': from 1, the last, to %d",
				 inv->words[0], HISTORY_MOST);
	if (inv->batch)
		return error_set(err, ERR_USAGE,
				 "undo in a batch, near 'undo': a batch is one change, which is not complete yet");
	if (output_check(&inv->out, err) || session_open(&session, inv, reads ? RULESET_READ : RULESET_WRITE, err))
		return -1;
	ret = work(inv, &session, n, err);
	session_close(&session);
	return ret;
}

const struct command command_undo = {
	.name = "undo",
	.args = "[N]",
	.summary = "go back to the rules and settings before the last change",
	.doc = "The last ten changes since load are known, whichever command made them; a batch is one change. Undoing is a "
	       "change too. Rules that come back have new ids and counters.\n\n"
	       "If something has changed since that the history does not know, nothing is undone. A change of more than 1 "
	       "MiB of rules is not written down; it can be undone only while the kernel still has the rules from before "
	       "it.\n\n"
	       "With --dry-run, the command prints what would change.",
	.options = option_table,
	.parse = parse,
	.values = &options,
	.values_size = sizeof(options),
	.max_words = 1,
	.run = run,
};
