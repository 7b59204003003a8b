/* SPDX-License-Identifier: GPL-2.0-only */
/* The words behind del: a rule, ids, sets, or a line that list has shown. */
#ifndef LSMCTL_DEL_WANTED_H
#define LSMCTL_DEL_WANTED_H

#include "rule/rule.h"
#include "shared/cmd.h"

enum what {
	BY_RULE,
	BY_ID,
	BY_SET
};

/* The rules to remove. The caller zeroes it. */
struct wanted {
	enum what what;
	struct rules rules;
	bool verdict; /* the words have one */
	uint32_t id;  /* from a pasted line of list; 0: none */
	uint32_t *ids;
	size_t n_ids;
};

int del_wanted_parse(const struct invocation *inv, struct wanted *wanted, struct error *err);
void del_wanted_free(struct wanted *wanted);

#endif
