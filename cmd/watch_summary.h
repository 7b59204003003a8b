/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts decisions by verdict, program, user, destination and rule. */
#ifndef LSMCTL_WATCH_SUMMARY_H
#define LSMCTL_WATCH_SUMMARY_H

#include <jansson.h>
#include "bpf/abi.h"
#include "base/hash.h"
#include "shared/known_names.h"
#include "watch_rules.h"

/* Zero it, but for names, which the caller keeps. Free it with summary_free(). */
struct summary {
	struct summary_row {
		struct event event; /* the last */
		uint64_t times;
	} * at;
	size_t n;
	struct hash by_key;
	uint64_t others; /* decisions that found no room */
	struct known_names *names;
};

void summary_add(struct summary *summary, const struct event *event);
/* Writes a table, the most frequent first. rules: NULL for none of their words. most: rows; 0: all. */
void summary_write(const struct summary *summary, const struct output *out, struct watch_rules *rules, size_t most,
		   FILE *to);
/* Returns an array of objects, in the same order. */
json_t *summary_value(const struct summary *summary, struct watch_rules *rules, int64_t boot_offset);
void summary_free(struct summary *summary);

#endif
