// SPDX-License-Identifier: GPL-2.0-only
/* The values of a rule's words: subjects, durations, sets, comments; ports are in test_ports.c. */
#include "unit.h"
#include <inttypes.h>
#include <grp.h>
#include <pwd.h>
#include "rule/duration.h"
#include "rule/parse.h"
#include "rule/subject.h"

#define SECOND UINT64_C(1000000000)

static void takes_durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t seconds;
		const char *back;
	} cases[] = {
		{"0", 0, "0s"},
		{"1", 1, "1s"},
		{"90", 90, "1m30s"},
		{"90s", 90, "1m30s"},
		{"5m", 300, "5m"},
		{"120m", 7200, "2h"},
		{"2h30m", 9000, "2h30m"},
		{"1d", 86400, "1d"},
		{"1d1s", 86401, "1d1s"},
		{"0h5m", 300, "5m"},
		{"1d2h3m4s", 93784, "1d2h3m4s"},
		{"36500d", DURATION_MAX / SECOND, "36500d"},
		{"3153600000", DURATION_MAX / SECOND, "36500d"},
	};
	static const char *const bad[] = {
		"",
		"s",
		"m5",
		"5x",
		"5 m",
		" 5",
		"-5",
		"+5",
		"5m ",
		"1.5h",
		"5M",
		"30m2h",
		"5m5m",
		"2h30",
		"05",
		"2h05m",
		"5ms",
		"5min",
		"1w",
		"36500d1s",
		"36501d",
		"3153600001",
		"99999999999999999999",
		"99999999999999999999d",
		"0000000000000000001s",
		"forever",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		uint64_t ns = 77;
		char text[32];

		assert_case(!duration_parse(cases[i].text, &ns), cases[i].text);
		assert_case(ns == cases[i].seconds * SECOND, cases[i].text);
		duration_format(ns, text);
		assert_string_equal(text, cases[i].back);
	}
	for (size_t i = 0; i < LENGTH(bad); i++) {
		uint64_t ns = 77;

		assert_case(duration_parse(bad[i], &ns) == -1, bad[i]);
		assert_case(ns == 77, bad[i]);
	}
}

/* A saved timeout never ends early, and a running one never reads as expired. */
static void durations_count_a_begun_second(void **state)
{
	char text[32];

	(void)state;
	duration_format(1, text);
	assert_string_equal(text, "1s");
	duration_format(SECOND, text);
	assert_string_equal(text, "1s");
	duration_format(SECOND + 1, text);
	assert_string_equal(text, "2s");
	duration_format(UINT64_MAX, text);
	assert_string_equal(text, "213503d23h34m34s");
}

/* kind: SUBJECT_UID or SUBJECT_GID. whose, id: the words of messages. */
static void takes_ids(enum subject_kind kind, const char *root, const char *whose, const char *id)
{
	static const char *const bad[] = {"", "4294967295", "99999999999999999999", "-1", "01", "1x", "no user"};
	struct error err = {};
	uint32_t found = 77;

	assert_string_equal(ids_word(kind), id);
	assert_int_equal(id_parse(kind, "0", &found, &err), 0);
	assert_int_equal(found, 0);
	assert_int_equal(id_parse(kind, "4294967294", &found, &err), 0);
	assert_int_equal(found, 4294967294u);
	if (root) {
		assert_int_equal(id_parse(kind, root, &found, &err), 0);
		assert_int_equal(found, 0);
	}
	for (size_t i = 0; i < LENGTH(bad); i++) {
		found = 77;
		err = (struct error){};
		assert_case(id_parse(kind, bad[i], &found, &err) == -1, bad[i]);
		assert_in(err.text, bad[i]);
		assert_in(err.text, i == 1 || i == 2 ? "4294967294" : "no such ");
		assert_in(err.text, whose);
		assert_in(err.text, id);
		assert_int_equal(found, 77);
	}
}

