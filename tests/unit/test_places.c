// SPDX-License-Identifier: GPL-2.0-only
/* The places of cgroups: which subjects are for a cgroup, held against a matcher that looks at each path. */
#include "places.h"

static uint64_t random_state;

static uint32_t below(uint32_t n)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % n;
}

/* A name with one star at most. */
static bool name_fits(const char *pattern, const char *name)
{
	const char *star = strchr(pattern, '*');
	size_t before = star ? (size_t)(star - pattern) : 0, after = star ? strlen(star + 1) : 0, len = strlen(name);

	if (!star)
		return !strcmp(pattern, name);
	return before + after <= len && !strncmp(pattern, name, before) && !strcmp(star + 1, name + len - after);
}

static uint32_t split(const char *path, char names[8][64])
{
	char copy[256], *at = copy, *name;
	uint32_t n = 0;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((name = strsep(&at, "/"))) {
		if (*name)
			snprintf(names[n++], sizeof(names[0]), "%s", name);
	}
	return n;
}

/* Whether a path of a rule is that of the cgroup with the first n of these names. */
static bool path_fits(const char *path, char names[8][64], uint32_t n)
{
	char wants[8][64];
	uint32_t m;

	if (*path != '/') {
		for (uint32_t i = 0; i + 1 < n; i++) {
			if (!name_fits("*.slice", names[i]))
				return false;
		}
		return n && name_fits(path, names[n - 1]);
	}
	m = split(path, wants);
	for (uint32_t i = 0; m == n && i < n; i++) {
		if (!name_fits(wants[i], names[i]))
			return false;
	}
	return m == n;
}

/* Whether path a is asked before b, within a level. */
static bool is_before(const char *a, const char *b)
{
	size_t bytes[2] = {};
	bool star_a = strchr(a, '*'), star_b = strchr(b, '*');

	if (star_a != star_b)
		return star_b;
	if ((*a == '/') != (*b == '/'))
		return *a == '/';
	for (const char *c = a; *c; c++)
		bytes[0] += *c != '*';
	for (const char *c = b; *c; c++)
		bytes[1] += *c != '*';
	return bytes[0] != bytes[1] ? bytes[0] > bytes[1] : strcmp(a, b) < 0;
}

/* The subjects for a cgroup in their order, without those that come again. */
static uint32_t naive_list(const char *cgroup, uint32_t list[MOST])
{
	char names[8][64];
	uint32_t n = 0;

	for (uint32_t level = split(cgroup, names) + 1; level-- > 0;) {
		uint32_t first = n;

		for (uint32_t i = 1; i < n_subjects; i++) {
			uint32_t at = n;
			bool again = false;

			for (uint32_t k = 0; k < n; k++)
				again |= list[k] == i;
			if (again || !path_fits(paths[i], names, level))
				continue;
			for (; at > first && is_before(paths[i], paths[list[at - 1]]); at--)
				list[at] = list[at - 1];
			list[at] = i;
			n++;
		}
	}
	return n;
}

static uint32_t list_of(struct tables *t, const char *cgroup, uint32_t list[MOST])
{
	struct generation g = {.t = t};
	char names[8][64];
	uint32_t n = split(cgroup, names), place = 1;
	const struct places *places = (const struct places *)tables_line(t, t->header->cgroups);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t next = place_of_child(t, t->header->cgroups, place, names[i]);

		if (!next)
			break;
		assert_true(i < places->depth && next <= places->places);
		place = next;
	}
	for (n = 0; n < MOST; n++) {
		list[n] = place_subject_at(&g, t->header->cgroups, place, n);
		if (!list[n])
			break;
		assert_int_not_equal(list[n], PLACE_BROKEN);
	}
	return n;
}

static void check(struct tables *t, const char *cgroup)
{
	uint32_t found[MOST + 1], naive[MOST + 1], n = list_of(t, cgroup, found), m = naive_list(cgroup, naive);
	char text[1024] = "";

	for (uint32_t i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s", paths[found[i]]);
	if (n == m && !memcmp(found, naive, n * sizeof(*found)))
		return;
	snprintf(text + strlen(text), sizeof(text) - strlen(text), ", not");
	for (uint32_t i = 0; i < m; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s", paths[naive[i]]);
	fail_msg("%s has%s", cgroup, text);
}

static void patterns_that_overlap_hold_together(void **state)
{
	static const char *const all[] = {"/a*/x", "/*b/y", "/ab/z", "/",     "/*",    "/a*",
					  "/*b",   "/ab",   "/aab*", "/*a/*", "/x/y/z"};
	static const char *const cgroups[] = {"/",     "/ab",	"/ab/x",  "/ab/y", "/ab/z", "/a/x", "/a/y",
					      "/b/y",  "/b/x",	"/aab/x", "/aab",  "/x",    "/x/y", "/x/y/z/deep/er",
					      "/ab/q", "/a/a/a"};
	struct tables t;

	(void)state;
	begin();
	for (size_t i = 0; i < LENGTH(all); i++)
		wanted(all[i]);
	open_or_fail(&t);
	for (size_t i = 0; i < LENGTH(cgroups); i++)
		check(&t, cgroups[i]);
	tables_close(&t);
}

/* Below slices only. */
static void units_are_found_below_slices(void **state)
{
	static const char *const cgroups[] = {"/web.service",
					      "/system.slice/web.service",
					      "/a.slice/a-b.slice/a-b-c.slice/web.service/below",
					      "/user.slice/user-1.slice/user@1.service/app.slice/web.service",
					      "/system.slice/web@1.service",
					      "/system.slice",
					      "/system.slice/system-x.slice",
					      "/docker/web.service"};
	struct tables t;

	(void)state;
	begin();
	wanted("web.service");
	wanted("web@*.service");
	wanted("/system.slice/web.service");
	wanted("system-x.slice");
	open_or_fail(&t);
	for (size_t i = 0; i < LENGTH(cgroups); i++)
		check(&t, cgroups[i]);
	tables_close(&t);
}

/* A name of one to four letters, or what looks like one, with a star. */
static void random_name(char *to, bool pattern)
{
	uint32_t len = 1 + below(4), star = pattern && below(2) ? below(len + 1) : UINT32_MAX;

	for (uint32_t i = 0; i <= len; i++) {
		if (i == star)
			*to++ = '*';
		if (i < len)
			*to++ = (char)('a' + below(2));
	}
	*to = '\0';
	if (!below(4))
		strcat(to, ".slice");
}

static void random_path(char *to, bool pattern)
{
	uint32_t n = 1 + below(3);

	*to = '\0';
	if (pattern && !below(8)) {
		random_name(to, true);
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		strcat(to, "/");
		random_name(to + strlen(to), pattern);
	}
}

static void random_paths_are_matched_as_by_looking_at_each(void **state)
{
	(void)state;
	random_state = 5;
	for (uint32_t round = 0; round < 400; round++) {
		uint32_t n = 1 + below(14);
		struct tables t;
		char path[64];

		begin();
		for (uint32_t i = 0; i < n; i++) {
			random_path(path, true);
			wanted(path);
		}
		open_or_fail(&t);
		for (uint32_t i = 0; i < 200; i++) {
			random_path(path, false);
			check(&t, path);
		}
		tables_close(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_that_overlap_hold_together),
		cmocka_unit_test(units_are_found_below_slices),
		cmocka_unit_test(random_paths_are_matched_as_by_looking_at_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
