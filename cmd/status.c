// SPDX-License-Identifier: GPL-2.0-only
#include "base/time.h"
#include "policy/elsewhere.h"
#include "policy/names.h"
#include "policy/status.h"
#include "rule/duration.h"
#include "rule/setting.h"
#include "rule/verdict.h"
#include "run/run.h"
#include "shared/known_names.h"
#include "shared/session.h"
#include "shared/warnings.h"

#define KEY_PROVE 0x100

static struct {
	bool prove, verbose;
} options;

static const struct argp_option option_table[] = {
	{"prove", KEY_PROVE, NULL, 0, "make a call through each hook, to see whether the kernel asks the programs", 0},
	{"verbose", 'v', NULL, 0, "show the ids of the programs and links, and the programs' tags", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg, (void)state;
	switch (key) {
	case KEY_PROVE:
		options.prove = true;
		return 0;
	case 'v':
		options.verbose = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* Returns what the program's trial showed, or NULL. */
static const char *trial_of(const struct status *status, size_t i)
{
	return status->truth.tried && status->programs[i].prog_id && i <= HOOK_EGRESS
		       ? proof_name(status->truth.proven[i].proof)
		       : NULL;
}

static void tag_text(const struct program_info *program, char text[17])
{
	for (size_t i = 0; i < sizeof(program->tag); i++)
		sprintf(text + 2 * i, "%02x", program->tag[i]);
}

static json_t *lock_value(const struct status *status)
{
	const struct locked *locked = &status->locked;
	char since[TIME_TEXT_SIZE];

	if (!locked->on)
		return json_null();
	time_format(locked->since, since);
	return json_pack("{s:s,s:s,s:b,s:I}", "since", since, "until", locked->has_key ? "key" : "reboot", "held",
			 status->lock_held, "refused", (json_int_t)locked->refused);
}

static void lock_cells(struct table *table, const struct status *status)
{
	const struct locked *locked = &status->locked;
	char since[TIME_TEXT_SIZE];

	time_format(locked->since, since);
	table_cell(table, "locked");
	if (locked->on && !status->lock_held)
		table_cell(table, "BAD: since %s, but the kernel does not ask the programs of the lock", since);
	else if (locked->on)
		table_cell(table, "since %s, until %s; %u attempts refused", since,
			   locked->has_key ? "'lsmctl unlock --key-file FILE'" : "this host reboots", locked->refused);
	else
		table_cell(table, "no");
}

static json_t *learned_value(const struct status *status)
{
	json_t *servers = output_resolvers(config_resolvers(&status->config, &status->settings));

	return json_pack("{s:o,s:I,s:I,s:I}", "name_servers", servers, "names", (json_int_t)status->names.names,
			 "addresses", (json_int_t)status->names.addresses, "truncated",
			 (json_int_t)status->config.truncated);
}

static void print_json(const struct invocation *inv, const struct status *status, const struct runs_count *runs)
{
	json_t *root = output_root(), *programs = json_array(), *doubts = json_array();
	char loaded_at[TIME_TEXT_SIZE], tag[17], doubt[TRUTH_TEXT_SIZE], text[SETTING_SIZE];

	for (size_t i = 0; i < PROGRAMS; i++) {
		const struct program_info *p = &status->programs[i];
		const char *state = p->prog_id ? "attached" : p->lacking ? "not_on_this_kernel" : "gone";
		json_t *program;

		if (!status_has(status, i))
			continue;
		tag_text(p, tag);
		program = p->prog_id ? json_pack("{s:s,s:s,s:i,s:i,s:s,s:I}", "hook", p->hook, "state", state,
						 "prog_id", p->prog_id, "link_id", p->link_id, "tag", tag,
						 "recursion_misses", (json_int_t)p->recursion_misses)
				     : json_pack("{s:s,s:s,s:n,s:n,s:n,s:n}", "hook", p->hook, "state", state,
						 "prog_id", "link_id", "tag", "recursion_misses");
		json_object_set_new(program, "trial",
				    trial_of(status, i) ? json_string(trial_of(status, i)) : json_null());
		json_array_append_new(programs, program);
	}
	for (size_t i = 0; truth_doubt(&status->truth, i, doubt); i++)
		json_array_append_new(doubts, output_string(doubt));
	time_format(status->config.loaded_at, loaded_at);
	json_object_set_new(root, "loaded", json_true());
	json_object_set_new(root, "in_force", json_boolean(status_in_force(status)));
	json_object_set_new(root, "tried", json_boolean(status->truth.tried));
	json_object_set_new(root, "doubts", doubts);
	json_object_set_new(root, "attach", json_string(attach_name(status->config.attach)));
	for (size_t i = 0; setting_name(i); i++)
		json_object_set_new(root, setting_field(setting_name(i)),
				    json_string(setting_value(&status->settings, i, text)));
	json_object_set_new(root, "trial_left",
			    status->trial_left
				    ? json_integer((json_int_t)((status->trial_left + 999999999) / 1000000000))
				    : json_null());
	json_object_set_new(root, "rules", json_integer(status->rules));
	json_object_set_new(root, "max_rules", json_integer(status->config.max_rules));
	json_object_set_new(root, "max_names", json_integer(status->config.max_names));
	json_object_set_new(root, "max_addresses", json_integer(status->config.max_addresses));
	json_object_set_new(root, "cgroups",
			    json_pack("{s:I,s:I,s:I}", "paths", (json_int_t)status->cgroups.paths, "missing",
				      (json_int_t)status->cgroups.missing, "unbound",
				      (json_int_t)status->cgroups.unbound));
	json_object_set_new(root, "exes",
			    json_pack("{s:I,s:I}", "paths", (json_int_t)status->cgroups.exes, "refused",
				      (json_int_t)status->config.exes_refused));
	json_object_set_new(root, "runs",
			    json_pack("{s:I,s:I}", "now", (json_int_t)runs->now, "left_over", (json_int_t)runs->left));
	json_object_set_new(root, "programs", programs);
	json_object_set_new(root, "senders",
			    status->can_answer && status->counted
				    ? json_pack("{s:I,s:I,s:I}", "recent", (json_int_t)status->senders.recent, "room",
						(json_int_t)SENDERS, "forgotten", (json_int_t)status->senders.forgotten)
				    : json_null());
	json_object_set_new(root, "lock", lock_value(status));
	json_object_set_new(root, "learned", status->can_name ? learned_value(status) : json_null());
	json_object_set_new(root, "loaded_at", json_string(loaded_at));
	json_object_set_new(root, "version", output_string(status->config.version));
	json_object_set_new(root, "events_lost", json_integer((json_int_t)status->config.events_lost));
	warn_of_hooks(status->config.hooks, root);
	output_json(&inv->out, root);
}

static const char *in_force_text(const struct status *status)
{
	for (size_t i = 0; i < PROGRAMS; i++) {
		if (status_is_gone(status, i))
			return "NO: see BAD below";
	}
	if (!status_in_force(status))
		return "NOT SURE: see BAD below";
	return status->truth.tried ? "yes: the kernel refused the trial calls just now"
				   : "yes, as far as lsmctl can read ('lsmctl status --prove' tries it)";
}

/* Answers in one line what most people ask: is it in force, and what does it do? */
static void print_answer(const struct status *status)
{
	const bool audit = status->settings.mode == MODE_AUDIT;
	char doubt[TRUTH_TEXT_SIZE], left[32];

	for (size_t i = 0; i < PROGRAMS; i++) {
		if (status_fault(status, i)) {
			printf("%s: %s: %s\n", status_is_gone(status, i) ? "NOT in force" : "NOT SURE to be in force",
			       status->programs[i].hook, status_fault(status, i));
			return;
		}
	}
	if (truth_doubt(&status->truth, 0, doubt)) {
		printf("NOT SURE to be in force: %s\n", doubt);
		return;
	}
	if (status->locked.on && !status->lock_held) {
		puts("NOT SURE to be in force: locked, but the kernel does not ask the programs of the lock");
		return;
	}
	printf("In force%s%s: default %s, %u rule%s", status->locked.on ? " and locked" : "",
	       audit ? ", but mode audit refuses nothing" : "", verdict_name(status->settings.default_verdict),
	       status->rules, status->rules == 1 ? "" : "s");
	if (status->trial_left) {
		duration_format(status->trial_left, left);
		printf(", on trial for %s", left);
	}
	if (status->truth.tried && truth_is_proven(&status->truth))
		printf(" (the kernel refused the trial calls just now)");
	puts(".");
}

static void program_cell(struct table *table, const struct status *status, size_t i)
{
	const struct program_info *p = &status->programs[i];
	const char *bad = status_fault(status, i), *trial = trial_of(status, i);
	char ids[128] = "attached", tag[17];

	if (options.verbose) {
		tag_text(p, tag);
		snprintf(ids, sizeof(ids), "program %u, link %u, tag %s, %llu recursion misses", p->prog_id, p->link_id,
			 tag, (unsigned long long)p->recursion_misses);
	}
	if (p->lacking)
		table_cell(table, "not on this kernel: open are %s", hook_open(i));
	else if (i == HOOK_INGRESS && !status->can_answer)
		table_cell(table, "not attached: UDP servers cannot answer (run 'lsmctl -e set answers on')");
	else if (!p->prog_id && programs_learns_names(i) && !bad)
		table_cell(table, "not attached: no name is learned (run '%s')",
			   status->settings.names ? "lsmctl -e set names on" : "lsmctl refresh --resolvers");
	else if (!p->prog_id)
		table_cell(table, "BAD: %s", bad ? bad : "not attached");
	else
		table_cell(table, "%s%s%s%s%s", ids, trial ? ", " : "", trial ? trial : "", bad ? "; BAD: " : "",
			   bad ? bad : "");
}

/* Programs in rules, and runs. */
static void subject_cells(struct table *table, const struct status *status, const struct runs_count *runs)
{
	if (status->cgroups.exes || status->config.exes_refused) {
		table_cell(table, "programs");
		if (status->config.exes_refused)
			table_cell(
				table,
				"%u in rules; BAD: no room for all that run, so that %u starts were refused (run 'lsmctl doctor')",
				status->cgroups.exes, status->config.exes_refused);
		else
			table_cell(table, "%u in rules", status->cgroups.exes);
	}
	if (runs->now || runs->left) {
		table_cell(table, "runs");
		table_cell(table, "%zu now; %zu left over, whose starter has ended, still confined", runs->now,
			   runs->left);
	}
}

static void print_text(const struct invocation *inv, const struct status *status, const struct runs_count *runs)
{
	struct table table = table_open(&inv->out, 2, NULL);
	char loaded_at[TIME_TEXT_SIZE], doubt[TRUTH_TEXT_SIZE], text[SETTING_SIZE];

	time_format(status->config.loaded_at, loaded_at);
	if (!inv->out.terse)
		print_answer(status);
	table_cell(&table, "loaded");
	table_cell(&table, "yes, since %s by lsmctl %s", loaded_at, status->config.version);
	table_cell(&table, "in force");
	table_cell(&table, "%s", in_force_text(status));
	lock_cells(&table, status);
	table_cell(&table, "attach");
	table_cell(&table, "%s", attach_name(status->config.attach));
	for (size_t i = 0; setting_name(i); i++) {
		table_cell(&table, "%s", setting_name(i));
		table_cell(&table, "%s", setting_value(&status->settings, i, text));
	}
	if (status->trial_left) {
		char left[32];

		duration_format(status->trial_left, left);
		table_cell(&table, "on trial");
		table_cell(&table, "for %s more, then the previous rules return ('lsmctl confirm' keeps these)", left);
	}
	table_cell(&table, "rules");
	table_cell(&table, "%u of %u", status->rules, status->config.max_rules);
	if (status->cgroups.paths) {
		table_cell(&table, "cgroups");
		if (status->cgroups.unbound)
			table_cell(
				&table,
				"BAD: no room for %u that rules may be for: their calls are refused (run 'lsmctl doctor')",
				status->cgroups.unbound);
		else
			table_cell(&table, "%u in rules; %u have no cgroup now", status->cgroups.paths,
				   status->cgroups.missing);
	}
	subject_cells(&table, status, runs);
	for (size_t i = 0; i < PROGRAMS; i++) {
		if (!status_has(status, i))
			continue;
		table_cell(&table, "%s", status->programs[i].hook);
		program_cell(&table, status, i);
	}
	if (status->can_answer && status->counted) {
		table_cell(&table, "senders");
		table_cell(&table, "%u of the last three minutes, room for %u; %llu forgotten for want of room",
			   status->senders.recent, SENDERS, (unsigned long long)status->senders.forgotten);
	}
	if (status->can_name) {
		table_cell(&table, "name servers");
		table_cell(&table, "%s",
			   resolvers_format(config_resolvers(&status->config, &status->settings), ", ", text));
		table_cell(&table, "learned");
		table_cell(&table, "%u addresses, room for %u; %u names, room for %u; %llu answers cut short",
			   status->names.addresses, NAMED_ROOM, status->names.names, NAMES_ROOM,
			   (unsigned long long)status->config.truncated);
	}
	for (size_t i = 0; truth_doubt(&status->truth, i, doubt); i++) {
		table_cell(&table, "doubt");
		table_cell(&table, "BAD: %s", doubt);
	}
	table_cell(&table, "events lost");
	table_cell(&table, "%llu", (unsigned long long)status->config.events_lost);
	table_close(&table);
}

static int not_loaded(struct invocation *inv, struct error *err)
{
	json_t *root;

	if (err->code != ERR_NOT_LOADED)
		return -1;
	inv->status = error_exit_status(err->code);
	if (inv->out.json) {
		root = output_root();
		json_object_set_new(root, "loaded", json_false());
		if (is_attached_elsewhere())
			json_object_set_new(root, "attached_elsewhere", json_true());
		output_json(&inv->out, root);
	} else if (!inv->out.quiet) {
		puts(err->text);
	}
	*err = (struct error){};
	return 0;
}

static int run(struct invocation *inv, struct error *err)
{
	struct session session;
	struct runs_count runs;
	struct status status;
	int ret;

	if (session_open(&session, inv, RULESET_READ, err))
		return not_loaded(inv, err);
	ret = status_read(&session.pins, session.rules, &status, options.prove, err);
	runs = runs_count(ruleset_config(session.rules));
	options.prove = false; /* load prints the status too, and makes its own trial */
	session_close(&session);
	if (ret)
		return -1;
	if (inv->out.json)
		print_json(inv, &status, &runs);
	else if (!inv->out.quiet)
		print_text(inv, &status, &runs);
	if (!status_in_force(&status))
		inv->status = 2;
	return 0;
}

const struct command command_status = {
	.name = "status",
	.summary = "show whether a policy is loaded, and how",
	.doc = "The first line answers whether the policy is in force. The exit status is 0 if the programs are in force, 3 if nothing is loaded, and 2 if enforcement is not "
	       "sure. "
	       "With --quiet the command only sets the exit status.\n\n"
	       "Without --prove it reads the state: the links, kernel.ftrace_enabled, and whether foreign programs are "
	       "attached to the same functions.\n\n"
	       "With --prove it makes a call through each hook, on this host's loopback. Only the programs refuse these "
	       "calls. "
	       "They are not counted, and watchers do not see them.",
	.options = option_table,
	.parse = parse,
	.values = &options,
	.values_size = sizeof(options),
	.max_words = 0,
	.run = run,
};
