/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules that learn makes from the calls that it saw. */
#ifndef LSMCTL_LEARN_LESSONS_H
#define LSMCTL_LEARN_LESSONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "bpf/abi.h"
#include "base/error.h"
#include "rule/rule.h"
#include "shared/known_names.h"

/* A future rule, with the programs in its comment, and the number of calls it covers. */
struct lesson {
	struct rule_spec spec;
	uint64_t calls;
	bool known; /* the file has it */
};

struct lesson_options {
	uint64_t merge[2]; /* IPv4, IPv6: prefix length of that family; 0: no merging */
	enum subject_kind by;
	bool names;		    /* rules are for names, where these are known */
	struct resolvers resolvers; /* with names: the name servers that the word "resolvers" stands for */
};

/* The caller zeroes it first, and frees it with lessons_free(). */
struct lessons {
	struct lesson *at;
	size_t n, room;
	struct rules others; /* of the file: rules that learn did not write */
	char *settings;	     /* of the file, as lines, without the default; NULL: none */
	uint64_t unnamed;    /* calls from cgroups or programs that no rule can name */
	uint64_t nameless;   /* calls whose rules should be for names, and are for addresses */
};

/* Reads a learner's whole map. The programs no longer add to it. names: of the addresses, for the comments. */
int lessons_collect(struct lessons *lessons, const struct lesson_options *options, int map_fd,
		    struct known_names *names, struct error *err);
/* Adds the rules and settings of a file. A missing file counts as empty. */
int lessons_read(struct lessons *lessons, const char *file, struct error *err);
/* Combines lessons with the same identity, merges networks, writes the comments, and adds loopback. */
int lessons_finish(struct lessons *lessons, const struct lesson_options *options, struct error *err);
void lessons_free(struct lessons *lessons);

#endif
