/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of `lsmctl stats`. */
#ifndef LSMCTL_STATS_H
#define LSMCTL_STATS_H

#include "shared/cmd.h"
#include "table/ruleset.h"

/* Prints one document. most: number of rules, 0: all. *loaded_at: as for stats_same(), or NULL. */
int stats_print_json(const struct invocation *inv, uint64_t most, uint64_t *loaded_at, struct error *err);

/*
 * Checks that the same policy is loaded as before. *loaded_at identifies it; 0 on the first call. -1 with the error set
 * for another policy.
 */
int stats_same(struct ruleset *rules, uint64_t *loaded_at, struct error *err);

/* --interval: prints every `interval` seconds. */
int stats_follow(const struct invocation *inv, uint64_t interval, uint64_t most, struct error *err);

/* --by; word: as typed; most: subjects, 0: all. */
int stats_by(const struct invocation *inv, enum subject_kind by, const char *word, uint64_t most, struct error *err);

/* --prometheus; most: rules with their own sample; into: a file to replace, or NULL. */
int stats_prometheus(const struct invocation *inv, uint64_t most, const char *into, struct error *err);

#endif
