// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include "bpf/abi.h"
#include "shared/cmd.h"

static int run(struct invocation *inv, struct error *err)
{
	json_t *root;

	(void)err;
	if (inv->out.json) {
		root = output_root();
		json_object_set_new(root, "version", json_string(LSMCTL_VERSION));
		json_object_set_new(root, "layout", json_integer(LSMCTL_LAYOUT));
		output_json(&inv->out, root);
	} else {
		printf("lsmctl %s (layout %u)\n", LSMCTL_VERSION, LSMCTL_LAYOUT);
	}
	return 0;
}

const struct command command_version = {
	.name = "version",
	.summary = "print the version of lsmctl and of the pinned layout",
	.max_words = 0,
	.run = run,
};
