// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include "policy/answers.h"
#include "policy/names.h"
#include "policy/needed.h"
#include "shared/cmd.h"
#include "shared/cutting.h"
#include "shared/history.h"
#include "shared/session.h"

#define KEY_REVERT 0x200

static struct {
	bool revert;
	struct cutting cutting;
} options;

static const struct argp_option option_table[] = {
	{"revert", KEY_REVERT, NULL, 0, "return to the previous state now", 0},
	CUT_OPTION,
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg, (void)state;
	switch (key) {
	case KEY_REVERT:
		options.revert = true;
		return 0;
	case KEY_CUT:
		options.cutting.wanted = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int confirm(struct session *session, const struct invocation *inv, struct error *err)
{
	if (!ruleset_trial_left(session->rules))
		return error_set(err, ERR_NOT_FOUND, "nothing is on trial (an unconfirmed trial expires on its own)");
	if (inv->dry_run)
		return 0;
	if (!options.revert)
		history_confirm(session, inv);
	if (ruleset_end_trial(session->rules, !options.revert, err))
		return -1;
	needed_leave(&session->pins, session->rules);
	answers_leave(&session->pins, session->rules);
	names_leave(&session->pins, session->rules);
	return 0;
}

static int tell(const struct invocation *inv, struct error *err)
{
	json_t *root = inv->out.json ? output_root() : NULL;
	int ret;

	if (root) {
		json_object_set_new(root, "dry_run", json_boolean(inv->dry_run));
		json_object_set_new(root, "confirmed", json_boolean(!options.revert));
		history_warn(root);
	} else if (!inv->out.quiet) {
		puts(options.revert ? "reverted" : "confirmed");
	}
	ret = cutting_tell(&options.cutting, inv, root, err);
	if (root)
		output_json(&inv->out, root);
	history_warn(NULL);
	return ret;
}

static int run(struct invocation *inv, struct error *err)
{
	struct session session;
	int ret;

	if (cutting_check(&options.cutting, inv, err) || output_check(&inv->out, err) ||
	    session_open(&session, inv, RULESET_CONFIRM, err))
		return -1;
	ret = confirm(&session, inv, err);
	session_close(&session);
	if (ret)
		return ret;
	cutting_do(&options.cutting, inv);
	ret = tell(inv, err);
	if (!ret)
		inv->status = options.cutting.status;
	cutting_free(&options.cutting);
	return ret;
}

const struct command command_confirm = {
	.name = "confirm",
	.summary = "keep the rules or the setting that --confirm put on trial",
	.doc = "While something is on trial, no other command changes the rules or settings. "
	       "An unconfirmed trial expires on its own: the kernel returns to the previous state.",
	.options = option_table,
	.parse = parse,
	.values = &options,
	.values_size = sizeof(options),
	.max_words = 0,
	.run = run,
};
