// SPDX-License-Identifier: GPL-2.0-only
#include "status.h"

#define KEY_PROVE 0x100

static bool prove_it;

static const struct argp_option option_table[] = {
	{"prove", KEY_PROVE, NULL, 0, "try whether the kernel asks the programs, by a call through each", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg, (void)state;
	switch (key) {
	case ARGP_KEY_INIT: /* a batch may have more than one */
		prove_it = false;
		return 0;
	case KEY_PROVE:
		prove_it = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int status_read(struct session *session, struct status *status, bool try, struct error *err)
{
	const struct program_info *backstop = &status->programs[HOOK_EGRESS];

	status->config = *ruleset_config(session->rules);
	status->settings = *ruleset_settings(session->rules);
	status->config.version[VERSION_SIZE - 1] = '\0';
	status->rules = ruleset_count(session->rules);
	status->trial_left = ruleset_trial_left(session->rules);
	if (loader_programs(&session->pins, status->config.hooks, status->programs, err) ||
	    loader_backstop(&session->pins, &status->programs[HOOK_EGRESS], err))
		return -1;
	status->n = HOOKS + (status->settings.backstop || backstop->cgroup_id == ROOT_CGROUP);
	return truth_read(&status->truth, &status->config, &status->settings, status->programs,
			  status->settings.backstop && backstop->cgroup_id == ROOT_CGROUP, try, err);
}

/* Why enforcement is not sure, or NULL. */
static const char *fault(const struct status *status, size_t i)
{
	const struct program_info *program = &status->programs[i];

	if (i == HOOK_EGRESS && program->cgroup_id != ROOT_CGROUP)
		return "not attached, and backstop is on (run 'lsmctl -e set backstop on')";
	if (!program->prog_id && !program->lacking)
		return "not attached, its pin is gone (run 'lsmctl unload', then 'lsmctl load')";
	if (program->recursion_misses)
		return "calls were let through unasked (the kernel was interrupted; 'lsmctl doctor' says what to do)";
	return truth_fault(&status->truth, i);
}

bool status_in_force(const struct status *status)
{
	char text[TRUTH_TEXT_SIZE];

	for (size_t i = 0; i < status->n; i++) {
		if (fault(status, i))
			return false;
	}
	return !truth_doubt(&status->truth, 0, text);
}

/* What its trial has shown, or NULL. */
static const char *trial_of(const struct status *status, size_t i)
{
	return status->truth.tried && status->programs[i].prog_id ? proof_name(status->truth.proven[i].proof) : NULL;
}

static void tag_text(const struct program_info *program, char text[17])
{
	for (size_t i = 0; i < sizeof(program->tag); i++)
		sprintf(text + 2 * i, "%02x", program->tag[i]);
}

static void print_json(const struct invocation *inv, const struct status *status)
{
	json_t *root = output_root(), *programs = json_array(), *doubts = json_array();
	char loaded_at[TIME_TEXT_SIZE], tag[17], doubt[TRUTH_TEXT_SIZE];

	for (size_t i = 0; i < status->n; i++) {
		const struct program_info *p = &status->programs[i];
		const char *state = p->prog_id ? "attached" : p->lacking ? "not_on_this_kernel" : "gone";
		json_t *program;

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
		json_object_set_new(root, setting_name(i), json_string(setting_value(&status->settings, i)));
	json_object_set_new(root, "trial_left",
			    status->trial_left
				    ? json_integer((json_int_t)((status->trial_left + 999999999) / 1000000000))
				    : json_null());
	json_object_set_new(root, "rules", json_integer(status->rules));
	json_object_set_new(root, "max_rules", json_integer(status->config.max_rules));
	json_object_set_new(root, "programs", programs);
	json_object_set_new(root, "loaded_at", json_string(loaded_at));
	json_object_set_new(root, "version", output_string(status->config.version));
	json_object_set_new(root, "events_lost", json_integer((json_int_t)status->config.events_lost));
	warn_of_hooks(status->config.hooks, root);
	output_json(&inv->out, root);
}

static const char *in_force_text(const struct status *status)
{
	if (!status_in_force(status))
		return "NOT SURE: see BAD below";
	return status->truth.tried ? "yes: what was to be refused was refused just now"
				   : "yes, as far as can be read ('lsmctl status --prove' tries)";
}

static void print_text(const struct invocation *inv, const struct status *status)
{
	struct table table = table_open(&inv->out, 2, NULL);
	char loaded_at[TIME_TEXT_SIZE], tag[17], doubt[TRUTH_TEXT_SIZE];

	time_format(status->config.loaded_at, loaded_at);
	table_cell(&table, "loaded");
	table_cell(&table, "yes, since %s by lsmctl %s", loaded_at, status->config.version);
	table_cell(&table, "in force");
	table_cell(&table, "%s", in_force_text(status));
	table_cell(&table, "attach");
	table_cell(&table, "%s", attach_name(status->config.attach));
	for (size_t i = 0; setting_name(i); i++) {
		table_cell(&table, "%s", setting_name(i));
		table_cell(&table, "%s", setting_value(&status->settings, i));
	}
	if (status->trial_left) {
		char left[32];

		duration_format(status->trial_left, left);
		table_cell(&table, "on trial");
		table_cell(&table, "for %s more, then what was before comes back ('lsmctl confirm' keeps it)", left);
	}
	table_cell(&table, "rules");
	table_cell(&table, "%u of %u", status->rules, status->config.max_rules);
	for (size_t i = 0; i < status->n; i++) {
		const struct program_info *p = &status->programs[i];
		const char *bad = fault(status, i), *trial = trial_of(status, i);

		tag_text(p, tag);
		table_cell(&table, "%s", p->hook);
		if (p->lacking)
			table_cell(&table, "not on this kernel: open are %s", hook_open(i));
		else if (!p->prog_id)
			table_cell(&table, "BAD: %s", bad ? bad : "not attached");
		else
			table_cell(&table, "program %u, link %u, tag %s, %llu recursion misses%s%s%s%s", p->prog_id,
				   p->link_id, tag, (unsigned long long)p->recursion_misses, trial ? ", " : "",
				   trial ? trial : "", bad ? "; BAD: " : "", bad ? bad : "");
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
	struct status status;
	int ret;

	if (session_open(&session, inv, RULESET_READ, err))
		return not_loaded(inv, err);
	ret = status_read(&session, &status, prove_it, err);
	prove_it = false; /* load prints this too, and tries by itself */
	session_close(&session);
	if (ret)
		return -1;
	if (inv->out.json)
		print_json(inv, &status);
	else if (!inv->out.quiet)
		print_text(inv, &status);
	if (!status_in_force(&status))
		inv->status = 2;
	return 0;
}

const struct command command_status = {
	.name = "status",
	.summary = "say whether it is loaded, and how",
	.doc = "Exits 0 when the programs are in force, 3 when not loaded, 2 when enforcement is not sure. With "
	       "--quiet it says that and nothing else. Without --prove it believes what can be read: the links, "
	       "kernel.ftrace_enabled, and whether programs of others are attached to the same functions.\n\nWith "
	       "--prove it believes only what it sees: a call through each hook, on this host's own loopback, which "
	       "nothing but the programs refuses so. It counts nothing and watchers do not see it.",
	.options = option_table,
	.parse = parse,
	.max_words = 0,
	.run = run,
};
