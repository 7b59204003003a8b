// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include "cmd.h"
#include "../common/backstop.h"

#define KEY_REVERT 0x200

static bool revert;

static const struct argp_option option_table[] = {
	{"revert", KEY_REVERT, NULL, 0, "go back to what was before, at once", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg, (void)state;
	switch (key) {
	case ARGP_KEY_INIT: /* a batch may have more than one */
		revert = false;
		return 0;
	case KEY_REVERT:
		revert = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

error_t confirm_option(const char *arg, uint64_t *trial, struct error *err)
{
	if (!duration_parse(arg, trial) && *trial)
		return 0;
	error_set(err, ERR_USAGE, "bad --confirm, near '%.64s': a time, such as 60s or 5m", arg);
	return EINVAL;
}

static int confirm(struct session *session, const struct invocation *inv, struct error *err)
{
	if (!ruleset_trial_left(session->rules))
		return error_set(err, ERR_NOT_FOUND,
				 "nothing is on trial (a trial that nobody confirms in time ends by itself)");
	if (inv->dry_run)
		return 0;
	if (ruleset_end_trial(session->rules, !revert, err))
		return -1;
	backstop_leave(&session->pins, session->rules);
	return 0;
}

static int run(struct invocation *inv, struct error *err)
{
	struct session session;
	int ret;

	if (output_check(&inv->out, err) || session_open(&session, inv, RULESET_CONFIRM, err))
		return -1;
	ret = confirm(&session, inv, err);
	session_close(&session);
	if (ret)
		return ret;
	if (inv->out.json) {
		json_t *root = output_root();

		json_object_set_new(root, "dry_run", json_boolean(inv->dry_run));
		json_object_set_new(root, "confirmed", json_boolean(!revert));
		output_json(&inv->out, root);
	} else if (!inv->out.quiet) {
		puts(revert ? "reverted" : "confirmed");
	}
	return 0;
}

const struct command command_confirm = {
	.name = "confirm",
	.summary = "keep what 'restore --confirm' or 'set --confirm' put on trial",
	.doc = "While something is on trial no other command changes the rules. Without this the kernel goes back to "
	       "what "
	       "was before by itself when the time is up.",
	.options = option_table,
	.parse = parse,
	.max_words = 0,
	.run = run,
};
