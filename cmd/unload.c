// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include "policy/elsewhere.h"
#include "policy/loader.h"
#include "run/run.h"
#include "shared/session.h"

#define KEY_FORCE 0x200

static bool force;

static const struct argp_option option_table[] = {
	{"force", KEY_FORCE, NULL, 0, "unload even while a run is there, which then is confined no more", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg, (void)state;
	if (key != KEY_FORCE)
		return ARGP_ERR_UNKNOWN;
	force = true;
	return 0;
}

/* Its processes would reach everything from then on. */
static int check_runs(const struct pins *pins, struct error *err)
{
	struct error ignored = {};
	struct ruleset *rules = force ? NULL : ruleset_open(pins, RULESET_READ, &ignored);
	struct runs_count n = {};
	size_t runs;

	if (rules) {
		n = runs_count(ruleset_config(rules));
		ruleset_close(rules);
	}
	runs = n.now + n.left;
	if (!runs)
		return 0;
	return error_set(
		err, ERR_SYSTEM,
		"%zu run%s would be confined no more: wait for the end, kill what is in the cgroups below " RUN_ROOT
		", or add --force",
		runs, runs == 1 ? "" : "s");
}

static int unload(const struct invocation *inv, struct error *err)
{
	struct pins pins = PINS_CLOSED;
	int ret = pins_open(&pins, inv->pin_dir, inv->dry_run ? PINS_SHARED : PINS_EXCLUSIVE, err);

	if (!ret)
		ret = check_runs(&pins, err);
	if (!ret)
		ret = loader_unload(&pins, inv->dry_run, err);
	if (!ret && !inv->dry_run)
		runs_clean();
	pins_close(&pins);
	return ret ? session_missing(inv, err) : 0;
}

static int run(struct invocation *inv, struct error *err)
{
	bool would = inv->dry_run, was = true;

	if (output_check(&inv->out, err))
		return -1;
	if (unload(inv, err)) {
		if (err->code != ERR_NOT_LOADED || !inv->exist)
			return -1;
		*err = (struct error){};
		would = was = false;
	}
	if (inv->out.json) {
		json_t *root = output_root();

		if (would)
			json_object_set_new(root, "dry_run", json_true());
		json_object_set_new(root, "loaded", json_boolean(would));
		output_json(&inv->out, root);
	} else if (!inv->out.quiet) {
		puts(!was    ? is_attached_elsewhere()
					? "nothing was loaded here, but programs of lsmctl are attached, with pins elsewhere"
					: "nothing was loaded"
		     : would ? "would unload"
			     : "unloaded");
	}
	return 0;
}

const struct command command_unload = {
	.name = "unload",
	.summary = "detach the programs and remove the pins; nothing is refused",
	.doc = "Refuses while a run is there ('lsmctl help run'), unless you add --force.",
	.options = option_table,
	.parse = parse,
	.values = &force,
	.values_size = sizeof(force),
	.max_words = 0,
	.run = run,
};
