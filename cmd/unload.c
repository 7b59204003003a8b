// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include "policy/elsewhere.h"
#include "policy/loader.h"
#include "shared/session.h"

static int unload(const struct invocation *inv, struct error *err)
{
	struct pins pins = PINS_CLOSED;
	int ret = pins_open(&pins, inv->pin_dir, inv->dry_run ? PINS_SHARED : PINS_EXCLUSIVE, err);

	if (!ret)
		ret = loader_unload(&pins, inv->dry_run, err);
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
	.max_words = 0,
	.run = run,
};
