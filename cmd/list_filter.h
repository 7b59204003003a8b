/* SPDX-License-Identifier: GPL-2.0-only */
/* Selects the rules that list shows. */
#ifndef LSMCTL_LIST_FILTER_H
#define LSMCTL_LIST_FILTER_H

#include "rule/rule.h"

/* The caller zeroes it first, and frees it with list_filter_free(). */
struct list_filter {
	bool said;   /* false: every rule passes */
	int verdict; /* -1: any */
	bool hit;    /* only rules that matched something */
	struct prefixes destinations;
	struct rules clauses; /* ports, protocol, user, cgroup that rules must name; their prefixes mean nothing */
	char set[SET_SIZE];   /* "": any */
};

#define LIST_FILTER_ARGS                                                                                               \
	"[allow|block|audit] [hit] [DESTINATION] [port P] [proto P] [uid U] [gid G] [exe P] [cgroup P | unit N | container C | user-slice U] [set NAME]"

/* Parses words in the order of LIST_FILTER_ARGS; the pairs and "hit" may come in any order. -1 with the error set. */
int list_filter_parse(struct list_filter *filter, size_t n, char *const words[], struct error *err);
/* The destinations are the caller's to look at: see ruleset_each_near(). */
bool list_filter_passes(const struct list_filter *filter, const struct rule_info *rule);
void list_filter_free(struct list_filter *filter);

#endif
