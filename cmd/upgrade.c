// SPDX-License-Identifier: GPL-2.0-only
#include "cmd.h"
#include "../common/loader.h"

static int run(struct invocation *inv, struct error *err)
{
	struct pins pins = PINS_CLOSED;
	json_t *root = NULL;
	uint32_t hooks;
	int ret;

	if (output_check(&inv->out, err))
		return -1;
	ret = pins_open(&pins, inv->pin_dir, PINS_EXCLUSIVE, err);
	if (!ret)
		ret = loader_upgrade(&pins, inv->dry_run, &hooks, err);
	pins_close(&pins);
	if (ret)
		return ret;
	if (inv->out.json) {
		root = output_root();
		json_object_set_new(root, "dry_run", json_boolean(inv->dry_run));
		json_object_set_new(root, "version", json_string(LSMCTL_VERSION));
	}
	warn_of_hooks(hooks, root);
	if (root)
		output_json(&inv->out, root);
	else if (!inv->out.quiet)
		printf("%s %s\n", inv->dry_run ? "would upgrade to" : "upgraded to", LSMCTL_VERSION);
	return 0;
}

const struct command command_upgrade = {
	.name = "upgrade",
	.summary = "replace the attached programs by this lsmctl's, with no gap",
	.doc = "Rules, ids, counters and settings stay. Each new program is attached before the old one goes, so that "
	       "every "
	       "call is judged by one of them, or both. Refused when the loaded lsmctl keeps its rules in another "
	       "form.",
	.max_words = 0,
	.run = run,
};
