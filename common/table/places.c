// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "rule/subject.h"
#include "places_impl.h"

static int no_memory(struct error *err)
{
	return error_errno(err, ENOMEM, "cannot build the tables");
}

/* Finds the ranks of the subjects. */
static int rank_paths(struct builder *b, uint32_t n_subjects)
{
	struct path *sorted = malloc((b->n_paths + 1u) * sizeof(*sorted));

	b->rank = calloc(n_subjects + 1u, sizeof(*b->rank));
	if (!sorted || !b->rank) {
		free(sorted);
		return -1;
	}
	memcpy(sorted, b->paths, b->n_paths * sizeof(*sorted));
	qsort(sorted, b->n_paths, sizeof(*sorted), path_by_rank);
	for (uint32_t i = 0; i < b->n_paths; i++)
		b->rank[sorted[i].subject] = i;
	free(sorted);
	return 0;
}

static int too_many_subjects(struct error *err)
{
	return error_set(err, ERR_FULL,
			 "too many rules' cgroups around one another: at most %u can hold for the same process",
			 PLACE_SUBJECTS);
}

/* Adds a subject at its rank among those of this level, which start at list[0]. */
static void insert_subject(const struct builder *b, uint32_t *list, uint32_t n, uint32_t subject)
{
	for (; n && b->rank[list[n - 1]] > b->rank[subject]; n--)
		list[n] = list[n - 1];
	list[n] = subject;
}

/* Sorts the pairs of a key by path. */
static int by_path(const void *a, const void *b)
{
	return (*(const uint32_t *)a > *(const uint32_t *)b) - (*(const uint32_t *)a < *(const uint32_t *)b);
}

/* Returns the place behind `from` for names that meet these wants; 0 with the error set, or (*none) none is needed. */
static uint32_t next_place(struct builder *b, uint32_t from, uint32_t n_matched, bool *none)
{
	const uint32_t *above = place_key(b, from);
	const uint32_t *above_subjects = above + 2 + (size_t)above[0] * 2;
	uint32_t *key = b->scratch, list[PLACE_SUBJECTS], n = 0, finished;

	key[0] = 0;
	for (uint32_t i = 0; i < n_matched; i++) {
		const struct want *want = &b->wants[b->matched[i]];
		const struct path *path = &b->paths[want->path];
		uint32_t at = want->stays ? want->at : want->at + 1;

		if (at == path->n) {
			if (n == PLACE_SUBJECTS) {
				too_many_subjects(b->err);
				return 0;
			}
			insert_subject(b, list, n++, path->subject);
			continue;
		}
		key[2 + (size_t)key[0] * 2] = want->path;
		key[3 + (size_t)key[0]++ * 2] = at;
	}
	*none = !key[0] && !n;
	if (*none)
		return 0;
	qsort(key + 2, key[0], 2 * sizeof(*key), by_path);
	finished = n;
	for (uint32_t i = 0; i < key_subjects(above); i++) {
		bool again = false;

		for (uint32_t k = 0; k < finished; k++)
			again |= list[k] == above_subjects[i];
		if (again)
			continue;
		if (n == PLACE_SUBJECTS) {
			too_many_subjects(b->err);
			return 0;
		}
		list[n++] = above_subjects[i];
	}
	key[1] = n | finished << 16;
	memcpy(key + 2 + (size_t)key[0] * 2, list, n * sizeof(*list));
	return place_for(b, key, b->levels[from - 1] + 1);
}

static int add_step(struct builder *b, const struct place_step *step)
{
	struct place_step *steps = array_with_room_for_one(b->to->steps, b->to->n_steps, sizeof(*steps));

	if (!steps)
		return no_memory(b->err);
	b->to->steps = steps;
	steps[b->to->n_steps++] = *step;
	return 0;
}

/* The wants first to end - 1 want the same name. */
static int step_by_name(struct builder *b, uint32_t from, uint32_t first, uint32_t end)
{
	const struct path_name *name = &b->wants[first].name;
	struct place_step step = {.from = from, .name = name->text, .len = name->len};
	uint32_t n = 0;
	bool none = false;

	for (uint32_t i = first; i < end; i++)
		b->matched[n++] = i;
	for (uint32_t k = 0; k < b->to->places[from - 1].n_patterns; k++) {
		if (!path_name_matches(&b->wants[b->want_at[k]].name, name))
			continue;
		for (uint32_t i = b->want_at[k]; i < b->want_at[k + 1]; i++)
			b->matched[n++] = i;
	}
	step.to = next_place(b, from, n, &none);
	return step.to ? add_step(b, &step) : none ? 0 : -1;
}

