/* SPDX-License-Identifier: GPL-2.0-only */
/* The names that rules are for. The arena has their texts, each in lines of its own. */
#ifndef LSMCTL_TABLE_NAMES_H
#define LSMCTL_TABLE_NAMES_H

#include "base/error.h"
#include "trie.h"

/* A list of ids. Both for qsort() and to append one: 0 or -ENOMEM. */
int names_compare(const void *one, const void *other);
int names_append(uint64_t **list, uint32_t *n, uint64_t id);

/*
 * Lists the ids of the names in rules, each once, without the word "resolvers". *resolvers: some rule is for that. Free
 * *ids. 0; -ENOMEM.
 */
int names_of(const struct rule *rules, uint32_t n_rules, uint64_t **ids, uint32_t *n, bool *resolvers);

/*
 * Puts their texts into the arena, whose subjects are there. Fails, with the error set, for more than most; 0:
 * NAME_RULES.
 */
int names_put(const struct rule *rules, uint32_t n_rules, uint32_t most, struct arena *arena, struct error *err);

/* Returns how many lines a text has. */
uint32_t names_lines(const char *text);

#endif