static void takes_users_and_groups(void **state)
{
	const struct passwd *user = getpwuid(0);
	const struct group *group = getgrgid(0);
	char name[ID_NAME_SIZE] = "x";

	(void)state;
	takes_ids(SUBJECT_UID, user ? user->pw_name : NULL, "user", "uid");
	takes_ids(SUBJECT_GID, group ? group->gr_name : NULL, "group", "gid");
	id_name(SUBJECT_GID, 4294967294, name);
	assert_string_equal(name, "");
	id_name(SUBJECT_GID, 0, name);
	assert_string_equal(name, group ? group->gr_name : "");
	id_name(SUBJECT_UID, 0, name);
	assert_string_equal(name, user ? user->pw_name : "");
}

static void takes_cgroups(void **state)
{
	static const char *const good[][2] = {
		{"/", "/"},
		{"///", "/"},
		{"/a", "/a"},
		{"/a/", "/a"},
		{"/a//b///", "/a/b"},
		{"/sys/fs/cgroup", "/"},
		{"/sys/fs/cgroup/", "/"},
		{"/sys/fs/cgroup/system.slice/x.service/", "/system.slice/x.service"},
		{"/sys/fs/cgroupx", "/sys/fs/cgroupx"},
		{"/sys/fs", "/sys/fs"},
		{"/a/sys/fs/cgroup", "/a/sys/fs/cgroup"},
		{"/a b/c\\x2dd", "/a b/c\\x2dd"},
		{"/...", "/..."},
		{"/.a/..b", "/.a/..b"},
		{"/caf\xc3\xa9", "/caf\xc3\xa9"},
		{"/system.slice/docker-*.scope", "/system.slice/docker-*.scope"},
		{"/*/a*/*b", "/*/a*/*b"},
	};
	static const char *const bad[][2] = {
		{"", "starts with '/'"}, {"a", "starts with '/'"},  {"a/b", "starts with '/'"}, {"/..", "'..'"},
		{"/a/../b", "'..'"},	 {"/a/..", "'..'"},	    {"/./a", "'..'"},		{"/a/.", "'..'"},
		{"/a\n", "printable"},	 {"/a\033[m", "printable"}, {"/\xff", "printable"},	{"/a*b*", "one '*'"},
		{"/a/**", "one '*'"},
	};
	char cgroup[CGROUP_SIZE], path[CGROUP_SIZE + 100] = "/sys/fs/cgroup/";
	size_t before = strlen(path);
	struct error err = {};

	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++) {
		assert_case(!cgroup_parse(good[i][0], cgroup, &err), good[i][0]);
		assert_string_equal(cgroup, good[i][1]);
	}
	for (size_t i = 0; i < LENGTH(bad); i++) {
		err = (struct error){};
		strcpy(cgroup, "as it was");
		assert_case(cgroup_parse(bad[i][0], cgroup, &err) == -1, bad[i][0]);
		assert_in(err.text, bad[i][1]);
		assert_string_equal(cgroup, "as it was");
	}
	/* What counts is how long it is in the hierarchy. */
	memset(path + before, 'x', CGROUP_SIZE - 2);
	path[before + 200] = path[before + 400] = '/';
	err = (struct error){};
	assert_int_equal(cgroup_parse(path, cgroup, &err), 0);
	assert_int_equal(strlen(cgroup), CGROUP_SIZE - 1);
	strcat(path, "/");
	assert_int_equal(cgroup_parse(path, cgroup, &err), 0);
	path[strlen(path) - 1] = 'x';
	assert_int_equal(cgroup_parse(path, cgroup, &err), -1);
	assert_in(err.text, "511 bytes");
	memset(path, 'x', NAME_SIZE);
	path[0] = '/';
	path[NAME_SIZE] = '\0';
	err = (struct error){};
	assert_int_equal(cgroup_parse(path, cgroup, &err), 0);
	strcat(path, "x");
	assert_int_equal(cgroup_parse(path, cgroup, &err), -1);
	assert_in(err.text, "255 bytes");
	for (int level = 0; level < 31; level++)
		memcpy(path + (ptrdiff_t)level * 2, "/a", 3);
	err = (struct error){};
	assert_int_equal(cgroup_parse(path, cgroup, &err), 0);
	strcat(path, "/a");
	assert_int_equal(cgroup_parse(path, cgroup, &err), -1);
	assert_in(err.text, "31 levels");
}