static int step_by_set(struct builder *b, uint32_t from, uint64_t set)
{
	struct place_step step = {.from = from, .len = sizeof(set), .set = set};
	uint32_t n = 0;
	bool none = false;

	for (uint32_t k = 0; k < b->to->places[from - 1].n_patterns; k++) {
		for (uint32_t i = b->want_at[k]; set >> k & 1 && i < b->want_at[k + 1]; i++)
			b->matched[n++] = i;
	}
	step.to = next_place(b, from, n, &none);
	return step.to ? add_step(b, &step) : none ? 0 : -1;
}

/*
 * A name meets the patterns whose prefix and suffix begin and end the longest ones that it has, if it is long enough
 * for both. So all sets that names can meet come from each prefix with each suffix, and from each length that matters.
 */
static int step_by_patterns(struct builder *b, uint32_t from)
{
	uint32_t n = b->to->places[from - 1].n_patterns, n_sets = 0;
	const struct path_name *patterns = n ? &b->to->patterns[b->to->places[from - 1].patterns] : NULL;
	uint64_t *sets = calloc((size_t)n * n * n + 1, sizeof(*sets));
	int ret = sets ? 0 : no_memory(b->err);

	for (uint32_t at = 0; at < n * n * n && !ret; at++) {
		const struct path_name *prefix = &patterns[at / n / n], *suffix = &patterns[at / n % n];
		uint32_t len = patterns[at % n].len, known = 0;
		uint64_t set = 0;

		for (uint32_t i = 0; i < n; i++) {
			if (patterns[i].len <= len && path_name_starts(&patterns[i], prefix) &&
			    path_name_ends(&patterns[i], suffix))
				set |= (uint64_t)1 << i;
		}
		while (known < n_sets && sets[known] != set)
			known++;
		if (!set || known < n_sets)
			continue;
		sets[n_sets++] = set;
		ret = step_by_set(b, from, set);
	}
	free(sets);
	return ret;
}

/* Those with a star last. */
static int by_name(const void *a, const void *b)
{
	const struct want *one = a, *other = b;

	if ((one->name.star < 0) != (other->name.star < 0))
		return one->name.star < 0 ? -1 : 1;
	return path_name_compare(&one->name, &other->name);
}

/* Collects what the paths of a place want next, sorted by name, and returns their number. */
static uint32_t collect(struct builder *b, uint32_t place)
{
	static const struct path_name slice = {"*" UNIT_SLICE, sizeof("*" UNIT_SLICE) - 1, 0};
	const uint32_t *key = place_key(b, place);
	uint32_t n = 0;

	for (uint32_t i = 0; i < key[0]; i++) {
		uint32_t path = key[2 + (size_t)i * 2], at = key[3 + (size_t)i * 2];

		if (b->paths[path].unit)
			b->wants[n++] = (struct want){.name = slice, .path = path, .at = at, .stays = true};
		b->wants[n++] = (struct want){.name = b->paths[path].names[at], .path = path, .at = at};
	}
	qsort(b->wants, n, sizeof(*b->wants), by_name);
	return n;
}

/* Finds the different patterns that a place's wants have. Those that want one come last, from stars on. */
static int find_patterns(struct builder *b, struct compiled_place *place, uint32_t stars, uint32_t n_wants)
{
	uint32_t n = 0;

	for (uint32_t i = stars; i < n_wants; i++) {
		if (i != stars && !path_name_compare(&b->wants[i - 1].name, &b->wants[i].name))
			continue;
		if (n < PLACE_PATTERNS)
			b->want_at[n] = i;
		n++;
	}
	if (n > PLACE_PATTERNS)
		return error_set(
			b->err, ERR_FULL,
			"too many patterns of cgroups: %u different ones for names below the same cgroup, and at most %u fit",
			n, PLACE_PATTERNS);
	b->want_at[n] = n_wants;
	place->patterns = b->to->n_patterns;
	place->n_patterns = n;
	for (uint32_t k = 0; k < n; k++) {
		struct path_name *patterns =
			array_with_room_for_one(b->to->patterns, b->to->n_patterns, sizeof(*patterns));

		if (!patterns)
			return no_memory(b->err);
		b->to->patterns = patterns;
		patterns[b->to->n_patterns++] = b->wants[b->want_at[k]].name;
	}
	return 0;
}

