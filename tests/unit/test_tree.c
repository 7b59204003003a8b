// SPDX-License-Identifier: GPL-2.0-only
/* The directories of runs, where no cgroup is needed. */
#include "unit.h"
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "run/tree.h"

static void note(const char *name, void *arg)
{
	strcat(arg, name);
}

static void there_is_none_and_nobody_can_tell(void **state)
{
	char dir[] = "/tmp/lsmctl-tree-XXXXXX", names[64] = "";
	struct rlimit before, none;
	int root;

	(void)state;
	assert_non_null(mkdtemp(dir));
	root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(root >= 0);
	assert_int_equal(trees_each(root, NULL, NULL), 0);
	assert_return_code(mkdirat(root, "7-0", 0700), 0);
	assert_int_equal(trees_each(root, note, names), 1);
	assert_string_equal(names, "7-0");

	/* Whoever takes this run for over lets all that it has started reach everything. */
	assert_return_code(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){.rlim_cur = (rlim_t)root + 1, .rlim_max = before.rlim_max};
	assert_return_code(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_not_equal(trees_each(root, note, names), 0);
	assert_return_code(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_not_equal(trees_each(-1, NULL, NULL), 0);

	assert_return_code(unlinkat(root, "7-0", AT_REMOVEDIR), 0);
	close(root);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(there_is_none_and_nobody_can_tell)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
