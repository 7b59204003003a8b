// SPDX-License-Identifier: GPL-2.0-only
/* Writes compiled places into an arena: see struct places. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "places.h"

struct put {
	const struct compiled_places *from;
	struct arena *arena;
	uint32_t line;	 /* of struct places */
	uint32_t *steps; /* the line of each step, relative */
	uint32_t mask;
};

static uint32_t *word_at(const struct put *put, uint32_t word)
{
	return &arena_line(put->arena, word / LINE_WORDS)->w[word % LINE_WORDS];
}

static uint32_t lines_for(size_t words)
{
	return (uint32_t)((words + LINE_WORDS - 1) / LINE_WORDS);
}

/* The lines of a head of 16 bytes with a text. */
static uint32_t put_text(struct arena *arena, size_t size)
{
	return arena_lines(arena, (uint32_t)((16 + size + sizeof(struct line) - 1) / sizeof(struct line)));
}

static uint32_t hash_of(const struct place_step *step)
{
	const void *name = step->name ? (const void *)step->name : &step->set;
	uint32_t from = step->from | (step->name ? 0 : STEP_PATTERNS), at = 0;

	for (uint32_t i = 0; i < step->len; i += 8) {
		__u64 word = 0;

		memcpy(&word, (const char *)name + i, step->len - i < 8 ? step->len - i : 8);
		at = step_hash(from, at, word);
	}
	return at;
}

static int put_steps(struct put *put)
{
	const struct compiled_places *from = put->from;

	put->steps = calloc(from->n_steps + 1u, sizeof(*put->steps));
	if (!put->steps)
		return -ENOMEM;
	for (uint32_t i = 0; i < from->n_steps; i++) {
		const struct place_step *step = &from->steps[i];
		uint32_t line = put_text(put->arena, step->len);
		struct step *to = (struct step *)arena_line(put->arena, line);

		if (!line)
			return -ENOMEM;
		put->steps[i] = line - put->line;
		*to = (struct step){
			.from = step->from | (step->name ? 0 : STEP_PATTERNS), .to = step->to, .len = step->len};
		memcpy((char *)to + offsetof(struct step, name), step->name ? (const void *)step->name : &step->set,
		       step->len);
	}
	return 0;
}

/* Returns false when the table is too small for each step to be near its hash. */
static bool fill_hash(const struct put *put, uint32_t *table, uint32_t mask)
{
	for (uint32_t i = 0; i < put->from->n_steps; i++) {
		uint32_t at = hash_of(&put->from->steps[i]), probe = 0;

		while (probe < STEP_PROBES && table[(at + probe) & mask])
			probe++;
		if (probe == STEP_PROBES)
			return false;
		table[(at + probe) & mask] = put->steps[i];
	}
	return true;
}

static int put_hash(struct put *put, struct places *places)
{
	uint32_t mask = LINE_WORDS - 1, line;
	uint32_t *table = calloc(mask + 1u, sizeof(*table));

	while (table && !fill_hash(put, table, mask)) {
		mask = mask * 2 + 1;
		free(table);
		table = calloc(mask + 1u, sizeof(*table));
	}
	line = table ? arena_lines(put->arena, (mask + 1) / LINE_WORDS) : 0;
	if (line) {
		memcpy(arena_line(put->arena, line), table, (mask + 1u) * sizeof(*table));
		places->hash_line = line - put->line;
		places->hash_mask = mask;
	}
	free(table);
	return line ? 0 : -ENOMEM;
}

/* Returns the relative line of a pattern, or 0. */
static uint32_t put_pattern(struct put *put, const struct path_name *name)
{
	uint32_t prefix = (uint32_t)name->star, suffix = name->len - prefix - 1, after = (prefix + 7) / 8 * 8;
	uint32_t line = put_text(put->arena, (size_t)after + suffix);
	struct pattern *to = (struct pattern *)arena_line(put->arena, line);

	if (!line)
		return 0;
	*to = (struct pattern){.prefix = prefix, .suffix = suffix};
	memcpy((char *)to + offsetof(struct pattern, text), name->text, prefix);
	memcpy((char *)to + offsetof(struct pattern, text) + after, name->text + prefix + 1, suffix);
	return line - put->line;
}

static int put_patterns(struct put *put, struct places *places)
{
	const struct compiled_places *from = put->from;
	uint32_t heads = arena_lines(put->arena, lines_for(from->n_places + 1u));

	if (!heads)
		return -ENOMEM;
	places->pattern_line = heads - put->line;
	for (uint32_t i = 0; i < from->n_places; i++) {
		const struct compiled_place *place = &from->places[i];
		uint32_t list = place->n_patterns ? arena_lines(put->arena, lines_for(place->n_patterns + 1u)) : 0;

		if (!place->n_patterns)
			continue;
		if (!list)
			return -ENOMEM;
		*word_at(put, list * LINE_WORDS) = place->n_patterns;
		*word_at(put, heads * LINE_WORDS + i + 1) = (list - put->line) * LINE_WORDS;
		for (uint32_t k = 0; k < place->n_patterns; k++) {
			uint32_t line = put_pattern(put, &from->patterns[place->patterns + k]);

			if (!line)
				return -ENOMEM;
			*word_at(put, list * LINE_WORDS + 1 + k) = line;
		}
	}
	return 0;
}

/* The lists are close together: most places have one subject, so that eight lists share a line. */
static int put_subjects(struct put *put, struct places *places)
{
	const struct compiled_places *from = put->from;
	uint32_t heads = lines_for(from->n_places + 1u);
	uint32_t line = arena_lines(put->arena, heads + lines_for((size_t)from->n_words + from->n_places));
	uint32_t at = (line + heads) * LINE_WORDS;

	if (!line)
		return -ENOMEM;
	places->subject_line = line;
	for (uint32_t i = 0; i < from->n_places; i++) {
		const struct compiled_place *place = &from->places[i];

		if (!place->n_subjects)
			continue;
		*word_at(put, line * LINE_WORDS + i + 1) = at;
		*word_at(put, at++) = place->n_subjects | place->n_own << 16;
		for (uint32_t k = 0; k < place->n_subjects; k++)
			*word_at(put, at++) = from->words[place->subjects + k];
	}
	return 0;
}

static int put_places(struct put *put)
{
	struct places places = {.places = put->from->n_places,
				.depth = put->from->depth,
				.most = put->from->exact ? put->from->n_places : 0};

	put->line = arena_lines(put->arena, 1);
	if (!put->line || put_steps(put) || put_hash(put, &places) || put_patterns(put, &places))
		return -ENOMEM;
	places.lines = put->arena->n - put->line;
	if (put_subjects(put, &places))
		return -ENOMEM;
	memcpy(arena_line(put->arena, put->line), &places, sizeof(places));
	return 0;
}

int places_put(const struct subject_source *subjects, uint32_t n, struct arena *arena, uint32_t *line,
	       struct error *err)
{
	struct compiled_places places = {};
	struct put put = {.from = &places, .arena = arena};
	int ret = 0;

	*line = 0;
	for (uint32_t i = 0; i < n && !*line; i++)
		*line = subjects[i].kind == SUBJECT_CGROUP;
	if (!*line)
		return 0;
	if (places_compile(subjects, n, &places, err))
		return -1;
	ret = put_places(&put);
	*line = put.line;
	free(put.steps);
	places_free(&places);
	return ret ? error_errno(err, -ret, "cannot build the tables") : 0;
}