/* Adds the steps from a place, and the places to which they lead. */
static int step_from(struct builder *b, uint32_t place)
{
	uint32_t n = collect(b, place), stars = 0, first, end;

	while (stars < n && b->wants[stars].name.star < 0)
		stars++;
	if (find_patterns(b, &b->to->places[place - 1], stars, n))
		return -1;
	for (first = 0; first < stars; first = end) {
		for (end = first + 1; end < stars && !path_name_compare(&b->wants[first].name, &b->wants[end].name);
		     end++)
			;
		if (step_by_name(b, place, first, end))
			return -1;
	}
	return step_by_patterns(b, place);
}

/* The root's place: every path starts there. */
static uint32_t root_place(struct builder *b)
{
	uint32_t *key = b->scratch, root = UINT32_MAX;

	key[0] = key[1] = 0;
	for (uint32_t i = 0; i < b->n_paths; i++) {
		if (!b->paths[i].n) {
			root = b->paths[i].subject;
			continue;
		}
		key[2 + (size_t)key[0] * 2] = i;
		key[3 + (size_t)key[0]++ * 2] = 0;
	}
	if (root != UINT32_MAX)
		key[2 + (size_t)key[0] * 2] = root;
	key[1] = root == UINT32_MAX ? 0 : 1 | 1 << 16;
	return place_for(b, key, 0);
}

static int build(struct builder *b)
{
	struct compiled_places *to = b->to;

	if (!root_place(b))
		return -1;
	to->places = calloc(PLACES, sizeof(*to->places));
	if (!to->places)
		return no_memory(b->err);
	for (uint32_t place = 1; place <= to->n_places; place++) {
		if (step_from(b, place))
			return -1;
	}
	to->words = malloc((b->n_keys + 1) * sizeof(*to->words));
	if (!to->words)
		return no_memory(b->err);
	for (uint32_t i = 0; i < to->n_places; i++) {
		const uint32_t *key = place_key(b, i + 1);

		to->places[i].subjects = to->n_words;
		to->places[i].n_subjects = key_subjects(key);
		to->places[i].n_own = key[1] >> 16;
		memcpy(to->words + to->n_words, key + 2 + (size_t)key[0] * 2, to->places[i].n_subjects * sizeof(*key));
		to->n_words += to->places[i].n_subjects;
	}
	/* A unit may be below any number of slices. */
	for (uint32_t i = 0; i < b->n_paths; i++)
		to->depth = b->paths[i].unit ? CGROUP_DEPTH - 1 : to->depth;
	return 0;
}

int places_compile(const struct subject_source *subjects, uint32_t n, struct compiled_places *places, struct error *err)
{
	struct builder b = {.to = places, .err = err};
	int ret = -1;

	*places = (struct compiled_places){};
	if (paths_list(subjects, n, &b.paths, &b.n_paths) || rank_paths(&b, n)) {
		no_memory(err);
		goto out;
	}
	places->exact = true;
	for (uint32_t i = 0; i < b.n_paths; i++)
		places->exact &= !b.paths[i].stars && !b.paths[i].unit;
	b.wants = calloc(2 * (size_t)b.n_paths + 1, sizeof(*b.wants));
	b.matched = calloc(2 * (size_t)b.n_paths + 1, sizeof(*b.matched));
	b.scratch = calloc(4 * (size_t)b.n_paths + PLACE_SUBJECTS + 3, sizeof(*b.scratch));
	ret = b.wants && b.matched && b.scratch ? build(&b) : no_memory(err);
out:
	paths_free(b.paths, b.n_paths);
	free(b.rank);
	free(b.keys);
	free(b.key_at);
	free(b.levels);
	free(b.wants);
	free(b.matched);
	free(b.scratch);
	hash_free(&b.index);
	if (ret)
		places_free(places);
	return ret;
}

void places_free(struct compiled_places *places)
{
	free(places->places);
	free(places->steps);
	free(places->patterns);
	free(places->words);
	*places = (struct compiled_places){};
}