static void a_rule_for_a_cgroup_covers_what_is_below(void **state)
{
	static const struct {
		const char *cgroup, *path;
		bool covers;
	} cases[] = {
		{"/", "/", true},	 {"/", "/a/b", true},	{"/a", "/a", true},	{"/a", "/a/b", true},
		{"/a", "/ab", false},	 {"/a/b", "/a", false}, {"/a*", "/ab/c", true}, {"/a*/c", "/ab/c/d", true},
		{"/a*/c", "/ab", false}, {"/*b", "/b", true},	{"/a*a", "/a", false},	{"/a*a", "/aa", true},
		{"/a*b", "/a/b", false}, {"/a/*", "/a", false}, {"/a", "/", false},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_case(cgroup_covers(cases[i].cgroup, cases[i].path) == cases[i].covers, cases[i].path);
}

static void takes_sets(void **state)
{
	static const char *const good[] = {
		"a", "7", "_", ".", "a-b_c.d", "feed-2024", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcde"};
	static const char *const bad[] = {"",	 "-",	 "-a",		"a b",
					  "a/b", "a\"b", "caf\xc3\xa9", "a\n",
					  "a;b", "a,b",	 "a:b",		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"};
	char set[SET_SIZE];

	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++) {
		struct error err = {};

		assert_case(!set_parse(good[i], set, &err), good[i]);
		assert_string_equal(set, good[i]);
	}
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct error err = {};

		strcpy(set, "as it was");
		assert_case(set_parse(bad[i], set, &err) == -1, bad[i]);
		assert_in(err.text, bad[i]);
		assert_string_equal(set, "as it was");
	}
}

static void comments_are_short_and_printable(void **state)
{
	static const char *const bad[] = {
		"two\nlines",
		"tab\t",
		"\033[31mred",
		"\007",
		"\x7f",
		"\xc2\x9b"
		"2J",		/* C1 control */
		"\xff",		/* never UTF-8 */
		"caf\xe9",	/* Latin-1 */
		"\xc3",		/* cut short */
		"\xc0\x80",	/* overlong */
		"\xed\xa0\x80", /* surrogate */
		"abc\xe2\x80\xae"
		"fdp.exe",		     /* right-to-left override */
		"\xe2\x81\xa6x\xe2\x81\xa9", /* isolates */
		"zero\xe2\x80\x8bwidth",
	};
	char text[COMMENT_SIZE + 1];
	char destination[] = "1.1.1.1", word[] = "comment";
	char *words[] = {destination, word, text};
	struct rules rules = {};
	struct error err = {};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		strcpy(text, bad[i]);
		err = (struct error){};
		assert_int_equal(rules_parse(&rules, 3, words, VERDICT_BLOCK, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_in(err.text, "printable");
	}
	strcpy(text, "all \"of\" this, 'and' \\ caf\xc3\xa9 \xf0\x9f\x94\xa5 # is $text `here`; and this");
	assert_int_equal(rules_parse(&rules, 3, words, VERDICT_BLOCK, &err), 0);
	assert_string_equal(rules.at[0].comment, text);
	memset(text, 'x', sizeof(text));
	text[COMMENT_SIZE - 1] = '\0';
	assert_int_equal(rules_parse(&rules, 3, words, VERDICT_BLOCK, &err), 0);
	assert_string_equal(rules.at[1].comment, text);
	text[COMMENT_SIZE - 1] = 'x';
	text[COMMENT_SIZE] = '\0';
	err = (struct error){};
	assert_int_equal(rules_parse(&rules, 3, words, VERDICT_BLOCK, &err), -1);
	assert_in(err.text, "at most 127 bytes");
	rules_free(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_durations),
		cmocka_unit_test(durations_count_a_begun_second),
		cmocka_unit_test(takes_users_and_groups),
		cmocka_unit_test(takes_cgroups),
		cmocka_unit_test(a_rule_for_a_cgroup_covers_what_is_below),
		cmocka_unit_test(takes_sets),
		cmocka_unit_test(comments_are_short_and_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
