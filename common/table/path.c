// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include "rule/subject.h"
#include "path.h"

static uint32_t suffix_len(const struct path_name *name)
{
	return name->len - (uint32_t)name->star - 1;
}

bool path_name_matches(const struct path_name *pattern, const struct path_name *name)
{
	return cgroup_name_fits(pattern->text, pattern->len, name->text, name->len);
}

int path_name_compare(const struct path_name *a, const struct path_name *b)
{
	int ret = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);

	return ret ? ret : (a->len > b->len) - (a->len < b->len);
}

bool path_name_starts(const struct path_name *one, const struct path_name *other)
{
	return other->star >= one->star && !memcmp(one->text, other->text, (size_t)one->star);
}

bool path_name_ends(const struct path_name *one, const struct path_name *other)
{
	uint32_t len = suffix_len(one);

	return suffix_len(other) >= len && !memcmp(one->text + one->len - len, other->text + other->len - len, len);
}

static int split(struct path *path)
{
	const char *at = path->text;

	path->unit = cgroup_is_unit(at);
	for (const char *c = path->text; *c; c++) {
		path->n += *c == '/';
		path->stars |= *c == '*';
		path->bytes += *c != '*';
	}
	path->n = path->unit ? 1 : strcmp(path->text, "/") ? path->n : 0;
	path->names = calloc(path->n + 1u, sizeof(*path->names));
	for (uint32_t i = 0; path->names && i < path->n; i++) {
		size_t len;
		const char *star;

		at += *at == '/';
		len = strcspn(at, "/");
		star = memchr(at, '*', len);
		path->names[i] = (struct path_name){at, (uint32_t)len, star ? (int32_t)(star - at) : -1};
		at += len;
	}
	return path->names ? 0 : -1;
}

int path_by_text(const void *a, const void *b)
{
	return strcmp(((const struct path *)a)->text, ((const struct path *)b)->text);
}

int path_by_rank(const void *a, const void *b)
{
	const struct path *one = a, *other = b;

	if (one->stars != other->stars)
		return one->stars ? 1 : -1;
	if (one->unit != other->unit)
		return one->unit ? 1 : -1;
	if (one->bytes != other->bytes)
		return one->bytes > other->bytes ? -1 : 1;
	return path_by_text(a, b);
}

int paths_list(const struct subject_source *subjects, uint32_t n, struct path **paths, uint32_t *n_paths)
{
	*n_paths = 0;
	*paths = calloc(n + 1u, sizeof(**paths));
	if (!*paths)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		struct path *path = &(*paths)[*n_paths];

		if (subjects[i].kind != SUBJECT_CGROUP)
			continue;
		*path = (struct path){.text = subjects[i].path, .subject = i};
		(*n_paths)++;
		if (split(path))
			return -1;
	}
	qsort(*paths, *n_paths, sizeof(**paths), path_by_text);
	return 0;
}

void paths_free(struct path *paths, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		free(paths[i].names);
	free(paths);
}
