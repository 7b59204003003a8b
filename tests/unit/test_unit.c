// SPDX-License-Identifier: GPL-2.0-only
/* Units and slices of users as subjects: what is taken, what is refused and how, and which cgroups they cover. */
#include "unit.h"
#include "rule/subject.h"
#include "rule/unit.h"

static void takes_units(void **state)
{
	static const char *const good[][2] = {
		{"web", "web.service"},
		{"web.service", "web.service"},
		{"session-3.scope", "session-3.scope"},
		{"a-b.slice", "a-b.slice"},
		{"web.socket", "web.socket"},
		{"home-kim.mount", "home-kim.mount"},
		{"dev-vda2.swap", "dev-vda2.swap"},
		{"example.com", "example.com.service"},
		{"web.service.service", "web.service.service"},
		{"web@1", "web@1.service"},
		{"web@*", "web@*.service"},
		{"web@*.service", "web@*.service"},
		{"*", "*.service"},
		{"*.scope", "*.scope"},
		{"dev-x\\x2dy.swap", "dev-x\\x2dy.swap"},
		{"user@1000", "user@1000.service"},
		{"a:b_C.9", "a:b_C.9.service"},
		/* systemd keeps these cgroups apart from files of the kernel's. */
		{"io", "_io.service"},
		{"cpu.slice", "_cpu.slice"},
		{"cgroup.procs", "_cgroup.procs.service"},
		{"_x.service", "__x.service"},
		{"..x", "_..x.service"},
		{"cpus", "cpus.service"},
		{"io*", "io*.service"},
	};
	char cgroup[CGROUP_SIZE], again[CGROUP_SIZE];
	struct error err = {};

	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++) {
		if (unit_parse(good[i][0], cgroup, &err))
			fail_msg("%s: %s", good[i][0], err.text);
		assert_string_equal(cgroup, good[i][1]);
		assert_true(cgroup_is_unit(cgroup));
		assert_int_equal(unit_parse(unit_name(cgroup), again, &err), 0);
		assert_string_equal(cgroup, again);
	}
	assert_false(cgroup_is_unit("/web.service"));
	assert_false(cgroup_is_unit("/"));
	assert_false(cgroup_is_unit(""));
}

static void refuses_what_is_no_unit(void **state)
{
	static const char *const bad[][2] = {
		{"", "such as web.service"},
		{".service", "such as web.service"},
		{"../x", "has no '/'"},
		{"a/b", "has no '/'"},
		{"/system.slice/web.service", "path after 'cgroup'"},
		{"a b", "systemd-escape"},
		{"caf\xc3\xa9", "systemd-escape"},
		{"a\n", "systemd-escape"},
		{"a*b*", "one '*'"},
		{"**", "one '*'"},
		{"web.timer", "have no processes"},
		{"multi-user.target", "have no processes"},
		{"web.*", "the kind of unit"},
		{"web.s*e", "the kind of unit"},
		{"web@.service", "type '*' behind"},
		{"web@", "type '*' behind"},
		{"-.slice", "'cgroup /'"},
	};
	char cgroup[CGROUP_SIZE] = "as it was", name[NAME_SIZE + 16];
	struct error err = {};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		err = (struct error){};
		assert_case(unit_parse(bad[i][0], cgroup, &err) == -1, bad[i][0]);
		assert_in(err.text, "bad unit, near '");
		assert_in(err.text, bad[i][1]);
		assert_string_equal(cgroup, "as it was");
	}
	/* The suffix that is meant counts, and the byte that systemd adds. */
	memset(name, 'x', sizeof(name));
	name[NAME_SIZE - 1] = '\0';
	memcpy(name + NAME_SIZE - 1 - strlen(".service"), ".service", strlen(".service"));
	assert_int_equal(unit_parse(name, cgroup, &err), 0);
	assert_int_equal(strlen(cgroup), NAME_SIZE - 1);
	name[NAME_SIZE - 1 - strlen(".service")] = '\0';
	assert_int_equal(unit_parse(name, cgroup, &err), 0);
	assert_int_equal(strlen(cgroup), NAME_SIZE - 1);
	name[0] = '_';
	err = (struct error){};
	assert_int_equal(unit_parse(name, cgroup, &err), -1);
	assert_in(err.text, "255 bytes");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	err = (struct error){};
	assert_int_equal(unit_parse(name, cgroup, &err), -1);
	assert_in(err.text, "255 bytes");
}

static void slices_of_users_are_paths(void **state)
{
	char cgroup[CGROUP_SIZE] = "as it was";
	struct error err = {};

	(void)state;
	assert_int_equal(user_slice_parse("nosuchuser", cgroup, &err), -1);
	assert_in(err.text, "no such user, near 'nosuchuser'");
	assert_string_equal(cgroup, "as it was");
	assert_int_equal(user_slice_parse("", cgroup, &err), -1);
	assert_int_equal(user_slice_parse("0-5", cgroup, &err), -1);
	assert_int_equal(user_slice_parse("4294967295", cgroup, &err), -1);
	assert_int_equal(user_slice_parse("root", cgroup, &err), 0);
	assert_string_equal(cgroup, "/user.slice/user-0.slice");
	assert_int_equal(user_slice_parse("4294967294", cgroup, &err), 0);
	assert_string_equal(cgroup, "/user.slice/user-4294967294.slice");
}

static void a_unit_covers_what_is_below_slices(void **state)
{
	static const struct {
		const char *unit, *path;
		bool covers;
	} cases[] = {
		{"web.service", "/web.service", true},
		{"web.service", "/system.slice/web.service", true},
		{"web.service", "/system.slice/web.service/a/b", true},
		{"web.service", "/a.slice/a-b.slice/web.service", true},
		{"web.service", "/a/web.service", false},
		{"web.service", "/x.scope/web.service", false},
		{"web.service", "/user.slice/user-1.slice/user@1.service/web.service", false},
		{"web.service", "/user.slice/user-1.slice/user@1.service/app.slice/web.service", false},
		{"user@1.service", "/user.slice/user-1.slice/user@1.service/app.slice/web.service", true},
		{"web.service", "/web.service.slice", false},
		{"web.service", "/", false},
		{"web.service", "", false},
		{"web@*.service", "/system.slice/system-web.slice/web@7.service", true},
		{"web@*.service", "/system.slice/web@.service", true},
		{"web@*.service", "/system.slice/web.service", false},
		{"a.slice", "/a.slice", true},
		{"a.slice", "/a.slice/a-b.slice/x", true},
		{"a-b.slice", "/a.slice/a-b.slice", true},
		{"a-b.slice", "/a.slice", false},
		{"*.slice", "/a.slice", true},
		{"web.service", "/.slice/web.service", true},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_case(cgroup_covers(cases[i].unit, cases[i].path) == cases[i].covers, cases[i].path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_units),
		cmocka_unit_test(refuses_what_is_no_unit),
		cmocka_unit_test(slices_of_users_are_paths),
		cmocka_unit_test(a_unit_covers_what_is_below_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
