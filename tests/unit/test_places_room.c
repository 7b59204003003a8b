// SPDX-License-Identifier: GPL-2.0-only
/* How much room places take, and what fits in. */
#include "unit.h"
#include <stdlib.h>
#include "places.h"

/* How many cgroups can have places is known only where each place stands for one path. */
static void room_is_for_more_cgroups_than_places(void **state)
{
	static const struct {
		const char *path;
		bool exact;
	} cases[] = {{"/a/b", true}, {"/a/*", false}, {"web.service", false}, {"a.slice", false}};
	struct tables t;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const struct places *places;

		begin();
		wanted(cases[i].path);
		open_or_fail(&t);
		places = (const struct places *)tables_line(&t, t.header->cgroups);
		assert_case(places->most == (cases[i].exact ? places->places : 0), cases[i].path);
		tables_close(&t);
	}
}

static void long_names_are_told_apart_to_the_last_byte(void **state)
{
	char text[NAME_SIZE + 1] = "/", name[NAME_SIZE] = "";
	struct tables t;
	struct error err = {};

	(void)state;
	for (size_t len = 1; len < NAME_SIZE; len++) {
		begin();
		memset(text + 1, 'x', len);
		text[len + 1] = '\0';
		subjects[1] = (struct subject_source){.kind = SUBJECT_CGROUP, .path = text};
		n_subjects = 2;
		if (open_tables(&t, &err))
			fail_msg("%s", err.text);
		snprintf(name, sizeof(name), "%s", text + 1);
		assert_int_equal(place_of_child(&t, t.header->cgroups, 1, name), 2);
		name[len - 1] = 'y';
		assert_int_equal(place_of_child(&t, t.header->cgroups, 1, name), 0);
		name[len - 1] = '\0';
		assert_int_equal(place_of_child(&t, t.header->cgroups, 1, name), 0);
		tables_close(&t);
	}
}

static void more_than_fits_is_refused(void **state)
{
	struct error err = {};
	struct tables t;
	char path[64];

	(void)state;
	begin();
	for (int i = 0; i < PLACE_PATTERNS; i++) {
		snprintf(path, sizeof(path), "/%d-*", i);
		wanted(path);
	}
	open_or_fail(&t);
	tables_close(&t);
	wanted("/*-x");
	assert_int_equal(open_tables(&t, &err), -1);
	assert_int_equal(err.code, ERR_FULL);
	assert_in(err.text, "33 different ones");
	/* Each level doubles the sets of patterns that may have matched. */
	begin();
	for (int i = 0; i < 20; i++) {
		char *at = path;

		for (int level = 0; level < 20; level++)
			at += sprintf(at, level == i ? "/a*" : "/*");
		wanted(path);
	}
	err = (struct error){};
	assert_int_equal(open_tables(&t, &err), -1);
	assert_int_equal(err.code, ERR_FULL);
	assert_in(err.text,
		  "20 different ones, 20 of them patterns, need more than 65536 places: patterns that overlap");
}

/* What one ruleset has for the same paths is the same in another, whatever else it has, and in whatever order. */
static void equal_paths_have_equal_places(void **state)
{
	struct compiled_places one, other;
	struct error err = {};

	(void)state;
	begin();
	wanted("/b");
	wanted("/a*/x");
	wanted("/*b/y");
	assert_int_equal(places_compile(subjects, n_subjects, &one, &err), 0);
	begin();
	subjects[n_subjects++] = (struct subject_source){.kind = SUBJECT_UID, .id = 7};
	wanted("/*b/y");
	wanted("/b");
	wanted("/a*/x");
	assert_int_equal(places_compile(subjects, n_subjects, &other, &err), 0);
	assert_int_equal(one.n_places, other.n_places);
	assert_int_equal(one.n_steps, other.n_steps);
	for (uint32_t i = 0; i < one.n_steps; i++) {
		assert_int_equal(one.steps[i].from, other.steps[i].from);
		assert_int_equal(one.steps[i].to, other.steps[i].to);
		assert_int_equal(one.steps[i].set, other.steps[i].set);
	}
	places_free(&one);
	places_free(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(room_is_for_more_cgroups_than_places),
		cmocka_unit_test(long_names_are_told_apart_to_the_last_byte),
		cmocka_unit_test(more_than_fits_is_refused),
		cmocka_unit_test(equal_paths_have_equal_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
