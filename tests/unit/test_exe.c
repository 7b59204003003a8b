// SPDX-License-Identifier: GPL-2.0-only
/* Paths of programs: what they are split into, and where their links lead. */
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "rule/exe.h"
#include "unit.h"

struct seen {
	char text[512];
	uint64_t last;
	size_t stop; /* after so many */
	size_t n;
};

static int see(uint64_t from, const char *name, size_t len, uint64_t to, void *arg)
{
	struct seen *seen = arg;

	assert_true(from == seen->last && to && to != from);
	seen->last = to;
	snprintf(seen->text + strlen(seen->text), sizeof(seen->text) - strlen(seen->text), "%.*s ", (int)len, name);
	return ++seen->n == seen->stop ? 7 : 0;
}

static void goes_from_the_end(void **state)
{
	struct seen seen = {}, two = {.stop = 2};
	uint64_t id = 0;

	(void)state;
	assert_int_equal(exe_each_name("/usr/bin/curl", see, &seen, &id), 0);
	assert_string_equal(seen.text, "curl bin usr ");
	assert_true(id == seen.last && id == exe_id("/usr/bin/curl"));
	assert_int_equal(exe_each_name("/usr/bin/curl", see, &two, &id), 7);
	assert_string_equal(two.text, "curl bin ");
	assert_true(two.last == exe_id("/bin/curl"));
}

static void each_path_has_its_own_id(void **state)
{
	static const char *const paths[] = {"/a",
					    "/b",
					    "/a/a",
					    "/a/b",
					    "/b/a",
					    "/ab",
					    "/ba",
					    "/a/a/a",
					    "/usr/bin/curl",
					    "/usr/bin/curl ",
					    "/usr/local/bin/curl",
					    "/usr/bin/cur"};

	(void)state;
	for (size_t i = 0; i < LENGTH(paths); i++) {
		assert_true(exe_id(paths[i]) == exe_id(paths[i]));
		for (size_t j = 0; j < i; j++)
			assert_case(exe_id(paths[i]) != exe_id(paths[j]), paths[i]);
	}
}

/* Returns a path below the directory. */
static const char *in(const char *directory, const char *name)
{
	static char path[4][PATH_MAX];
	static unsigned int n;
	char *to = path[n++ % 4];

	snprintf(to, PATH_MAX, "%s/%s", directory, name);
	return to;
}

static void make(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void follows_links(void **state)
{
	char directory[] = "/tmp/lsmctl-exe-XXXXXX", exe[CGROUP_SIZE], to[CGROUP_SIZE], *real;
	struct error err = {};

	(void)state;
	assert_non_null(mkdtemp(directory));
	real = realpath(directory, NULL);
	assert_non_null(real);
	make(in(real, "program"), "\177ELF");
	make(in(real, "script"), "#!/bin/sh\n");
	assert_int_equal(mkdir(in(real, "dir"), 0700), 0);
	assert_int_equal(symlink("program", in(real, "link")), 0);
	assert_int_equal(symlink("dir", in(real, "linked")), 0);
	assert_int_equal(symlink("nothing", in(real, "dangling")), 0);
#define LEADS(name, end)                                                                                               \
	do {                                                                                                           \
		assert_int_equal(exe_parse(in(real, name), exe, &err), 0);                                             \
		assert_string_equal(exe, in(real, end));                                                               \
	} while (0)
	LEADS("program", "program");
	LEADS("link", "program");
	LEADS("linked/later", "dir/later");
	LEADS("no/where", "no/where");
	LEADS("dangling", "dangling");
	assert_false(exe_is_missing(in(real, "program")));
	assert_true(exe_is_missing(in(real, "dir/later")));
	assert_true(exe_is_missing(in(real, "program/later")));
	assert_true(exe_leads_elsewhere(in(real, "link"), to));
	assert_string_equal(to, in(real, "program"));
	assert_false(exe_leads_elsewhere(in(real, "program"), to));
	assert_false(exe_leads_elsewhere(in(real, "dir/later"), to));
	assert_int_equal(exe_check(in(real, "program"), &err), 0);
	assert_int_equal(exe_check(in(real, "dir/later"), &err), 0);
	assert_int_equal(exe_check(in(real, "dir"), &err), -1);
	assert_in(err.text, "this is a directory");
	err = (struct error){};
	assert_int_equal(exe_check(in(real, "script"), &err), -1);
	assert_in(err.text, "sees its interpreter");
	for (const char *const *name = (const char *const[]){"program", "script", "link", "linked", "dangling", NULL};
	     *name; name++)
		assert_int_equal(unlink(in(real, *name)), 0);
	assert_int_equal(rmdir(in(real, "dir")), 0);
	assert_int_equal(rmdir(real), 0);
	free(real);
}

static void refuses_what_is_no_path(void **state)
{
	static const char *const bad[][2] = {
		{"", "starts with '/'"},
		{"curl", "starts with '/'"},
		{"./curl", "starts with '/'"},
		{"/", "without empty names"},
		{"/a/", "a slash at its end"},
		{"/a//b", "without empty names"},
		{"/a/../b", "type the path without"},
		{"/./a", "type the path without"},
		{"/a\nb", "only printable UTF-8"},
	};
	char exe[CGROUP_SIZE] = "as before", long_name[400], many[100] = "";
	struct error err = {};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		err = (struct error){};
		assert_case(exe_parse(bad[i][0], exe, &err) == -1, bad[i][0]);
		assert_in(err.text, bad[i][1]);
		assert_string_equal(exe, "as before");
	}
	memset(long_name, 'a', sizeof(long_name));
	long_name[0] = '/';
	long_name[257] = '\0';
	err = (struct error){};
	assert_int_equal(exe_parse(long_name, exe, &err), -1);
	assert_in(err.text, "at most 255 bytes");
	long_name[256] = '\0';
	assert_int_equal(exe_parse(long_name, exe, &err), 0);
	for (int i = 0; i < 31; i++)
		strcat(many, "/b");
	assert_int_equal(exe_parse(many, exe, &err), 0);
	strcat(many, "/b");
	err = (struct error){};
	assert_int_equal(exe_parse(many, exe, &err), -1);
	assert_in(err.text, "at most 31 names");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_from_the_end),
		cmocka_unit_test(each_path_has_its_own_id),
		cmocka_unit_test(refuses_what_is_no_path),
		cmocka_unit_test(follows_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
