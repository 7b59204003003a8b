// SPDX-License-Identifier: GPL-2.0-only
#include "policy/loader.h"
#include "shared/session.h"
#include "shared/warnings.h"

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
		return session_missing(inv, err);
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
	.summary = "replace the attached programs by this lsmctl's, without a gap",
	.doc = "Rules, ids, counters and settings stay. "
	       "Each new program is attached before the old one goes, so one of them, or both, judges every call. "
	       "The command fails if the loaded lsmctl keeps its rules in another form.",
	.max_words = 0,
	.run = run,
};
