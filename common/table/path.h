/* SPDX-License-Identifier: GPL-2.0-only */
/* The path of a cgroup in rules, split into names, of which each may have one '*'; or a unit: see unit.h. */
#ifndef LSMCTL_TABLE_PATH_H
#define LSMCTL_TABLE_PATH_H

#include <stdbool.h>
#include <stdint.h>
#include "subject_source.h"

/* A name. star: where its '*' is; -1: it has none. Borrowed from the path, and not terminated. */
struct path_name {
	const char *text;
	uint32_t len;
	int32_t star;
};

struct path {
	const char *text;
	uint32_t subject, bytes; /* bytes: without its stars */
	bool unit, stars;	 /* unit: it has one name, below any number of slices */
	struct path_name *names;
	uint32_t n;
};

/* The paths among the subjects, sorted by their text. -1: no memory. Free them with paths_free(). */
int paths_list(const struct subject_source *subjects, uint32_t n, struct path **paths, uint32_t *n_paths);
void paths_free(struct path *paths, uint32_t n);

/* The order of asking within a level: a path before a pattern, a path before a unit, more bytes before fewer. */
int path_by_rank(const void *a, const void *b);
int path_by_text(const void *a, const void *b);

int path_name_compare(const struct path_name *a, const struct path_name *b);
/* Returns true when a name matches; name: without a star. */
bool path_name_matches(const struct path_name *pattern, const struct path_name *name);
/* True when each name with the prefix (the suffix) of `other` has that of `one`. Both have a star. */
bool path_name_starts(const struct path_name *one, const struct path_name *other);
bool path_name_ends(const struct path_name *one, const struct path_name *other);

#endif
