/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of the rules that decided: an event has only a rule's id. */
#ifndef LSMCTL_WATCH_RULES_H
#define LSMCTL_WATCH_RULES_H

#include <stdbool.h>
#include <stdint.h>
#include "base/hash.h"

/* Set pin_dir, and zero the rest. Free it with watch_rules_free(). */
struct watch_rules {
	const char *pin_dir;
	bool patient; /* waits for a command that has the lock: no event is lost meanwhile */
	struct watch_rule {
		uint32_t id;
		char *text;
	} * at;
	size_t n;
	struct hash by_id;
	uint64_t begun, spent; /* ns */
};

/*
 * Returns what names the rule: its destination, ports, protocol, subject and set, escaped, without its verdict and
 * other options, which may have changed since. NULL when that is not known: the rule is gone, or another command has
 * the lock, for which only a patient one waits.
 */
const char *watch_rules_text(struct watch_rules *rules, uint32_t id);
void watch_rules_free(struct watch_rules *rules);

#endif
