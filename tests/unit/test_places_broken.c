// SPDX-License-Identifier: GPL-2.0-only
/* Places that lead nowhere. What is asked says so, and does not say that there is no rule: the programs block then. */
#include "places.h"

#define NOWHERE 0x4000000u /* a line past the arena */

static struct places *head_of(struct tables *t)
{
	return (struct places *)tables_line(t, t->header->cgroups);
}

static uint32_t *word_of(struct tables *t, uint32_t word)
{
	return &tables_line(t, word / LINE_WORDS)->w[word % LINE_WORDS];
}

static void open_two(struct tables *t)
{
	begin();
	wanted("/a");
	wanted("/b*");
	open_or_fail(t);
}

static void places_that_lead_nowhere_are_broken(void **state)
{
	struct tables t;
	struct places was, *head;
	struct generation g = {.t = &t};
	uint32_t line, list, *word;

	(void)state;
	open_two(&t);
	line = t.header->cgroups;
	head = head_of(&t);
	was = *head;
	assert_int_equal(place_of_child(&t, line, 1, "c"), 0);
	assert_int_equal(place_of_child(&t, NOWHERE, 1, "c"), PLACE_BROKEN);
	assert_int_equal(find_step(&g, NOWHERE, 1, 1), PLACE_BROKEN);
	assert_int_equal(place_subject_at(&g, NOWHERE, 2, 0), PLACE_BROKEN);
	head->hash_line = NOWHERE;
	assert_int_equal(place_of_child(&t, line, 1, "c"), PLACE_BROKEN);
	*head = was;
	head->pattern_line = NOWHERE;
	assert_int_equal(place_of_child(&t, line, 1, "a"), 2);
	assert_int_equal(place_of_child(&t, line, 1, "c"), PLACE_BROKEN);
	*head = was;
	word = word_of(&t, (line + head->pattern_line) * LINE_WORDS + 1);
	list = *word;
	*word = NOWHERE * LINE_WORDS;
	assert_int_equal(place_of_child(&t, line, 1, "c"), PLACE_BROKEN);
	*word = list;
	word = word_of(&t, line * LINE_WORDS + list + 1);
	list = *word;
	*word = NOWHERE;
	assert_int_equal(place_of_child(&t, line, 1, "c"), PLACE_BROKEN);
	*word = list;
	((struct pattern *)tables_line(&t, line + list))->prefix = 1;
	assert_int_equal(place_of_child(&t, line, 1, "c"), 0);
	for (uint32_t i = 0; i <= head->hash_mask; i++) {
		word = word_of(&t, (line + head->hash_line) * LINE_WORDS + i);
		*word = *word ? NOWHERE : 0;
	}
	assert_int_equal(place_of_child(&t, line, 1, "a"), PLACE_BROKEN);
	tables_close(&t);
}

/* The text of a name may be cut off where the arena ends. */
static void a_name_past_the_arena_is_broken(void **state)
{
	__u64 words[NAME_WORDS] = {};
	char text[NAME_SIZE] = "/";
	struct tables t;
	struct generation g = {.t = &t, .name = words};
	uint32_t lines = 0;

	(void)state;
	begin();
	memset(text + 1, 'x', 200);
	subjects[1] = (struct subject_source){.kind = SUBJECT_CGROUP, .path = text};
	n_subjects = 2;
	open_or_fail(&t);
	for (uint32_t i = 0; i <= head_of(&t)->hash_mask; i++)
		lines |= *word_of(&t, (t.header->cgroups + head_of(&t)->hash_line) * LINE_WORDS + i);
	assert_int_equal(place_of_child(&t, t.header->cgroups, 1, text + 1), 2);
	/* The step moves to the end, where all but its last line fits. */
	for (uint32_t i = 0; i <= head_of(&t)->hash_mask; i++) {
		uint32_t *word = word_of(&t, (t.header->cgroups + head_of(&t)->hash_line) * LINE_WORDS + i);

		if (*word) {
			memmove(tables_line(&t, t.max_lines - 3), tables_line(&t, t.header->cgroups + lines),
				3 * sizeof(struct line));
			*word = t.max_lines - 3 - t.header->cgroups;
		}
	}
	memcpy(words, text + 1, 200);
	assert_int_equal(find_step(&g, t.header->cgroups, 1, 200), PLACE_BROKEN);
	tables_close(&t);
}

static void lists_that_lead_nowhere_are_broken(void **state)
{
	struct tables t;
	struct places *head;
	struct generation g = {.t = &t};
	uint32_t line, list, *word, subject;

	(void)state;
	open_two(&t);
	line = t.header->cgroups;
	head = head_of(&t);
	assert_int_equal(place_subject_at(&g, line, 1, 0), 0);
	subject = place_subject_at(&g, line, 2, 0);
	assert_true(subject == 1 || subject == 2);
	assert_int_equal(place_subject_at(&g, line, 2, 1), 0);
	assert_int_equal(place_subject_at(&g, line, head->places + 1, 0), PLACE_BROKEN);
	word = word_of(&t, head->subject_line * LINE_WORDS + 2);
	list = *word;
	*word = NOWHERE * LINE_WORDS;
	assert_int_equal(place_subject_at(&g, line, 2, 0), PLACE_BROKEN);
	*word = t.max_lines * LINE_WORDS - 1;
	*word_of(&t, *word) = 1;
	assert_int_equal(place_subject_at(&g, line, 2, 0), PLACE_BROKEN);
	*word = list;
	*word_of(&t, list) = PLACE_SUBJECTS + 1;
	assert_int_equal(place_subject_at(&g, line, 2, 0), PLACE_BROKEN);
	*word_of(&t, list) = 1;
	*word_of(&t, list + 1) = 0;
	assert_int_equal(place_subject_at(&g, line, 2, 0), PLACE_BROKEN);
	head->subject_line = NOWHERE;
	assert_int_equal(place_subject_at(&g, line, 2, 0), PLACE_BROKEN);
	tables_close(&t);
}

/* What is asked as a cgroup's subject is one. And a call looks at no more ranges than there can be. */
static void other_numbers_than_there_can_be_are_broken(void **state)
{
	struct tables t;
	struct generation g = {.t = &t};

	(void)state;
	open_two(&t);
	assert_int_not_equal(subject_root(&g, t.header, SUBJECT_CGROUP, 1, 0), REF_BROKEN);
	assert_int_equal(subject_root(&g, t.header, SUBJECT_CGROUP, 0, 0), REF_BROKEN);
	t.header->ranges[0] = ID_RANGES;
	((struct line *)tables_line(&t, t.header->subject_line + t.header->subjects))->w[0] = 7;
	assert_int_equal(range_at(&g, t.header, 0, 0), 7);
	t.header->ranges[0]++;
	assert_int_equal(range_at(&g, t.header, 0, 0), 0);
	assert_int_equal(t.header->ranges[1], 0);
	tables_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_that_lead_nowhere_are_broken),
		cmocka_unit_test(a_name_past_the_arena_is_broken),
		cmocka_unit_test(lists_that_lead_nowhere_are_broken),
		cmocka_unit_test(other_numbers_than_there_can_be_are_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
